// Restoring a guest: a start whose memory comes from a file. A managed save is removed in the moment in which the guest's memory is QEMU's and the status says so,
// before the guest runs: restored a second time, onto disks that have gone on, it would damage them.

import { readFile } from 'node:fs/promises';
import { toVirError, virError } from '../../../common/errors.ts';
import { INCOMING_FD } from '../../qemu/process.ts';
import type { DriverContext } from '../context.ts';
import type { OpenSave } from '../host/host-port.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { JobHandle } from '../jobs/jobs.ts';
import { resumeDetail } from '../lifecycle/life-events.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit, queueStatus, setState } from '../registry/state-writer.ts';
import { followMigration } from './migration.ts';

/** How far QEMU has read the file, from the position of its descriptor (proc_pid_fdinfo(5)); it shares it with us. */
async function readBytes(fd: number): Promise<number> {
  const text = await readFile(`/proc/self/fdinfo/${fd}`, 'utf8').catch(() => ''); // then there is no progress to show
  return Number(/^pos:\s*(\d+)/m.exec(text)?.[1] ?? 0);
}

/** Loads the memory. Throws OPERATION_FAILED with QEMU's reason, OPERATION_ABORTED. */
export async function loadMemory(
  live: LiveDomain,
  saved: OpenSave,
  command: CommandContext,
  job: JobHandle,
): Promise<void> {
  const { monitor } = live;
  if (!monitor) throw virError('OPERATION_FAILED', 'QEMU does not answer');
  const { signal } = command;
  const { image, fd } = saved;
  if (image.isSparse) {
    const capabilities = ['mapped-ram', 'multifd'].map((capability) => ({ capability, state: true }));
    await monitor.execute('migrate-set-capabilities', { capabilities }, { signal });
    const addr = { transport: 'file', filename: image.path, offset: image.streamOffset };
    await monitor.execute('migrate-incoming', { channels: [{ 'channel-type': 'main', addr }] }, { signal });
  } else {
    await monitor.execute('migrate-incoming', { uri: `fd:${INCOMING_FD}` }, { signal });
  }
  const total = image.sizeBytes - image.streamOffset;
  let looking = false;
  try {
    await followMigration(monitor, {
      signal,
      onProgress: () => {
        if (looking || image.isSparse) return;
        looking = true;
        void readBytes(fd).then((position) => {
          looking = false;
          const processed = Math.min(total, Math.max(0, position - image.streamOffset));
          job.update('Loading memory', { data: { total, processed, remaining: total - processed } });
        });
      },
    });
  } catch (error) {
    if (signal.aborted) throw error;
    // Where QEMU has ended, its last words say more.
    throw virError('OPERATION_FAILED', 'QEMU could not load its memory', {
      detail: toVirError(error).message,
      cause: error,
    });
  }
}

/** The memory is there: from here on the guest is this run, and no longer the file. */
export async function takeOverFromSave(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  setState(context, obj, { state: 'paused', reason: 'user', event: 'Started', detail: 'Restored' });
  await queueStatus(context, obj, live);
  await finishRestore(context, obj, live);
  if (obj.live === live && obj.state === 'paused')
    emit(context, obj, { kind: 'lifecycle', event: 'Suspended', detail: 'Restored' });
}

/**
 * The rest of a restore; also for an engine that took over in between. Once the managed save is gone the guest is nowhere but in this QEMU, which is then never
 * ended for an error of ours (`isRestored`).
 */
export async function finishRestore(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const { restoring } = live;
  if (!restoring) return;
  // A QEMU that has just ended, or is being ended, does not have the guest: the file does.
  if (obj.live !== live || live.phase !== 'running' || live.monitor?.isClosed)
    throw virError('OPERATION_ABORTED', `domain '${obj.name}' ended while it was restored; its saved file is kept`);
  if (restoring.isManaged) await dropManagedSave(context, obj, restoring.path);
  live.isRestored = true;
  const end = (): Promise<void> => {
    live.restoring = undefined;
    return queueStatus(context, obj, live); // an engine that has let go writes nothing: the rest is the next one's
  };
  try {
    if (live.restoring?.resume) await resumeRestored(context, obj, live);
  } catch (error) {
    // Whether it runs is a person's affair now, who may resume it and pause it again: no engine may resume it later.
    await end().catch(() => undefined); // logged by the writer
    const { code, message, detail } = toVirError(error);
    throw virError(code, `domain '${obj.name}' was restored, but could not be resumed: ${message}`, {
      detail,
      cause: error,
    });
  }
  await end();
}

/** Throws only where the file is still there: then it is the guest, and QEMU can be ended. */
async function dropManagedSave(context: DriverContext, obj: DomainObj, path: string): Promise<void> {
  try {
    await context.host.removeFile(path);
  } catch (error) {
    if ((await context.host.findSave({ path, temporary: path })).hasFile) throw error;
    context.log.error({ domain: obj.name, error: String(error) }, 'the removal of a managed save may not last');
  }
  obj.hasManagedSave = false;
}

async function resumeRestored(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  live.resumeReason = 'restored';
  try {
    await live.monitor?.execute('cont');
  } finally {
    live.resumeReason = undefined;
  }
  if (obj.live === live && obj.state === 'paused')
    setState(context, obj, {
      state: 'running',
      reason: 'restored',
      event: 'Resumed',
      detail: resumeDetail('restored'),
    });
}
