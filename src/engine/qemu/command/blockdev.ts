// -blockdev for disks: for each image of the chain a protocol node, a slice of it where one is asked for, and, where the format is not raw, a
// format node on top (libvirt: src/qemu/qemu_block.c). Nodes are 'libvirt-N-storage', '…-slice-sto', '…-format'; N is of def/node-ids.ts.
import type { DiskDef } from '../../conf/disk.ts';
import type { DiskSourceDef, StorageType } from '../../conf/disk-source.ts';
import { chainOf } from '../def/disk-chain.ts';
import type { DiskNodes } from '../def/node-ids.ts';
import { storageProps } from './blockdev-storage.ts';
import { type CommandContext, objectArgs, type Props } from './context.ts';
import { buildSecrets, encryptionSecretId } from './secrets.ts';

/** One image in a chain. */
interface Layer {
  readonly type: StorageType;
  readonly source: DiskSourceDef;
  readonly format: string;
  readonly id: number;
  readonly isTop: boolean;
}

/** <auth> and <encryption> may stand on the disk, as they did before sources had them. */
const topSource = (disk: DiskDef, source: DiskSourceDef): DiskSourceDef => ({
  ...source,
  auth: source.auth ?? disk.auth,
  encryption: source.encryption ?? disk.encryption,
});

function layersOf(disk: DiskDef, ids: readonly number[]): readonly Layer[] {
  return chainOf(disk).layers.map(({ type, source, format }, at) => ({
    type,
    source: at === 0 ? topSource(disk, source) : source,
    format,
    id: ids[at] ?? 0,
    isTop: at === 0,
  }));
}

const CACHES: Readonly<Record<string, Props>> = {
  none: { direct: true, 'no-flush': false },
  writethrough: { direct: false, 'no-flush': false },
  writeback: { direct: false, 'no-flush': false },
  directsync: { direct: true, 'no-flush': false },
  unsafe: { direct: false, 'no-flush': true },
};

/** A disk that two guests write must not be cached by either. */
export function cacheOf(disk: DiskDef): string | undefined {
  const cache = disk.driver?.cache;
  if (cache !== undefined && cache !== 'default') return cache;
  return disk.shareable && !isReadOnly(disk) ? 'none' : undefined;
}

const FORMAT_DRIVERS: Readonly<Record<string, string>> = {
  vpc: 'vpc',
  vhd: 'vpc',
  fat: 'vvfat',
  iso: 'raw',
  luks: 'luks',
};
type NodeLayer = Pick<Layer, 'source' | 'format' | 'id'>;
const isRaw = (layer: NodeLayer): boolean => layer.format === 'raw' || layer.format === 'iso' || layer.format === 'fat';

const isLuksByQemu = ({ source }: NodeLayer): boolean =>
  source.encryption !== undefined && source.encryption.engine !== 'librbd';
const needsFormatLayer = (layer: NodeLayer): boolean => !isRaw(layer) || isLuksByQemu(layer);
const sliceOf = ({ source }: NodeLayer) => source.slices?.slices[0];

export const isReadOnly = (disk: DiskDef): boolean => Boolean(disk.readonly) || disk.device === 'cdrom';

interface BuiltDisk {
  readonly args: readonly string[];
  /** The node that the device reads. */
  readonly drive: string | undefined;
}

const blockdev = (props: Props): readonly string[] => ['-blockdev', JSON.stringify(props)];

const cacheProps = (disk: DiskDef): Props => ({ cache: CACHES[cacheOf(disk) ?? ''] });

/** What a layer that is the last one over its data says; of a chain only the top image writes. */
function hintProps(disk: DiskDef, isTop: boolean): Props {
  const driver = disk.driver;
  const detect = isTop ? driver?.detectZeroes : undefined;
  return {
    discard: isTop ? driver?.discard : undefined,
    // 'unmap' asks for discards that are switched off: then it means 'on'.
    'detect-zeroes': detect === 'unmap' && driver?.discard !== 'unmap' ? 'on' : detect,
    ...cacheProps(disk),
  };
}

/** A node below another leaves it to that one whether to write. */
const belowProps = (disk: DiskDef): Props => ({ 'auto-read-only': true, discard: 'unmap', ...cacheProps(disk) });
const topProps = (disk: DiskDef, layer: Layer): Props => ({
  'read-only': !layer.isTop || isReadOnly(disk),
  ...hintProps(disk, layer.isTop),
});

const OPTICAL = /^\/dev\/(?:cdrom|sr\d+)$/;

