// A core of the guest's memory: QEMU writes an ELF or kdump file itself (dump-guest-memory), for crash(8), gdb and WinDbg. libvirt: qemuDomainCoreDump with
// --memory-only; its other form, a migration stream, nothing but libvirt could read.
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { toVirError, virError } from '../../../common/errors.ts';
import { temporarySavePath } from '../../state/save-image.ts';
import { pause } from '../../util/deadline.ts';
import { requireLive } from '../actions.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { asJob, type JobHandle } from '../jobs/jobs.ts';
import { stopDomain } from '../lifecycle/stop.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { queueStatus, setState } from '../registry/state-writer.ts';

export type DumpRequest = Pick<ParsedInput<'domain.dump'>, 'path' | 'format' | 'live' | 'crash' | 'reset'>;

const POLL_MS = 200;

/** Throws OPERATION_INVALID, OPERATION_FAILED with QEMU's reason; then no file is left and the guest goes on as before. */
export async function dumpDomain(
  context: DriverContext,
  obj: DomainObj,
  request: DumpRequest,
  command: CommandContext,
): Promise<void> {
  const { live, monitor } = requireLive(obj);
  if (request.crash && request.reset) throw virError('INVALID_ARG', 'a dumped guest can be ended or reset, not both');
  const isPausedForIt = obj.state === 'running' && !request.live;
  const temporary = temporarySavePath(request.path);
  const { signal } = command;
  await asJob(context, obj, 'dump', command, async (job) => {
    let isDone = false;
    try {
      // On disk before there is anything to find: whoever takes over knows what to remove, and whom to resume.
      await markDumping(context, obj, live, { temporary, resume: isPausedForIt });
      if (isPausedForIt) await pauseForDump(context, obj, live, signal);
      await writeDump(live, { ...request, temporary }, signal, job);
      isDone = true;
    } finally {
      live.pauseReason = undefined;
      // One that is to be ended goes on all the same where its memory could not be kept.
      if (live.dumping?.resume && !(request.crash && isDone)) await goOn(live);
      // What could not be removed the next engine removes.
      const left = existsSync(temporary) ? { temporary, resume: false } : undefined;
      await markDumping(context, obj, live, left).catch(() => undefined); // logged by the writer
    }
  });
  if (request.reset) await monitor.execute('system_reset', undefined, { signal });
  if (request.crash) await stopDomain(context, obj, live, { reason: 'crashed', event: 'Stopped', detail: 'Crashed' });
}

async function pauseForDump(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  signal: AbortSignal,
): Promise<void> {
  live.pauseReason = 'dumping';
  await live.monitor?.execute('stop', undefined, { signal });
  if (obj.live === live && obj.state === 'running')
    setState(context, obj, { state: 'paused', reason: 'dumping', event: 'Suspended', detail: 'Paused' });
}

/** Also where the dump failed or was pre-empted; a QEMU that does not obey any more is seen by its own events. */
async function goOn(live: LiveDomain): Promise<void> {
  if (live.phase !== 'running' || !live.monitor || live.monitor.isClosed) return;
  await live.monitor.execute('cont');
}

/**
 * A dump that lost its engine: once QEMU has written it, which nothing can stop, its file goes, and a guest that was paused for it alone goes on. Its caller
 * was never told that there is a dump.
 */
export async function recoverDump(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const { dumping } = live;
  if (!dumping) return;
  while (obj.live === live && (await live.monitor?.execute('query-dump'))?.status === 'active') await pause(POLL_MS);
  if (obj.live !== live) return;
  if (live.dumping?.resume) await goOn(live);
  await context.host.removeFile(dumping.temporary);
  if (live.dumping?.temporary === dumping.temporary) await markDumping(context, obj, live, undefined);
}

async function markDumping(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  dumping: LiveDomain['dumping'],
): Promise<void> {
  live.dumping = dumping;
  if (obj.live === live) await queueStatus(context, obj, live);
}

async function writeDump(
  live: LiveDomain,
  { path, temporary, format }: DumpRequest & { readonly temporary: string },
  signal: AbortSignal,
  job: JobHandle,
): Promise<void> {
  const { monitor } = live;
  if (!monitor) throw virError('OPERATION_FAILED', 'QEMU does not answer');
  try {
    await monitor.execute(
      'dump-guest-memory',
      {
        paging: false,
        protocol: `file:${temporary}`,
        detach: true,
        ...(format ? { format } : {}),
      },
      { signal },
    );
    for (;;) {
      const { status, completed, total } = await monitor.execute('query-dump', undefined, { signal });
      job.update('Dumping memory', { data: { total, processed: completed, remaining: total - completed } });
      if (status === 'completed') break;
      if (status === 'failed')
        throw virError('OPERATION_FAILED', 'QEMU could not write the dump; is there space for the guest’s memory?');
      await pause(POLL_MS, signal);
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the dump's own failure is told
    const { code, message, detail } = toVirError(error);
    throw virError(code, `the memory was not dumped: ${message}`, { detail, cause: error });
  }
}
