// `blockresize`: another size for the image of a running domain's disk, which the guest sees at once (libvirt: qemuDomainBlockResize).
import { readFile, stat } from 'node:fs/promises';
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DiskDef } from '../../conf/disk.ts';
import { chainOf } from '../../qemu/def/disk-chain.ts';
import type { DriverContext } from '../context.ts';
import { execute } from '../devices/live-run.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { isReadOnlyDisk } from '../lifecycle/preflight.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { assertNoBlockJob, liveRunOf, nodeOf, requireDisk, targetOf } from './block-run.ts';

const SECTOR = 512;

/** Bytes of a block device of this host, by the kernel's own count of sectors. */
async function deviceBytes(path: string): Promise<number> {
  const { rdev } = await stat(path);
  const major = ((rdev >> 8) & 0xfff) >>> 0;
  const minor = ((rdev & 0xff) | ((rdev >> 12) & 0xfff00)) >>> 0;
  return Number((await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8')).trim()) * SECTOR;
}

async function capacityOf(disk: DiskDef): Promise<number> {
  const isWhole = disk.type === 'block' && (disk.driver?.type ?? 'raw') === 'raw' && !disk.source?.slices;
  if (!isWhole || disk.source?.dev === undefined)
    throw virError(
      'OPERATION_INVALID',
      `block resize to full capacity is for raw disks on a block device of the host, which '${targetOf(disk)}' is not; give a size`,
    );
  return deviceBytes(disk.source.dev);
}

/** These formats count in sectors. */
const isInSectors = (disk: DiskDef): boolean => disk.driver?.type === 'qcow2' || disk.driver?.type === 'qed';

/** Throws INVALID_ARG for a disk that is none, OPERATION_INVALID for one that can't be resized, OPERATION_FAILED with QEMU's reason. */
export async function resizeBlock(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.blockResize'>,
  command: CommandContext,
): Promise<void> {
  const run = liveRunOf(context, obj, command);
  const disk = requireDisk(run.live.def, input.disk);
  const [top] = chainOf(disk).layers;
  if (!top || isReadOnlyDisk(disk))
    throw virError('OPERATION_INVALID', `can't resize empty or readonly disk '${targetOf(disk)}'`);
  if (disk.type === 'vhostuser' || disk.type === 'vhostvdpa')
    throw virError('OPERATION_INVALID', `the size of disk '${targetOf(disk)}' is its back end's own`);
  assertNoBlockJob(run.live, disk);
  if (input.capacity && input.sizeBytes !== undefined)
    throw virError('INVALID_ARG', 'a size and the full capacity can not both be asked for');
  const bytes = input.capacity ? await capacityOf(disk) : input.sizeBytes;
  if (bytes === undefined) throw virError('INVALID_ARG', 'give a size, or ask for the full capacity');
  const size = isInSectors(disk) ? Math.ceil(bytes / SECTOR) * SECTOR : bytes;
  await execute(run, { command: 'block_resize', args: { 'node-name': nodeOf(top), size } });
  emit(context, obj, { kind: 'updated' });
}
