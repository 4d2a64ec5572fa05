// <mirror> of a disk: what it is being copied or committed to. Pure.
import type { DiskDef } from '../../conf/disk.ts';
import { type ChainLayer, chainOf, type DiskChain, withChain } from './disk-chain.ts';

/** What is shown of a copy to `destination`. */
export function mirrorOf(destination: DiskDef): DiskDef['mirror'] {
  const { type, driver, source, backingStore } = destination;
  return {
    type,
    ...(source?.file === undefined ? {} : { file: source.file, formatName: driver?.type }),
    job: 'copy',
    format: { type: driver?.type },
    source,
    backingStore,
  } as DiskDef['mirror'];
}

/** The images that a copy's <mirror> stands for. */
export function mirrorChain(disk: DiskDef): DiskChain | undefined {
  const { mirror } = disk;
  if (!mirror?.source) return undefined;
  const top: ChainLayer = {
    type: mirror.type ?? 'file',
    source: mirror.source,
    format: mirror.format?.type ?? 'raw',
    index: mirror.source.index,
  };
  const below = chainOf({ ...withChain(disk, { layers: [top], isWhole: false }), backingStore: mirror.backingStore });
  return { layers: below.layers, isWhole: below.isWhole };
}
