// A job on a disk's images is over: the running definition says what the disk is made of now, then QEMU may forget the job, then what is no part of the disk is
// closed (libvirt: qemuBlockJobEventProcessConcluded). Each step can be the last one of an engine: the next one finds a job that is recorded, and does this again, or one that
// is not, and lets QEMU forget it.
import { rm } from 'node:fs/promises';
import { BLOCK_JOB_NAMES } from '../../../common/model/block-job.ts';
import type { DomainEvent } from '../../../common/model/event.ts';
import type { DiskDef } from '../../conf/disk.ts';
import { diskPath } from '../../conf/domain-facts.ts';
import { type ChainLayer, chainOf, layerPath, withChain } from '../../qemu/def/disk-chain.ts';
import { mirrorChain } from '../../qemu/def/disk-mirror.ts';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { markPending } from '../devices/pending.ts';
import { sendAll } from '../devices/run-steps.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { type BlockRun, editDisk, gone, nodeOf, saveJob, targetOf } from './block-run.ts';
import { closeLayers } from './chain-nodes.ts';
import { storeSource } from './stored-source.ts';

export interface JobEnd {
  /** QEMU's reason where it failed or was cancelled. */
  readonly error: string | undefined;
}

/** What the disk is once the job has done what it was for, and which layers are no longer part of it. */
interface Outcome {
  readonly disk: DiskDef;
  readonly closed: readonly ChainLayer[];
}

const at = (layers: readonly ChainLayer[], index: number | undefined): number =>
  index === undefined ? -1 : layers.findIndex((layer) => layer.index === index);

function pulled(disk: DiskDef, job: BlockJobStatus): Outcome {
  const { layers, isWhole } = chainOf(disk);
  const base = job.base === undefined ? layers.length : at(layers, job.base);
  if (base < 1) return { disk, closed: [] };
  const kept = [...layers.slice(0, 1), ...layers.slice(base)];
  return {
    disk: withChain(disk, { layers: kept, isWhole: isWhole || job.base === undefined }),
    closed: layers.slice(1, base),
  };
}

function committed(disk: DiskDef, job: BlockJobStatus): Outcome {
  const { layers, isWhole } = chainOf(disk);
  const [top, base] = [at(layers, job.top), at(layers, job.base)];
  if (top < 0 || base <= top) return { disk, closed: [] };
  return {
    disk: withChain(disk, { layers: [...layers.slice(0, top), ...layers.slice(base)], isWhole }),
    closed: layers.slice(top, base),
  };
}

function copied(disk: DiskDef, job: BlockJobStatus): Outcome {
  const { layers } = chainOf(disk);
  const mirror = mirrorChain(disk);
  if (!mirror) return { disk, closed: [] };
  return { disk: withChain(disk, mirror), closed: job.isShallow ? layers.slice(0, 1) : layers };
}

/** The disk as the job is to make it. */
export function outcomeOf(disk: DiskDef, job: BlockJobStatus): Outcome {
  const { disk: after, closed } =
    job.type === 'pull' ? pulled(disk, job) : job.type === 'copy' ? copied(disk, job) : committed(disk, job);
  return { disk: { ...after, mirror: undefined }, closed };
}

/** The disk as it was, where the job came to nothing, or was ended without a pivot. */
function undone(disk: DiskDef, job: BlockJobStatus): Outcome {
  const mirror = job.type === 'copy' ? mirrorChain(disk)?.layers : undefined;
  return { disk: { ...disk, mirror: undefined }, closed: (job.isShallow ? mirror?.slice(0, 1) : mirror) ?? [] };
}

const isMirror = ({ type }: BlockJobStatus): boolean => type === 'copy' || type === 'active-commit';

/** Which image the guest's device has, by QEMU's word; undefined where a filter stands above it, or QEMU does not say. */
async function isPivoted(run: BlockRun, disk: DiskDef, job: BlockJobStatus): Promise<boolean> {
  const alias = disk.alias?.name ?? '';
  const drives = await run.monitor.execute('query-block');
  const node = drives.find(({ qdev }) => qdev === alias || qdev?.startsWith(`/machine/peripheral/${alias}/`))
    ?.inserted?.['node-name'];
  const isNode = (one: DiskDef): boolean =>
    chainOf(one)
      .layers.slice(0, 1)
      .some((layer) => nodeOf(layer) === node);
  if (isNode(disk)) return false;
  return isNode(outcomeOf(disk, job).disk) || job.state === 'pivoting';
}

