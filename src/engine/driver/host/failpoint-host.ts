// The host with a failpoint before and behind each of its effects, and each of QEMU's answers. For tests (util/failpoint.ts).
import { crashpoint, failpoint } from '../../util/failpoint.ts';
import type { HostPort, MonitorPort } from './host-port.ts';

type Effect = (...args: never[]) => unknown;

/** Before: it fails, and nothing has happened. Behind: it has happened, and the engine does not live to know. */
const guarded =
  (name: string, effect: Effect): Effect =>
  async (...args) => {
    await failpoint(`before ${name}`);
    const result = await effect(...args);
    crashpoint(`after ${name}`);
    return result;
  };

function guardMethods<T extends object>(target: T, prefix: string, names: readonly (keyof T & string)[]): T {
  const guards = names.map((name) => [name, guarded(`${prefix}${name}`, (target[name] as Effect).bind(target))]);
  return { ...target, ...Object.fromEntries(guards) };
}

/** QEMU's answer may be lost though it did what it was told: both sides fail. */
function guardMonitor(monitor: MonitorPort): MonitorPort {
  const execute: MonitorPort['execute'] = async (command, args, options) => {
    await failpoint(`before qmp ${command}`);
    const reply = await monitor.execute(command, args, options);
    await failpoint(`after qmp ${command}`);
    return reply;
  };
  return {
    get isClosed() {
      return monitor.isClosed;
    },
    onEvent: monitor.onEvent,
    onClose: monitor.onClose,
    execute,
    executeRaw: (command, args, options) => monitor.executeRaw(command, args, options),
    close: () => monitor.close(),
  };
}

export function withFailpoints(host: HostPort): HostPort {
  const names = (Object.keys(host) as (keyof HostPort)[]).filter((name) => typeof host[name] === 'function');
  const guards = guardMethods(host, '', names);
  return {
    ...guards,
    openMonitor: async (options) => guardMonitor(await guards.openMonitor(options)),
    createSave: async (options) => guardMethods(await guards.createSave(options), 'save ', ['commit', 'discard']),
  };
}
