// Counters and sizes of disks (virsh: domblkstat, domblkinfo, domblkerror). Counters are QEMU's; sizes are QEMU's too while it runs, else the image's.
import { stat } from 'node:fs/promises';
import { virError } from '../../../common/errors.ts';
import type { BlockStats } from '../../../common/model/endpoints.ts';
import type { DiskDef } from '../../conf/disk.ts';
import { diskPath } from '../../conf/domain-facts.ts';
import { blockDevicesSchema } from '../../qemu/replies/stats.ts';
import { imageCapacity } from '../../storage/image-capacity.ts';
import type { MonitorPort } from '../host/host-port.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { type MeasureOptions, measure } from './measure.ts';

const BLOCK_BYTES = 512;

export const targetOf = (disk: DiskDef): string => disk.target?.dev ?? '';

/** The disk of this target or path. Throws INVALID_ARG. */
export function findDisk(obj: DomainObj, wanted: string): DiskDef {
  const found = (obj.live?.def ?? obj.def).devices.disks.find(
    (disk) => targetOf(disk) === wanted || diskPath(disk) === wanted,
  );
  if (!found)
    throw virError('INVALID_ARG', `domain '${obj.name}' has no disk '${wanted}'; name its target or its file`);
  return found;
}

/** QEMU says the device's id, or the QOM path of its backend: '/machine/peripheral/virtio-disk0/virtio-backend'. */
const isDevice = (qdev: string | undefined, disk: DiskDef): boolean =>
  disk.alias !== undefined && (qdev === disk.alias.name || qdev?.split('/')[3] === disk.alias.name);

type Asked = Parameters<Parameters<typeof measure>[1]>[1];

const askCounters = (monitor: MonitorPort, options: Asked) => monitor.execute('query-blockstats', undefined, options);
async function askDevices(monitor: MonitorPort, options: Asked) {
  const parsed = blockDevicesSchema.safeParse(await monitor.execute('query-block', undefined, options));
  return parsed.success ? parsed.data : [];
}

export interface BlockCounters {
  readonly readBytes: number;
  readonly writeBytes: number;
}

/** Bytes of all disks together, for rates; undefined where QEMU does not answer. */
export async function totalCounters(live: LiveDomain, options: MeasureOptions): Promise<BlockCounters | undefined> {
  const counters = await measure(live, askCounters, options);
  return counters?.reduce(
    (sum, { stats }) => ({ readBytes: sum.readBytes + stats.rd_bytes, writeBytes: sum.writeBytes + stats.wr_bytes }),
    { readBytes: 0, writeBytes: 0 },
  );
}

/** Counters and sizes of each disk of a running domain; undefined where QEMU does not answer. */
export async function liveBlockStats(live: LiveDomain, options: MeasureOptions): Promise<BlockStats[] | undefined> {
  const told = await measure(
    live,
    async (monitor, asked) => ({
      counters: await askCounters(monitor, asked),
      devices: await askDevices(monitor, asked),
    }),
    options,
  );
  if (!told) return undefined;
  return Promise.all(
    live.def.devices.disks.map(async (disk): Promise<BlockStats> => {
      const stats = told.counters.find(({ qdev }) => isDevice(qdev, disk))?.stats;
      const image = told.devices.find(({ qdev }) => isDevice(qdev, disk))?.inserted?.image;
      const sizes = await fileSizes(disk);
      return {
        target: targetOf(disk),
        ...pathOf(disk),
        ...(stats && {
          readRequests: stats.rd_operations,
          readBytes: stats.rd_bytes,
          readTimeNs: stats.rd_total_time_ns,
          writeRequests: stats.wr_operations,
          writeBytes: stats.wr_bytes,
          writeTimeNs: stats.wr_total_time_ns,
          flushRequests: stats.flush_operations,
          flushTimeNs: stats.flush_total_time_ns,
        }),
        ...sizes,
        ...(image && {
          capacityBytes: image['virtual-size'],
          allocationBytes: image['actual-size'] ?? sizes.allocationBytes,
        }),
      };
    }),
  );
}

const pathOf = (disk: DiskDef): { readonly path?: string } => {
  const path = diskPath(disk);
  return path === undefined ? {} : { path };
};

