// When a guest is in trouble: its system panicked, its watchdog ran out, its disk failed. What is to happen then the definition says (on_crash, the watchdog's action,
// the disk's error_policy); what takes long is a command of its own, that people see. libvirt: qemuProcessHandleGuestPanic, doCoreDumpToAutoDumpPath.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { laneOf, ref } from '../jobs/on-domain.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit, setState } from '../registry/state-writer.ts';
import { dumpDomain } from '../save/dump.ts';
import { stopDomain } from './stop.ts';

type EventData = Readonly<Record<string, unknown>>;

/** Queues what is to be done; the event that asked for it does not wait. A destroy aborts it as anything else. */
function act(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  label: string,
  run: (command: CommandContext) => Promise<void>,
): void {
  const done = context.queue.submit({
    procedure: 'domain.dump',
    label: `${label} ${obj.name}`,
    domain: ref(obj),
    lane: laneOf(obj.name),
    kind: 'dump',
    run: async (command) => {
      if (obj.live === live && live.phase === 'running') await run(command);
    },
  });
  done.catch((error: unknown) => context.log.error({ domain: obj.name, error: String(error) }, `${label} failed`));
}

/** A core in the engine's own folder, named after the domain and the time. */
async function autoDump(context: DriverContext, obj: DomainObj, command: CommandContext): Promise<void> {
  await mkdir(context.paths.dumpDir, { recursive: true, mode: 0o700 });
  const time = new Date(context.now()).toISOString().replaceAll(/[:.]/g, '-');
  await dumpDomain(
    context,
    obj,
    { path: join(context.paths.dumpDir, `${obj.name}-${time}.core`), live: true },
    command,
  );
}

async function restart(live: LiveDomain): Promise<void> {
  live.resumeReason = 'crashed';
  await live.monitor?.execute('system_reset');
  await live.monitor?.execute('cont');
}

/** QEMU has stopped the guest: pvpanic, Hyper-V's crash registers. Also for an engine that finds it so, and goes on with what the last one had begun. */
export function handlePanic(context: DriverContext, obj: DomainObj, live: LiveDomain): void {
  if (obj.state !== 'crashed')
    setState(context, obj, { state: 'crashed', reason: 'panicked', event: 'Crashed', detail: 'Panicked' });
  const action = live.def.onCrash ?? 'destroy';
  if (action === 'preserve' || action === 'rename-restart') return;
  act(context, obj, live, 'Act on the crash of', async (command) => {
    if (action.startsWith('coredump')) await autoDump(context, obj, command);
    if (obj.live !== live || live.phase !== 'running') return;
    if (action.endsWith('restart')) return restart(live);
    const message = `the system of domain '${obj.name}' panicked, and the domain was ended (on_crash ${action})`;
    const problem = { code: 'OPERATION_FAILED', message } as const;
    await stopDomain(context, obj, live, { reason: 'crashed', event: 'Stopped', detail: 'Crashed', problem });
  });
}

/** QEMU does what the watchdog's action says by itself, but for `dump`, for which it pauses. */
export function handleWatchdog(context: DriverContext, obj: DomainObj, live: LiveDomain, data: EventData): void {
  live.isWatchdogEnding = data.action === 'poweroff';
  emit(context, obj, { kind: 'watchdog', detail: String(data.action ?? '') });
  if (live.def.devices.watchdogs[0]?.action !== 'dump') return;
  act(context, obj, live, 'Dump after the watchdog of', async (command) => {
    try {
      await autoDump(context, obj, command);
    } finally {
      // Also where the core could not be written: it is for that alone that the guest waits (libvirt: processWatchdogEvent).
      if (obj.live === live && live.phase === 'running') await live.monitor?.execute('cont');
    }
  });
}

/** The disk of a block node, 'libvirt-2-format' (qemu/def/node-ids.ts), for people. */
function diskOf(live: LiveDomain, { device, 'node-name': node }: EventData): string {
  const index = /^libvirt-(\d+)-/.exec(String(node ?? ''))?.[1];
  const disk = live.def.devices.disks.find(
    ({ source, alias }) => (index !== undefined && source?.index === Number(index)) || alias?.name === device,
  );
  return disk?.target?.dev ?? String(node ?? device ?? '');
}

/** A read or write of a disk failed on the host. Where the guest is stopped for it, the person learns what to mend; to resume is to try again. */
export function handleIoError(context: DriverContext, obj: DomainObj, live: LiveDomain, data: EventData): void {
  const disk = diskOf(live, data);
  const reason = data.nospace === true ? 'there is no space left on the host' : String(data.reason ?? 'I/O error');
  if (data.action === 'stop') {
    const way = data.nospace === true ? 'free some space' : 'mend its storage';
    live.ioError = `domain '${obj.name}' was paused: disk ${disk} could not be ${data.operation === 'read' ? 'read' : 'written'}, ${reason}; ${way}, then resume to try again`;
    obj.problem = { code: 'SYSTEM_ERROR', message: live.ioError, at: context.now() };
  }
  emit(context, obj, { kind: 'io-error', detail: `${disk} ${String(data.action ?? '')}: ${reason}` });
}