/** What a domain's problem begins with while a job on this disk can't be seen to (finish-later.ts). */
export const troubleWith = (target: string): string => `the block job on disk '${target}' could not be seen to`;

/** Returns whether it was the domain's problem. */
export function clearTrouble(obj: DomainObj, target: string): boolean {
  const isOurs = obj.problem?.message.startsWith(troubleWith(target)) ?? false;
  if (isOurs) obj.problem = undefined;
  return isOurs;
}

type Result = 'completed' | 'failed' | 'canceled';

/** The disk is not there any more. */
async function concludeWithout(run: BlockRun, job: BlockJobStatus): Promise<Result> {
  const error = `the running domain has no disk '${job.target}' any more`;
  await saveJob(run, job, gone);
  await sendAll(run, [{ command: 'job-dismiss', args: { id: job.name } }]);
  clearTrouble(run.obj, job.target);
  tellJob(run, job, undefined, 'failed', error);
  return 'failed';
}

/** `state` is the one in which the job ended: whether it was asked to stop. */
export async function concludeJob(run: BlockRun, job: BlockJobStatus, { error }: JobEnd): Promise<Result> {
  const { context, obj, live } = run;
  const disk = live.def.devices.disks.find((one) => targetOf(one) === job.target);
  if (!disk) return concludeWithout(run, job);
  const isDone = isMirror(job) ? await isPivoted(run, disk, job) : error === undefined;
  const { closed } = isDone ? outcomeOf(disk, job) : undone(disk, job);
  // A pivot is stored before it is made (finish-job.ts), so this finds it done; where QEMU did not make it, the way back.
  if (isDone) await storeSource(context, obj, disk, outcomeOf(disk, job).disk);
  else if (job.state === 'pivoting' || job.pivots) await storeSource(context, obj, outcomeOf(disk, job).disk, disk);
  const cleanUp = await closeLayers(run, disk, closed);
  const after = (now: DiskDef): DiskDef => (isDone ? outcomeOf(now, job) : undone(now, job)).disk;
  await saveJob(run, job, gone, editDisk(job.target, after));
  // A job that is not forgotten yet holds on to the images that it worked on.
  await sendAll(run, [{ command: 'job-dismiss', args: { id: job.name } }, ...cleanUp]);
  if (isDone && job.deletes) await removeFiles(run, closed);
  // Half a copy is of no use, and would be in the way of the next one. QEMU says of a whole one that it is in step, or ends it without an error.
  const isWhole = job.wasReady || error === undefined;
  if (!isDone && job.created !== undefined && !isWhole) await removeFiles(run, closed);
  clearTrouble(obj, job.target);
  const result = isDone ? 'completed' : error === undefined || job.state === 'aborting' ? 'canceled' : 'failed';
  await markPending(context, obj);
  tellJob(run, job, disk, result, result === 'failed' ? error : undefined);
  return result;
}

/** 'Block Pull for /path completed' */
export function tellJob(
  { context, obj }: BlockRun,
  { type, target }: BlockJobStatus,
  disk: DiskDef | undefined,
  status: NonNullable<DomainEvent['blockJob']>['status'],
  error?: string,
): void {
  const said = `${BLOCK_JOB_NAMES[type]} for ${(disk && diskPath(disk)) ?? target} ${status}`;
  emit(context, obj, {
    kind: 'block-job',
    detail: error === undefined ? said : `${said}: ${error}`,
    blockJob: { target, type, status, ...(error === undefined ? {} : { error }) },
  });
}

async function removeFiles({ context, obj }: BlockRun, layers: readonly ChainLayer[]): Promise<void> {
  for (const layer of layers) {
    const path = layer.type === 'file' ? layerPath(layer) : undefined;
    if (path === undefined) continue;
    await rm(path, { force: true }).catch((error: unknown) =>
      context.log.warn({ domain: obj.name, path, error: String(error) }, 'a committed image could not be removed'),
    );
  }
}
