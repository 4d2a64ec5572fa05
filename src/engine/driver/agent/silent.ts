// Commands of the agent that have no answer: the guest goes, and what QEMU tells then is the success (qemu: qga/qapi-schema.json, success-response).
import { DisposableStore } from '../../../common/base/dispose.ts';
import { virError } from '../../../common/errors.ts';
import type { SilentAgentCommand } from '../../qemu/agent-commands.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { type AskedAgent, requireAgent } from './agent-port.ts';

/** A guest that obeys ends its agent within seconds; libvirt waits as long. */
const GOING_TIMEOUT_MS = 60_000;

/** Resolves at the first of QEMU's `events`, or at the end of the run. */
function watchFor(live: LiveDomain, events: readonly string[]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const store = new DisposableStore();
  const { monitor } = live;
  if (monitor) {
    store.add(
      monitor.onEvent(({ event }) => {
        if (events.includes(event)) resolve();
      }),
    );
    store.add(monitor.onClose(() => resolve()));
  }
  return { promise, dispose: () => store.dispose() };
}

interface Going {
  readonly command: SilentAgentCommand;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
}

async function tell(
  { agent, live }: AskedAgent,
  { command, args = {}, events }: Going,
  signal: AbortSignal,
): Promise<void> {
  const watch = watchFor(live, events);
  try {
    await agent.tell(command, args, { signal, timeoutMs: GOING_TIMEOUT_MS, done: watch.promise });
  } finally {
    watch.dispose();
  }
}

/**
 * Asks the guest's system to power off, halt or reboot. Resolves once the guest goes: QEMU says so, or the agent ends. Throws what `requireAgent` throws,
 * AGENT_COMMAND_FAILED with the guest's own words, AGENT_COMMAND_TIMEOUT.
 */
export async function agentShutdown(
  _context: DriverContext,
  obj: DomainObj,
  mode: 'powerdown' | 'reboot' | 'halt',
  signal: AbortSignal,
): Promise<void> {
  const events = ['SHUTDOWN', 'RESET'];
  await tell(requireAgent(obj), { command: 'guest-shutdown', args: { mode }, events }, signal);
}

const SUSPENDS: Readonly<Record<'mem' | 'disk' | 'hybrid', Going>> = {
  mem: { command: 'guest-suspend-ram', events: ['SUSPEND'] },
  disk: { command: 'guest-suspend-disk', events: ['SUSPEND_DISK', 'SHUTDOWN'] },
  hybrid: { command: 'guest-suspend-hybrid', events: ['SUSPEND'] },
};

/**
 * Asks the guest's system to sleep. Resolves once QEMU says that it does. Throws as `agentShutdown`, and OPERATION_INVALID where this machine could
 * not be woken again.
 */
export async function agentSuspend(
  _context: DriverContext,
  obj: DomainObj,
  target: 'mem' | 'disk' | 'hybrid',
  signal: AbortSignal,
): Promise<void> {
  const asked = requireAgent(obj);
  if (target !== 'disk') {
    const machine = await asked.live.monitor?.execute('query-current-machine', undefined, { signal });
    if (!machine?.['wakeup-suspend-support'])
      throw virError(
        'OPERATION_INVALID',
        `domain '${obj.name}' has a machine type that can't be woken from sleep; nothing was done`,
      );
  }
  await tell(asked, SUSPENDS[target], signal);
}
