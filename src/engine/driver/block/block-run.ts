// What every change of a running domain's images begins with: the run, the disk, and that no other job is at work on it.
import { dirname, relative } from 'node:path';
import { virError } from '../../../common/errors.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { diskPath } from '../../conf/domain-facts.ts';
import { replaceDevice } from '../../conf/edit-devices.ts';
import { topNode } from '../../qemu/command/blockdev.ts';
import { type ChainLayer, chainOf, layerPath } from '../../qemu/def/disk-chain.ts';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { requireLive } from '../actions.ts';
import type { DriverContext } from '../context.ts';
import type { LiveRun } from '../devices/live-run.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { queueStatus } from '../registry/state-writer.ts';

export type BlockRun = Pick<LiveRun, 'context' | 'obj' | 'live' | 'monitor'> & {
  readonly signal?: AbortSignal | undefined;
};

type Edit = (def: DomainDef) => DomainDef;

/** Throws OPERATION_INVALID where the domain does not run. */
export function liveRunOf(
  context: DriverContext,
  obj: DomainObj,
  { signal }: { readonly signal: AbortSignal },
): LiveRun {
  const { live, monitor } = requireLive(obj);
  return { context, obj, live, monitor, signal };
}

/** The disk by its target or its path. Throws INVALID_ARG. */
export function requireDisk(def: DomainDef, wanted: string): DiskDef {
  const found = def.devices.disks.find((disk) => disk.target?.dev === wanted || diskPath(disk) === wanted);
  if (!found) throw virError('INVALID_ARG', `disk '${wanted}' was not found in the domain config`);
  return found;
}

export const targetOf = (disk: DiskDef): string => disk.target?.dev ?? '';

export const replaceDisk = (def: DomainDef, target: string, disk: DiskDef): DomainDef => {
  const index = def.devices.disks.findIndex((one) => targetOf(one) === target);
  return index < 0 ? def : replaceDevice(def, 'disks', index, disk);
};

/** Changes one disk, as it is then. */
export const editDisk =
  (target: string, edit: (disk: DiskDef) => DiskDef): Edit =>
  (def) => {
    const disk = def.devices.disks.find((one) => targetOf(one) === target);
    return disk ? replaceDisk(def, target, edit(disk)) : def;
  };

export const jobOn = (live: LiveDomain, target: string): BlockJobStatus | undefined =>
  live.blockJobs?.find((job) => job.target === target);

/** Throws RESOURCE_BUSY while a job is at work on the disk. */
export function assertNoBlockJob(live: LiveDomain, disk: DiskDef): void {
  if (jobOn(live, targetOf(disk)))
    throw virError('RESOURCE_BUSY', `block copy still active: disk '${targetOf(disk)}' already in active block job`);
}

/** Throws OPERATION_INVALID while a job is at work on any disk: what is saved now would not be what the disks are then. */
export function assertNoBlockJobs(obj: DomainObj): void {
  const job = obj.live?.blockJobs?.[0];
  if (job)
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' has an active block job on disk '${job.target}'; let it end, or abort it with blockjob --abort`,
    );
}

/** Node of a layer of the running domain. */
export const nodeOf = ({ source, format, index }: ChainLayer): string => topNode({ source, format, id: index ?? 0 });

/** The layer by its path, or by its number: 'vda[3]'. */
export function findLayer(disk: DiskDef, wanted: string): number {
  const { layers } = chainOf(disk);
  const [, target, number] = /^(\w+)\[(\d+)\]$/.exec(wanted) ?? [];
  if (target === targetOf(disk)) return layers.findIndex(({ index }) => index === Number(number));
  return layers.findIndex((layer) => layerPath(layer) === wanted);
}

/** A disk whose images can be worked on, and its chain. Throws OPERATION_INVALID, RESOURCE_BUSY. */
export function requireChain(
  live: DomainObj['live'] & object,
  wanted: string,
): { disk: DiskDef; layers: readonly ChainLayer[] } {
  const disk = requireDisk(live.def, wanted);
  const { layers } = chainOf(disk);
  if (layers.length === 0) throw virError('OPERATION_INVALID', `disk '${targetOf(disk)}' has no medium`);
  if (disk.type === 'vhostuser' || disk.type === 'vhostvdpa')
    throw virError('OPERATION_INVALID', `the images of disk '${targetOf(disk)}' are its back end's own`);
  assertNoBlockJob(live, disk);
  return { disk, layers };
}

