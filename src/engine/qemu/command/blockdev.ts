// -blockdev for disks: for each layer of the chain a protocol node and, where the format is not raw, a format node above it
// (libvirt: src/qemu/qemu_block.c; qemuBlockStorageSourceNeedsFormatLayer). Node names are 'libvirt-N-…', counted from the last disk to the first.
import type { BackingStoreDef, DiskDef } from '../../conf/disk.ts';
import type { DiskSourceDef, StorageType } from '../../conf/disk-source.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { storageProps } from './blockdev-storage.ts';
import { type CommandContext, type Props, unsupported } from './context.ts';

/** One image in a chain. */
interface Layer {
  readonly type: StorageType;
  readonly source: DiskSourceDef;
  readonly format: string;
  readonly id: number;
  readonly isTop: boolean;
}

export interface DiskNodes {
  /** Node ids of the chain, top first. */
  readonly ids: readonly number[];
  readonly filterIds: readonly number[];
}

const chainLength = (store: BackingStoreDef | undefined): number =>
  store?.source ? 1 + chainLength(store.backingStore) : 0;

/** Which node ids every disk's chain gets: a counter that runs from the last disk to the first. */
export function assignNodeIds(def: DomainDef): readonly DiskNodes[] {
  let next = 1;
  const take = (count: number): readonly number[] => Array.from({ length: count }, () => next++);
  const nodes: DiskNodes[] = [];
  for (const disk of [...def.devices.disks].reverse()) {
    const ids = disk.type === 'vhostuser' ? [] : take(1 + chainLength(disk.backingStore));
    nodes.unshift({ ids, filterIds: take(disk.throttleFilters?.filters.length ?? 0) });
  }
  return nodes;
}

function layersOf(disk: DiskDef, ids: readonly number[]): readonly Layer[] {
  const layers: Layer[] = [];
  if (!disk.source) return layers;
  layers.push({
    type: disk.type ?? 'file',
    source: disk.source,
    format: disk.driver?.type ?? 'raw',
    id: ids[0] ?? 0,
    isTop: true,
  });
  let store = disk.backingStore;
  while (store?.source) {
    layers.push({
      type: store.type ?? 'file',
      source: store.source,
      format: store.format?.type ?? 'raw',
      id: ids[layers.length] ?? 0,
      isTop: false,
    });
    store = store.backingStore;
  }
  return layers;
}

/** Whether the chain says where it ends (an empty <backingStore/>). */
function isTerminated(disk: DiskDef): boolean {
  let store = disk.backingStore;
  while (store?.source) store = store.backingStore;
  return store !== undefined;
}

const CACHES: Readonly<Record<string, Props>> = {
  none: { direct: true, 'no-flush': false },
  writethrough: { direct: false, 'no-flush': false },
  writeback: { direct: false, 'no-flush': false },
  directsync: { direct: true, 'no-flush': false },
  unsafe: { direct: false, 'no-flush': true },
};

const FORMAT_DRIVERS: Readonly<Record<string, string>> = {
  vpc: 'vpc',
  vhd: 'vpc',
  fat: 'vvfat',
  iso: 'raw',
  luks: 'luks',
};

const needsFormatLayer = (layer: Layer): boolean =>
  (layer.format !== 'raw' && layer.format !== 'iso' && layer.format !== 'fat') ||
  Boolean(layer.source.slices) ||
  (layer.source.encryption !== undefined && layer.source.encryption.engine !== 'librbd');

export const isReadOnly = (disk: DiskDef): boolean => Boolean(disk.readonly) || disk.device === 'cdrom';

interface BuiltDisk {
  readonly args: readonly string[];
  /** The node that the device reads. */
  readonly drive: string | undefined;
}

const blockdev = (props: Props): readonly string[] => ['-blockdev', JSON.stringify(props)];

function hintProps(disk: DiskDef, isTop: boolean): Props {
  const driver = disk.driver;
  const detect = isTop ? driver?.detectZeroes : undefined;
  return {
    discard: isTop ? driver?.discard : undefined,
    // 'unmap' asks for discards that are switched off: then it means 'on'.
    'detect-zeroes': detect === 'unmap' && driver?.discard !== 'unmap' ? 'on' : detect,
    cache: driver?.cache === undefined || driver.cache === 'default' ? undefined : CACHES[driver.cache],
  };
}

