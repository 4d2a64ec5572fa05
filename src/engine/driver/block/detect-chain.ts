// The images below those that a definition names, into the live definition: at a start, and when a disk is plugged in (libvirt: qemuDomainDetermineDiskChain). The
// stored definition stays as it is: a chain may be another one at the next start.
import type { DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { withDevices } from '../../qemu/def/devices.ts';
import { type ChainLayer, chainOf, layerPath, withChain } from '../../qemu/def/disk-chain.ts';
import { type ChainImage, readBackingChain } from '../../storage/backing-chain.ts';

export const layerOf = ({ type, path, format }: ChainImage): ChainLayer => ({
  type,
  source: { ...(type === 'block' ? { dev: path } : { file: path }), hosts: [], seclabels: [] },
  format,
  index: undefined,
});

/** Throws NO_STORAGE_VOL, OPERATION_FAILED (storage/backing-chain.ts). */
export async function withBackingChain(disk: DiskDef): Promise<DiskDef> {
  const { layers, isWhole } = chainOf(disk);
  const lowest = layers.at(-1);
  const path = lowest && layerPath(lowest);
  if (isWhole || !lowest || path === undefined || (lowest.type !== 'file' && lowest.type !== 'block')) return disk;
  const below = await readBackingChain(path, lowest.format);
  if (below.images.length === 0 && !below.isWhole) return disk;
  return withChain(disk, { layers: [...layers, ...below.images.map(layerOf)], isWhole: below.isWhole });
}

export async function withBackingChains(def: DomainDef): Promise<DomainDef> {
  return withDevices(def, { disks: await Promise.all(def.devices.disks.map(withBackingChain)) });
}