function storageNode({ options }: CommandContext, disk: DiskDef, layer: Layer): Props {
  const node = `libvirt-${layer.id}-storage`;
  const dev = layer.source.dev ?? '';
  const props = storageProps({
    type: layer.type,
    source: layer.source,
    device: disk.device ?? 'disk',
    node,
    encryptionSecret: encryptionSecretId(layer.id, needsFormatLayer(layer)),
    isHostCdrom: disk.device === 'cdrom' && (options.isHostCdrom ? options.isHostCdrom(dev) : OPTICAL.test(dev)),
  });
  const aio = layer.type === 'file' || layer.type === 'block' ? disk.driver?.io : undefined;
  const isBelow = needsFormatLayer(layer) || sliceOf(layer) !== undefined;
  return { ...props, aio, 'node-name': node, ...(isBelow ? belowProps(disk) : topProps(disk, layer)) };
}

function sliceNode(disk: DiskDef, layer: Layer): readonly string[] {
  const slice = sliceOf(layer);
  if (!slice) return [];
  const place = { driver: 'raw', file: `libvirt-${layer.id}-storage`, offset: slice.offset, size: slice.size };
  const rest = needsFormatLayer(layer) ? belowProps(disk) : topProps(disk, layer);
  return blockdev({ ...place, 'node-name': `libvirt-${layer.id}-slice-sto`, ...rest });
}

const CHAINED = new Set(['qcow2', 'qcow', 'qed', 'vmdk']);

function formatNode(disk: DiskDef, layer: Layer, below: Layer | undefined): Props {
  const secret = encryptionSecretId(layer.id, true);
  const isLuks = isRaw(layer) && isLuksByQemu(layer);
  const encryption = layer.source.encryption;
  const backing = below ? topNode(below) : chainOf(disk).isWhole ? null : undefined;
  const encrypt = { format: encryption?.format === 'qcow' ? 'aes' : 'luks', 'key-secret': secret };
  return {
    'node-name': `libvirt-${layer.id}-format`,
    ...topProps(disk, layer),
    'discard-no-unref': layer.isTop ? disk.driver?.discardNoUnref : undefined,
    driver: isLuks ? 'luks' : (FORMAT_DRIVERS[layer.format] ?? layer.format),
    'key-secret': isLuks ? secret : undefined,
    encrypt: !isLuks && isLuksByQemu(layer) ? encrypt : undefined,
    'cache-size': layer.isTop ? disk.driver?.metadataCache?.maxSize : undefined,
    file: sliceOf(layer) ? `libvirt-${layer.id}-slice-sto` : `libvirt-${layer.id}-storage`,
    backing: CHAINED.has(layer.format) ? backing : undefined,
  };
}

/** The node through which an image is read: its format's where it has one. */
export function topNode(layer: NodeLayer): string {
  if (needsFormatLayer(layer)) return `libvirt-${layer.id}-format`;
  return sliceOf(layer) ? `libvirt-${layer.id}-slice-sto` : `libvirt-${layer.id}-storage`;
}

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
  const filters = filterNodes(disk, nodes, topNode(top));
  return { args: [...args, ...filters.args], drive: filters.drive };
}

/** What stands over the chain: copy on read, then each throttle in turn. */
function filterNodes(disk: DiskDef, nodes: DiskNodes, top: string): BuiltDisk {
  const args: string[] = [];
  let drive = top;
  if (disk.driver?.copyOnRead) {
    const node = `libvirt-CoR-${disk.target?.dev}`;
    args.push(...blockdev({ driver: 'copy-on-read', 'node-name': node, file: drive, discard: 'unmap' }));
    drive = node;
  }
  for (const [at, filter] of (disk.throttleFilters?.filters ?? []).entries()) {
    const node = `libvirt-${nodes.filterIds[at]}-filter`;
    const group = `throttle-${filter.group}`;
    args.push(...blockdev({ driver: 'throttle', 'node-name': node, 'throttle-group': group, file: drive }));
    drive = node;
  }
  return { args, drive };
}

function layerArgs(context: CommandContext, disk: DiskDef, layer: Layer, below: Layer | undefined): readonly string[] {
  const hasFormat = needsFormatLayer(layer);
  return [
    ...buildSecrets(context, layer.source, layer.id, hasFormat),
    ...reservationHelper(layer),
    ...tlsCredentials(context, layer),
    ...blockdev(storageNode(context, disk, layer)),
    ...sliceNode(disk, layer),
    ...(hasFormat ? blockdev(formatNode(disk, layer, below)) : []),
  ];
}

/** NBD over TLS shows the server who we are. */
function tlsCredentials({ options }: CommandContext, { id, source }: Layer): readonly string[] {
  if (!source.tls) return [];
  return objectArgs({
    'qom-type': 'tls-creds-x509',
    id: `objlibvirt-${id}-storage_tls0`,
    dir: options.nbdTlsDir ?? '/etc/pki/qemu',
    endpoint: 'client',
    'verify-peer': true,
  });
}

function reservationHelper({ id, source }: Layer): readonly string[] {
  if (!source.reservations || source.reservations.managed) return [];
  const path = source.reservations.source?.path;
  return objectArgs({ 'qom-type': 'pr-manager-helper', id: `pr-helper-libvirt-${id}-storage`, path });
}