function storageNode(disk: DiskDef, layer: Layer, below: boolean): Props {
  const node = `libvirt-${layer.id}`;
  const base = storageProps({
    type: layer.type,
    source: layer.source,
    device: disk.device ?? 'disk',
    node: `${node}-storage`,
  });
  const named = { ...base, ...aioProps(disk, layer), 'node-name': `${node}-storage` };
  const hints = hintProps(disk, layer.isTop);
  if (below) return { ...named, 'auto-read-only': true, discard: 'unmap', cache: hints.cache };
  return { ...named, 'read-only': !layer.isTop || isReadOnly(disk), ...hints };
}

const aioProps = (disk: DiskDef, layer: Layer): Props =>
  layer.type === 'file' || layer.type === 'block' ? { aio: disk.driver?.io } : {};

function formatNode(disk: DiskDef, layer: Layer, below: Layer | undefined, terminated: boolean): Props {
  const node = `libvirt-${layer.id}`;
  const driver = FORMAT_DRIVERS[layer.format] ?? layer.format;
  const slice = layer.source.slices?.slices[0];
  const encryption = layer.source.encryption;
  const isLuks = layer.format === 'raw' && encryption !== undefined;
  const hasChain =
    layer.format === 'qcow2' || layer.format === 'qcow' || layer.format === 'qed' || layer.format === 'vmdk';
  return {
    'node-name': `${node}-format`,
    'read-only': !layer.isTop || isReadOnly(disk),
    ...hintProps(disk, layer.isTop),
    ...(layer.isTop && disk.driver?.discardNoUnref !== undefined && { 'discard-no-unref': disk.driver.discardNoUnref }),
    driver: isLuks ? 'luks' : driver,
    'key-secret': isLuks ? `${node}-format-encryption-secret0` : undefined,
    encrypt:
      hasChain && encryption
        ? { format: encryption.format === 'luks' ? 'luks' : 'aes', 'key-secret': `${node}-format-encryption-secret0` }
        : undefined,
    'cache-size': layer.isTop ? disk.driver?.metadataCache?.maxSize : undefined,
    offset: slice?.offset,
    size: slice?.size,
    file: `${node}-storage`,
    ...(hasChain && (below ? { backing: topNode(below) } : terminated ? { backing: null } : {})),
  };
}

const topNode = (layer: Layer): string => `libvirt-${layer.id}-${needsFormatLayer(layer) ? 'format' : 'storage'}`;

/** All nodes of a disk, the lowest first, and the name of the one on top. */
export function buildDiskNodes(context: CommandContext, disk: DiskDef, nodes: DiskNodes): BuiltDisk {
  const layers = layersOf(disk, nodes.ids);
  const [top] = layers;
  if (!top) return { args: [], drive: undefined };
  const args: string[] = [];
  for (let at = layers.length - 1; at >= 0; at--) {
    const layer = layers[at];
    if (layer) args.push(...layerArgs(context, disk, layer, layers[at + 1]));
  }
  let drive = topNode(top);
  const filters = disk.throttleFilters?.filters ?? [];
  for (const [at, filter] of filters.entries()) {
    const node = `libvirt-${nodes.filterIds[at]}-filter`;
    args.push(
      ...blockdev({ driver: 'throttle', 'node-name': node, 'throttle-group': `throttle-${filter.group}`, file: drive }),
    );
    drive = node;
  }
  if (disk.driver?.copyOnRead) {
    const node = `libvirt-CoR-${disk.target?.dev}`;
    args.push(...blockdev({ driver: 'copy-on-read', 'node-name': node, file: drive, discard: 'unmap' }));
    drive = node;
  }
  return { args, drive };
}

function layerArgs(context: CommandContext, disk: DiskDef, layer: Layer, below: Layer | undefined): readonly string[] {
  refuseSecrets(context, layer);
  const hasFormat = needsFormatLayer(layer);
  const args: string[] = [];
  if (layer.source.reservations && !layer.source.reservations.managed) {
    const node = `libvirt-${layer.id}-storage`;
    args.push(
      '-object',
      JSON.stringify({
        'qom-type': 'pr-manager-helper',
        id: `pr-helper-${node}`,
        path: layer.source.reservations.source?.path,
      }),
    );
  }
  args.push(...blockdev(storageNode(disk, layer, hasFormat)));
  if (hasFormat) args.push(...blockdev(formatNode(disk, layer, below, isTerminated(disk))));
  return args;
}

/** A secret that is not there must never become a disk that opens without it. */
function refuseSecrets(_context: CommandContext, { source }: Layer): void {
  if (source.auth || source.encryption || source.cookies)
    throw unsupported('secrets of disks (<auth>, <encryption>, <cookies>) are not supported yet');
}
