// The images of a disk, from the one on top down, out of and back into its definition. Pure.
import type { BackingStoreDef, DiskDef } from '../../conf/disk.ts';
import type { DiskSourceDef, StorageType } from '../../conf/disk-source.ts';

export interface ChainLayer {
  readonly type: StorageType;
  readonly source: DiskSourceDef;
  readonly format: string;
  /** The number of its block nodes (node-ids.ts). */
  readonly index: number | undefined;
}

export interface DiskChain {
  /** Empty for an empty drive. */
  readonly layers: readonly ChainLayer[];
  /** Whether the definition says where the chain ends: an empty <backingStore/>. */
  readonly isWhole: boolean;
}

export function chainOf(disk: DiskDef): DiskChain {
  if (!disk.source) return { layers: [], isWhole: false };
  const layers: ChainLayer[] = [
    { type: disk.type ?? 'file', source: disk.source, format: disk.driver?.type ?? 'raw', index: disk.source.index },
  ];
  let store = disk.backingStore;
  for (; store?.source; store = store.backingStore)
    layers.push({
      type: store.type ?? 'file',
      source: store.source,
      format: store.format?.type ?? 'raw',
      index: store.index ?? store.source.index,
    });
  return { layers, isWhole: store !== undefined };
}

const END: BackingStoreDef = {};

const storeOf = (layers: readonly ChainLayer[], isWhole: boolean): BackingStoreDef | undefined => {
  const [first, ...below] = layers;
  if (!first) return isWhole ? END : undefined;
  const { type, source, format, index } = first;
  return {
    type,
    index,
    format: { type: format as NonNullable<BackingStoreDef['format']>['type'] },
    source: { ...source, index: undefined },
    backingStore: storeOf(below, isWhole),
  };
};

/** The disk with these images: what the guest sees stays, what it is made of is new. */
export function withChain(disk: DiskDef, { layers, isWhole }: DiskChain): DiskDef {
  const [top, ...below] = layers;
  if (!top) return disk;
  const format = top.format as NonNullable<DiskDef['driver']>['type'];
  return {
    ...disk,
    type: top.type,
    driver: { ...disk.driver, type: format } as DiskDef['driver'],
    source: { ...top.source, index: top.index },
    backingStore: storeOf(below, isWhole),
  };
}

/** The path of a layer that is a local file or block device. */
export const layerPath = ({ source }: ChainLayer): string | undefined => source.file ?? source.dev;