type Sizes = Pick<BlockStats, 'allocationBytes' | 'physicalBytes'>;

/** Of the file or device itself. Empty where it can't be looked at, or is none of this host. */
async function fileSizes(disk: DiskDef): Promise<Sizes> {
  const path = diskPath(disk);
  const found = path === undefined ? undefined : await stat(path).catch(() => undefined); // missing, which shows
  if (!found) return {};
  return found.isFile() ? { allocationBytes: found.blocks * BLOCK_BYTES, physicalBytes: found.size } : {};
}

/** Sizes by the images alone: the domain is off, or its QEMU does not answer. */
async function imageSizes(disk: DiskDef, signal: AbortSignal): Promise<BlockStats> {
  const path = diskPath(disk);
  const base: BlockStats = { target: targetOf(disk), ...pathOf(disk), ...(await fileSizes(disk)) };
  if (path === undefined) return base;
  const capacityBytes = await imageCapacity(path, disk.driver?.type ?? 'raw', signal);
  return capacityBytes === undefined ? base : { ...base, capacityBytes };
}

/** Sizes of one disk or of all. Throws INVALID_ARG for one that is none. */
export async function blockInfo(
  obj: DomainObj,
  target: string | undefined,
  signal: AbortSignal,
): Promise<BlockStats[]> {
  const { live } = obj;
  const wanted = target === undefined ? (live?.def ?? obj.def).devices.disks : [findDisk(obj, target)];
  const told = live && (await liveBlockStats(live, { signal }));
  return Promise.all(
    wanted.map(async (disk): Promise<BlockStats> => {
      const known = told?.find((each) => each.target === targetOf(disk));
      const { path, capacityBytes, allocationBytes, physicalBytes } = known ?? (await imageSizes(disk, signal));
      const sizes = { path, capacityBytes, allocationBytes, physicalBytes };
      return {
        target: targetOf(disk),
        ...Object.fromEntries(Object.entries(sizes).filter(([, value]) => value !== undefined)),
      };
    }),
  );
}

const sum = (a: number | undefined, b: number | undefined): number => (a ?? 0) + (b ?? 0);

/** Counters of one disk, or of all together. Throws OPERATION_INVALID, INVALID_ARG, OPERATION_TIMEOUT. */
export async function blockStats(
  obj: DomainObj,
  live: LiveDomain,
  target: string | undefined,
  signal: AbortSignal,
): Promise<BlockStats> {
  const wanted = target === undefined ? undefined : targetOf(findDisk(obj, target));
  const told = await liveBlockStats(live, { signal });
  if (!told)
    throw virError(
      'OPERATION_TIMEOUT',
      `QEMU of domain '${obj.name}' does not tell of its disks; force it off if it hangs`,
    );
  if (wanted !== undefined) return told.find((each) => each.target === wanted) ?? { target: wanted };
  return told.reduce<BlockStats>(
    (all, each) => ({
      target: '',
      readRequests: sum(all.readRequests, each.readRequests),
      readBytes: sum(all.readBytes, each.readBytes),
      readTimeNs: sum(all.readTimeNs, each.readTimeNs),
      writeRequests: sum(all.writeRequests, each.writeRequests),
      writeBytes: sum(all.writeBytes, each.writeBytes),
      writeTimeNs: sum(all.writeTimeNs, each.writeTimeNs),
      flushRequests: sum(all.flushRequests, each.flushRequests),
      flushTimeNs: sum(all.flushTimeNs, each.flushTimeNs),
    }),
    { target: '' },
  );
}

/** Disks on which an error stopped the guest. */
export async function blockErrors(obj: DomainObj, live: LiveDomain, signal: AbortSignal) {
  const devices = await measure(live, askDevices, { signal });
  if (!devices)
    throw virError(
      'OPERATION_TIMEOUT',
      `QEMU of domain '${obj.name}' does not tell of its disks; force it off if it hangs`,
    );
  return live.def.devices.disks.flatMap((disk) => {
    const status = devices.find(({ qdev }) => isDevice(qdev, disk))?.['io-status'] ?? 'ok';
    if (status === 'ok') return [];
    return [{ target: targetOf(disk), error: status === 'nospace' ? ('no space' as const) : ('unspecified' as const) }];
  });
}
