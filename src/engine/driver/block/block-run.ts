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
import { type LiveRun, saveLiveDef } from '../devices/live-run.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';

export type BlockRun = Pick<LiveRun, 'context' | 'obj' | 'live' | 'monitor'> & {
  readonly signal?: AbortSignal | undefined;
};

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

/** The running definition and the records of jobs in one status file. Rejects with SYSTEM_ERROR where the disk does not take it; then both are as before. */
export async function saveJobs(
  run: BlockRun,
  change: (jobs: readonly BlockJobStatus[]) => readonly BlockJobStatus[],
  def: DomainDef = run.live.def,
): Promise<void> {
  const { live } = run;
  const before = live.blockJobs;
  const after = change(before ?? []);
  live.blockJobs = after;
  try {
    await saveLiveDef(run, def);
  } catch (error) {
    if (live.blockJobs === after) live.blockJobs = before;
    throw error;
  }
}

/** Changes the record of one job. */
export const updateJob = (run: BlockRun, name: string, change: Partial<BlockJobStatus>, def?: DomainDef) =>
  saveJobs(run, (jobs) => jobs.map((job) => (job.name === name ? { ...job, ...change } : job)), def);
