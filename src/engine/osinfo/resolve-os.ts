// PURE: records → the list of systems that the window shows. Devices and resources are inherited along <derives-from> and <clones>, as
// libosinfo does (osinfo_os.c, osinfo_product.c: osinfo_product_foreach_related).
import type { OsRecord, OsResources } from './os-record.ts';

/** What a system has drivers for. `undefined`: the database does not say. */
export interface OsSupports {
  readonly virtioDisk: boolean;
  readonly virtioNet: boolean;
  readonly virtioScsi: boolean;
  readonly virtioGpu: boolean;
  readonly virtioInput: boolean;
  readonly virtioConsole: boolean;
  readonly virtioBalloon: boolean;
  readonly virtioRng: boolean;
  readonly virtioFs: boolean;
  /** Modern virtio, without the legacy interface: what a PCIe slot of q35 shows. */
  readonly virtio1: boolean;
  readonly qxl: boolean;
  readonly usbTablet: boolean;
  readonly xhci: boolean;
  readonly q35: boolean;
  readonly e1000e: boolean;
  readonly hda: boolean;
  readonly uefi: boolean | undefined;
  readonly bios: boolean | undefined;
}

export interface OsEntry {
  /** 'http://debian.org/debian/11': what a definition's <libosinfo:os id> holds. */
  readonly id: string;
  readonly shortId: string;
  readonly shortIds: readonly string[];
  readonly name: string;
  readonly version: string | undefined;
  readonly vendor: string | undefined;
  /** 'linux', 'winnt', 'freebsd', … */
  readonly family: string | undefined;
  readonly distro: string | undefined;
  readonly codename: string | undefined;
  /** ISO dates, 'YYYY-MM-DD'. */
  readonly releaseDate: string | undefined;
  readonly eolDate: string | undefined;
  /** 'prerelease' | 'rolling' | 'snapshot'; undefined for one that is released. */
  readonly releaseStatus: string | undefined;
  readonly minimum: OsResources;
  readonly recommended: OsResources;
  readonly supports: OsSupports;
}

const pci = (id: string) => `http://pcisig.com/pci/${id}`;
/** Each line: any of these devices is enough. */
const DEVICES = {
  virtioDisk: [pci('1af4/1001'), pci('1af4/1042')],
  virtioNet: [pci('1af4/1000'), pci('1af4/1041')],
  virtioScsi: [pci('1af4/1004'), pci('1af4/1048')],
  virtioGpu: [pci('1af4/1050')],
  virtioInput: [pci('1af4/1052')],
  virtioConsole: [pci('1af4/1003'), pci('1af4/1043')],
  virtioBalloon: [pci('1af4/1002'), pci('1af4/1045')],
  virtioRng: [pci('1af4/1005'), pci('1af4/1044')],
  virtioFs: [pci('1af4/105a')],
  virtio1: [pci('1af4/1041'), pci('1af4/1042')],
  qxl: [pci('1b36/0100')],
  usbTablet: ['http://usb.org/usb/80ee/0021'],
  xhci: [pci('1b36/0004'), pci('1033/0194')],
  q35: ['http://qemu.org/chipset/x86/q35'],
  e1000e: [pci('8086/10d3')],
  hda: [pci('8086/2668'), pci('8086/293e')],
} as const;

/** The record and all that it takes after, nearest first, each once: a loop in the data must not become one here. */
function lineage(record: OsRecord, byId: ReadonlyMap<string, OsRecord>): readonly OsRecord[] {
  const found = new Map<string, OsRecord>();
  const queue = [record];
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (found.has(next.id)) continue;
    found.set(next.id, next);
    queue.push(...next.parents.flatMap((id) => byId.get(id) ?? []));
  }
  return [...found.values()];
}

/** Devices of the whole line. The nearest word counts, so that a child can take back what its parent supports. */
function supportedDevices(line: readonly OsRecord[]): ReadonlySet<string> {
  const verdicts = new Map<string, boolean>();
  for (const { devices } of line) {
    for (const { id, isSupported } of devices) if (!verdicts.has(id)) verdicts.set(id, isSupported);
  }
  return new Set([...verdicts].filter(([, isSupported]) => isSupported).map(([id]) => id));
}

function firmwareSupport(line: readonly OsRecord[], type: string): boolean | undefined {
  const word = line
    .flatMap(({ firmwares }) => firmwares)
    .find((firmware) => firmware.type === type && ['x86_64', 'all'].includes(firmware.arch));
  return word?.isSupported;
}

function resolveSupports(line: readonly OsRecord[]): OsSupports {
  const devices = supportedDevices(line);
  const flags = Object.entries(DEVICES).map(([name, ids]) => [name, ids.some((id) => devices.has(id))]);
  const base = Object.fromEntries(flags) as Record<keyof typeof DEVICES, boolean>;
  return { ...base, uefi: firmwareSupport(line, 'efi'), bios: firmwareSupport(line, 'bios') };
}

/** Those of the nearest in line that has any, for x86-64 rather than for all. */
function resolveResources(line: readonly OsRecord[], which: 'minimum' | 'recommended'): OsResources {
  for (const { resources } of line) {
    const merged = Object.assign(
      {},
      ...['all', 'x86_64'].flatMap((arch) => resources.filter((set) => set.arch === arch).map((set) => set[which])),
    );
    if (Object.keys(merged).length > 0) return merged;
  }
  return {};
}

/** What is recommended may come from a parent that needed less than the child's own minimum. */
function atLeast(minimum: OsResources, recommended: OsResources): OsResources {
  const names = ['memoryKiB', 'cpus', 'storageBytes'] as const;
  const known = names.filter((name) => minimum[name] !== undefined || recommended[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, Math.max(minimum[name] ?? 0, recommended[name] ?? 0)]));
}

function resolveOne(record: OsRecord, byId: ReadonlyMap<string, OsRecord>): OsEntry {
  const line = lineage(record, byId);
  const minimum = resolveResources(line, 'minimum');
  return {
    id: record.id,
    shortId: record.shortIds[0] ?? record.id,
    shortIds: record.shortIds,
    name: record.name ?? record.shortIds[0] ?? record.id,
    version: record.version,
    vendor: record.vendor,
    family: record.family,
    distro: record.distro,
    codename: record.codename,
    releaseDate: record.releaseDate,
    eolDate: record.eolDate,
    releaseStatus: record.releaseStatus,
    minimum,
    recommended: atLeast(minimum, resolveResources(line, 'recommended')),
    supports: resolveSupports(line),
  };
}

/** All systems, the newest first, then by name. */
export function resolveOsList(records: readonly OsRecord[]): readonly OsEntry[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  return records
    .map((record) => resolveOne(record, byId))
    .sort((a, b) => (b.releaseDate ?? '').localeCompare(a.releaseDate ?? '') || a.name.localeCompare(b.name));
}
