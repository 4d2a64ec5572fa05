// What the next start uses: the stored definition follows where a disk of the running domain has other images (libvirt: qemuBlockJobRewriteConfigDiskSource).
import type { DiskDef } from '../../conf/disk.ts';
import { type ChainLayer, chainOf, layerPath, withChain } from '../../qemu/def/disk-chain.ts';
import type { DriverContext } from '../context.ts';
import { completeDefinition } from '../native.ts';
import { defineDomain } from '../registry/define.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { replaceDisk, targetOf } from './block-run.ts';

const isSame = (a: ChainLayer | undefined, b: ChainLayer | undefined): boolean =>
  a !== undefined && b !== undefined && layerPath(a) !== undefined && layerPath(a) === layerPath(b);

/** The stored disk of this target, where its image is `from`'s: a person may have given it another one meanwhile. */
function storedDisk(obj: DomainObj, target: string, from: DiskDef): DiskDef | undefined {
  if (!obj.isPersistent) return undefined;
  const disk = obj.def.devices.disks.find((one) => targetOf(one) === target);
  return disk && isSame(chainOf(disk).layers[0], chainOf(from).layers[0]) ? disk : undefined;
}

/** A chain that the definition wrote out stays written out; else the images' own headers tell. */
function withSource(stored: DiskDef, to: DiskDef): DiskDef {
  const { layers, isWhole } = chainOf(to);
  const bare = layers.map(
    (layer): ChainLayer => ({ ...layer, index: undefined, source: { ...layer.source, index: undefined } }),
  );
  const startupPolicy = stored.source?.startupPolicy;
  const disk = withChain(stored, { layers: bare, isWhole });
  return {
    ...disk,
    source: disk.source && { ...disk.source, ...(startupPolicy === undefined ? {} : { startupPolicy }) },
    backingStore: stored.backingStore?.source ? disk.backingStore : undefined,
  };
}

/** Stores that what was `from` is `to`. Where the stored disk is another one, or says so already, nothing is done. Throws SYSTEM_ERROR. */
export async function storeSource(context: DriverContext, obj: DomainObj, from: DiskDef, to: DiskDef): Promise<void> {
  const target = targetOf(from);
  const disk = storedDisk(obj, target, from);
  if (!disk) return;
  const isMoved = !isSame(chainOf(from).layers[0], chainOf(to).layers[0]);
  if (!isMoved && !disk.backingStore?.source) return;
  const { def } = await completeDefinition(context, replaceDisk(obj.def, target, withSource(disk, to)));
  await defineDomain(context, def);
}