/** What `overlay` is to say of the image below it. Throws OPERATION_INVALID where that is no file of this host. */
export function backingString(overlay: ChainLayer, base: ChainLayer, isRelative: boolean): string {
  const [from, to] = [layerPath(overlay), layerPath(base)];
  if (to === undefined || from === undefined)
    throw virError('OPERATION_INVALID', 'a layer of the chain is no file of this host');
  return isRelative ? relative(dirname(from), to) : to;
}

type Named = Pick<BlockJobStatus, 'name' | 'target'>;

const diskOf = ({ def }: LiveDomain, target: string): DiskDef | undefined =>
  def.devices.disks.find((one) => targetOf(one) === target);

/** `record` in the place of the job's present one; undefined: none. */
function putRecord(live: LiveDomain, name: string, record: BlockJobStatus | undefined): void {
  const jobs = live.blockJobs ?? [];
  const at = jobs.findIndex((job) => job.name === name);
  if (at < 0) live.blockJobs = record ? [...jobs, record] : jobs;
  else live.blockJobs = record ? jobs.with(at, record) : jobs.toSpliced(at, 1);
}

/** `now` with those of its fields as they were `before` that are as `after` made them. */
function withoutChange(now: BlockJobStatus, before: BlockJobStatus, after: BlockJobStatus): BlockJobStatus {
  const [was, made] = [before, after] as unknown as readonly Readonly<Record<string, unknown>>[];
  const fields = Object.entries({ ...before, ...now }).map(([key, value]) => [
    key,
    value === made?.[key] ? was?.[key] : value,
  ]);
  return Object.fromEntries(fields) as BlockJobStatus;
}

/** Changes one job's record and its disk in memory, in this very step. Returns what takes back that change and nothing that was recorded since. */
function changeJob(
  live: LiveDomain,
  { name, target }: Named,
  change: (record: BlockJobStatus | undefined) => BlockJobStatus | undefined,
  edit: Edit,
): () => void {
  const before = live.blockJobs?.find((job) => job.name === name);
  const after = change(before);
  const diskBefore = diskOf(live, target);
  putRecord(live, name, after);
  live.def = edit(live.def);
  const diskAfter = diskOf(live, target);
  return () => {
    const now = live.blockJobs?.find((job) => job.name === name);
    putRecord(live, name, now && before && after ? withoutChange(now, before, after) : before);
    if (diskBefore && diskOf(live, target) === diskAfter) live.def = replaceDisk(live.def, target, diskBefore);
  };
}

const same: Edit = (def) => def;

/**
 * A job's record and the running definition in one status file. `change` and `edit` are applied at once to what is there: what is recorded of other jobs
 * while this is written stays. Rejects with SYSTEM_ERROR where the disk does not take it; then the record and the job's disk are as before.
 */
export async function saveJob(
  { context, obj, live }: BlockRun,
  job: Named,
  change: (record: BlockJobStatus | undefined) => BlockJobStatus | undefined,
  edit: Edit = same,
): Promise<void> {
  const takeBack = changeJob(live, job, change, edit);
  try {
    await queueStatus(context, obj, live);
  } catch (error) {
    takeBack();
    throw error;
  }
}

/** The same of what is so already, whether the disk takes it or not: the next engine asks QEMU. Never rejects. */
export async function noteJob(
  { context, obj, live }: BlockRun,
  job: Named,
  change: (record: BlockJobStatus | undefined) => BlockJobStatus | undefined,
  edit: Edit = same,
): Promise<void> {
  changeJob(live, job, change, edit);
  await queueStatus(context, obj, live).catch(() => undefined); // logged
}

/** A change of some fields of a record that is there. */
export const having =
  (change: Partial<BlockJobStatus>) =>
  (record: BlockJobStatus | undefined): BlockJobStatus | undefined =>
    record && { ...record, ...change };

export const gone = (): undefined => undefined;
