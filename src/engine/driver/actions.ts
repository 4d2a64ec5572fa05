// The verbs on a running domain. Each runs in the domain's lane and looks first whether the domain is in a state that allows it; a state is never set
// here but by the event that QEMU sends, except where QEMU sends none.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { virError } from '../../common/errors.ts';
import type { DriverContext } from './context.ts';
import type { MonitorPort } from './host/host-port.ts';
import type { CommandContext } from './jobs/command-queue.ts';
import { stopDomain } from './lifecycle/stop.ts';
import type { DomainObj, LiveDomain } from './registry/domain-obj.ts';
import { queueStatus, setState } from './registry/state-writer.ts';

const MAX_SCREENSHOT_BYTES = 64 * 1024 * 1024;

/** The run and its monitor. Throws OPERATION_INVALID where the domain is not running, or is in a saved file already. */
export function requireLive(obj: DomainObj): { readonly live: LiveDomain; readonly monitor: MonitorPort } {
  const { live } = obj;
  if (live?.phase !== 'running')
    throw virError('OPERATION_INVALID', `domain '${obj.name}' is not running; start it first`);
  // Run on beside the file, it would change the disks that the file's memory belongs to.
  if (live.saving?.phase === 'saved')
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' is saved in ${live.saving.path}, and its QEMU could not be ended; force it off`,
    );
  if (!live.monitor) throw virError('OPERATION_FAILED', `QEMU of domain '${obj.name}' does not answer; force it off`);
  return { live, monitor: live.monitor };
}

export async function suspendDomain(context: DriverContext, obj: DomainObj, { signal }: CommandContext): Promise<void> {
  const { live, monitor } = requireLive(obj);
  if (obj.state === 'paused' && !keepPaused(live)) return; // libvirt: suspending a paused domain is no error
  if (obj.state !== 'running' && obj.state !== 'paused')
    throw virError('OPERATION_INVALID', `domain '${obj.name}' can't be paused while it is ${obj.state}`);
  await monitor.execute('stop', undefined, { signal });
  if (obj.live !== live) return;
  if (obj.state === 'running')
    setState(context, obj, { state: 'paused', reason: 'user', event: 'Suspended', detail: 'Paused' });
  else if (obj.state === 'paused') setState(context, obj, { state: 'paused', reason: 'user' });
}

/**
 * A guest that is paused for a dump, or by a save or a restore of which an engine that took over makes the rest, is not to be resumed behind it any more. Whether it was
 * to be: then that may be under way.
 */
function keepPaused(live: LiveDomain): boolean {
  const { saving, restoring, dumping } = live;
  if (saving) live.saving = { ...saving, wasRunning: false };
  if (restoring) live.restoring = { ...restoring, resume: false };
  if (dumping) live.dumping = { ...dumping, resume: false };
  return saving?.wasRunning === true || restoring?.resume === true || dumping?.resume === true;
}

export async function resumeDomain(context: DriverContext, obj: DomainObj, { signal }: CommandContext): Promise<void> {
  const { live, monitor } = requireLive(obj);
  if (obj.state === 'running') return;
  if (obj.state === 'pmsuspended') {
    await monitor.execute('system_wakeup', undefined, { signal });
    return;
  }
  if (obj.state !== 'paused')
    throw virError('OPERATION_INVALID', `domain '${obj.name}' can't be resumed while it is ${obj.state}`);
  await monitor.execute('cont', undefined, { signal });
  if (obj.live === live && obj.state === 'paused')
    setState(context, obj, { state: 'running', reason: 'unpaused', event: 'Resumed', detail: 'Unpaused' });
}

/** Presses the power button (ACPI). Whether the guest obeys is the guest's affair: the answer says only that it was asked. */
export async function shutdownDomain(
  context: DriverContext,
  obj: DomainObj,
  { signal }: CommandContext,
): Promise<void> {
  const { live, monitor } = requireLive(obj);
  if (obj.state === 'paused')
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' is paused and can't shut down; resume it first, or force it off`,
    );
  if (live.isRebooting) {
    live.isRebooting = false;
    await queueStatus(context, obj, live);
  }
  await monitor.execute('system_powerdown', undefined, { signal });
}

/** Presses the power button and resets where the guest has powered off: libvirt's way to reboot by ACPI (fakeReboot). */
export async function rebootDomain(context: DriverContext, obj: DomainObj, { signal }: CommandContext): Promise<void> {
  const { live, monitor } = requireLive(obj);
  if (obj.state === 'paused')
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' is paused and can't reboot; resume it first, or reset it`,
    );
  live.isRebooting = true;
  // On disk before the button: an engine that takes over in between must not let the domain end.
  await queueStatus(context, obj, live);
  await monitor.execute('system_powerdown', undefined, { signal });
}

export async function resetDomain(_context: DriverContext, obj: DomainObj, { signal }: CommandContext): Promise<void> {
  await requireLive(obj).monitor.execute('system_reset', undefined, { signal });
}

export interface DestroyOptions {
  /** Whether there was a run, or a start under way, when the command was given. */
  readonly wasActive: boolean;
  readonly graceful: boolean;
  readonly signal: AbortSignal;
}

/** Pulls the plug. A start that this very command interrupted counts as destroyed: what was asked for is so. */
export async function destroyDomain(
  context: DriverContext,
  obj: DomainObj,
  { wasActive, graceful, signal }: DestroyOptions,
): Promise<void> {
  const { live } = obj;
  if (!live) {
    if (wasActive) return;
    throw virError('OPERATION_INVALID', `domain '${obj.name}' is not running`);
  }
  await stopDomain(context, obj, live, {
    reason: 'destroyed',
    event: 'Stopped',
    detail: 'Destroyed',
    graceful,
    signal,
  });
}

/** Presses `keys` (QEMU's QKeyCode names) together. Throws INVALID_ARG by way of QEMU's refusal for one that it does not know. */
export async function sendKeys(
  obj: DomainObj,
  keys: readonly string[],
  holdTimeMs: number | undefined,
  { signal }: CommandContext,
): Promise<void> {
  const { monitor } = requireLive(obj);
  const args = {
    keys: keys.map((data) => ({ type: 'qcode', data })),
    ...(holdTimeMs === undefined ? {} : { 'hold-time': holdTimeMs }),
  };
  await monitor.execute('send-key', args, { signal });
}

/** The screen as a PNG file's bytes. */
export async function takeScreenshot(
  context: DriverContext,
  obj: DomainObj,
  { signal }: CommandContext,
): Promise<Buffer> {
  const { live, monitor } = requireLive(obj);
  if (live.def.devices.videos.every(({ model }) => model?.type === 'none')) {
    throw virError('OPERATION_INVALID', `domain '${obj.name}' has no screen`);
  }
  const path = join(live.runtimeDir, `screen-${context.now()}.png`);
  try {
    await monitor.execute('screendump', { filename: path, format: 'png' }, { signal });
    const image = await readFile(path);
    if (image.length > MAX_SCREENSHOT_BYTES)
      throw virError(
        'OPERATION_FAILED',
        `the screenshot of domain '${obj.name}' is larger than ${MAX_SCREENSHOT_BYTES} bytes`,
      );
    return image;
  } finally {
    await rm(path, { force: true });
  }
}
