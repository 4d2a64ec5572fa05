// A change of devices under way: what it is for (running domain, definition, both), the run that it belongs to, and the second look after each await
// (libvirt: virDomainObjUpdateModificationImpact).
import type { Affect } from '../../../common/contract/shapes.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { HotplugContext, QmpCall } from '../../qemu/hotplug/attach-plan.ts';
import type { DriverContext } from '../context.ts';
import { findEmulator } from '../host/host.ts';
import type { MonitorPort } from '../host/host-port.ts';
import { companionSockets } from '../native.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { queueStatus } from '../registry/state-writer.ts';

export interface LiveRun {
  readonly context: DriverContext;
  readonly obj: DomainObj;
  readonly live: LiveDomain;
  readonly monitor: MonitorPort;
  readonly signal: AbortSignal;
}

export interface Targets {
  readonly run: LiveRun | undefined;
  readonly config: boolean;
}

/** Throws OPERATION_INVALID: the running domain of one that does not run, the definition of a transient one. Synchronous, before anything is done. */
export function targetsOf(
  context: DriverContext,
  obj: DomainObj,
  { live, config }: Affect,
  { signal }: { readonly signal: AbortSignal },
): Targets {
  const isActive = obj.live !== undefined;
  const wantsLive = live || (!config && isActive);
  const wantsConfig = config || (!live && !isActive);
  if (wantsLive && obj.live?.phase !== 'running')
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' is not running, so there is nothing to change but its definition; use --config`,
    );
  if (wantsConfig && !obj.isPersistent)
    throw virError('OPERATION_INVALID', `domain '${obj.name}' is transient: it has no stored definition; use --live`);
  if (!wantsLive || !obj.live) return { run: undefined, config: wantsConfig === true };
  if (!obj.live.monitor)
    throw virError('OPERATION_FAILED', `QEMU of domain '${obj.name}' does not answer; force it off`);
  return { run: { context, obj, live: obj.live, monitor: obj.live.monitor, signal }, config: wantsConfig === true };
}

/** Throws OPERATION_FAILED where the domain has ended since. After each await. */
export function assertSameRun({ obj, live }: Pick<LiveRun, 'obj' | 'live'>): void {
  if (obj.live !== live || live.phase !== 'running')
    throw virError('OPERATION_FAILED', `domain '${obj.name}' ended meanwhile`);
}

/** One QMP command of a change. */
export async function execute(run: LiveRun, { command, args }: QmpCall): Promise<unknown> {
  const reply = await run.monitor.execute(command, args, { signal: run.signal });
  assertSameRun(run);
  return reply;
}

/** The running definition, in memory and on disk. Rejects with SYSTEM_ERROR where the disk does not take it; then it is as before. */
export async function saveLiveDef(run: Pick<LiveRun, 'context' | 'obj' | 'live'>, def: DomainDef): Promise<void> {
  const { context, obj, live } = run;
  const before = live.def;
  live.def = def;
  try {
    await queueStatus(context, obj, live);
  } catch (error) {
    if (live.def === def) live.def = before;
    throw error;
  }
}

/** What plans of this run are built from, for any definition of it. */
export async function hotplugContextOf(
  context: DriverContext,
  { def, runtimeDir }: Pick<LiveDomain, 'def' | 'runtimeDir'>,
): Promise<Omit<HotplugContext, 'def'>> {
  const emulator = def.devices.emulator ?? (await findEmulator());
  return {
    caps: await context.capabilities(emulator),
    options: {
      monitor: { path: '' },
      startPaused: false,
      sandbox: true,
      libDir: runtimeDir,
      ...companionSockets(runtimeDir),
    },
  };
}

/** Whether an error leaves open what QEMU did: it is no refusal of QEMU's, but an answer that nobody waited for or that was lost. */
export const isUncertain = (error: unknown): boolean =>
  !(error instanceof Error && 'code' in error && error.code === 'OPERATION_FAILED');

/** Whether whoever waits must not wait for QEMU any longer: it was cancelled, or QEMU hangs. What is to be found out then is found out behind the answer. */
export const isHurried = ({ signal }: Pick<LiveRun, 'signal'>, error: unknown): boolean =>
  signal.aborted || (error instanceof Error && 'code' in error && error.code === 'OPERATION_TIMEOUT');
