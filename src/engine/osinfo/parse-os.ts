// PURE: the XML of osinfo-db (schema: data/schema/osinfo.rng there) → records. Only what Vivarium uses; texts are taken in English, the form
// without xml:lang. What is not understood is left out: a newer database must not stop anything.
import { parseXml, type XmlNode } from '../conf/xml.ts';
import type { IsoPattern, OsMedia, OsRecord, OsResources } from './os-record.ts';

const childrenOf = (node: XmlNode, name: string): readonly XmlNode[] =>
  node.children.filter((child) => child.name === name);

const textOf = (node: XmlNode, name: string): string | undefined => {
  const own = node.children.find((child) => child.name === name && child.attributes['xml:lang'] === undefined);
  return own?.text.trim() || undefined;
};

const numberOf = (node: XmlNode, name: string): number | undefined => {
  const value = Number(textOf(node, name) ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
};

const isTrue = (value: string | undefined, fallback: boolean): boolean =>
  value === undefined ? fallback : value === 'true';

/** An object without its undefined members: they would not survive the cache, and then not compare as equal. */
const present = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;

function parseResources(node: XmlNode | undefined): OsResources {
  if (!node) return {};
  const bytes = numberOf(node, 'ram');
  return present({
    memoryKiB: bytes === undefined ? undefined : Math.round(bytes / 1024),
    cpus: numberOf(node, 'n-cpus'),
    storageBytes: numberOf(node, 'storage'),
  });
}

function parseIso(node: XmlNode): IsoPattern {
  return present({
    volumeId: textOf(node, 'volume-id'),
    systemId: textOf(node, 'system-id'),
    publisherId: textOf(node, 'publisher-id'),
    applicationId: textOf(node, 'application-id'),
    volumeBytes: numberOf(node, 'volume-size'),
  });
}

function parseMedia(node: XmlNode, variants: ReadonlyMap<string, string>): OsMedia[] {
  const variant = childrenOf(node, 'variant')
    .map((child) => variants.get(child.attributes.id ?? ''))
    .find((name) => name !== undefined);
  const arch = node.attributes.arch ?? 'all';
  const isLive = isTrue(node.attributes.live, false);
  const isInstaller = isTrue(node.attributes.installer, true);
  return childrenOf(node, 'iso')
    .map(parseIso)
    .filter((iso) => Object.keys(iso).length > 0)
    .map((iso) => present({ arch, isLive, isInstaller, variant, iso }));
}

function parseOs(node: XmlNode): OsRecord {
  const variants = new Map(
    childrenOf(node, 'variant').map((child) => [child.attributes.id ?? '', textOf(child, 'name') ?? '']),
  );
  const idsOf = (name: string) => childrenOf(node, name).flatMap((child) => child.attributes.id ?? []);
  return present({
    id: node.attributes.id ?? '',
    shortIds: childrenOf(node, 'short-id').map((child) => child.text.trim()),
    name: textOf(node, 'name'),
    version: textOf(node, 'version'),
    vendor: textOf(node, 'vendor'),
    family: textOf(node, 'family'),
    distro: textOf(node, 'distro'),
    codename: textOf(node, 'codename'),
    releaseStatus: textOf(node, 'release-status'),
    releaseDate: textOf(node, 'release-date'),
    eolDate: textOf(node, 'eol-date'),
    parents: [...idsOf('derives-from'), ...idsOf('clones')],
    resources: childrenOf(node, 'resources').map((child) => ({
      arch: child.attributes.arch ?? 'all',
      minimum: parseResources(childrenOf(child, 'minimum')[0]),
      recommended: parseResources(childrenOf(child, 'recommended')[0]),
    })),
    devices: childrenOf(node, 'devices')
      .flatMap((child) => childrenOf(child, 'device'))
      .map(({ attributes }) => ({ id: attributes.id ?? '', isSupported: isTrue(attributes.supported, true) })),
    firmwares: childrenOf(node, 'firmware').map(({ attributes }) => ({
      arch: attributes.arch ?? 'all',
      type: attributes.type ?? '',
      isSupported: isTrue(attributes.supported, true),
    })),
    media: childrenOf(node, 'media').flatMap((child) => parseMedia(child, variants)),
  });
}

/** The systems that one file describes. Throws XML_ERROR where it is not XML. */
export function parseOsFile(text: string, file: string): readonly OsRecord[] {
  return childrenOf(parseXml(text, file), 'os')
    .map(parseOs)
    .filter((record) => record.id !== '');
}

/** Files that speak of the same system (NAME.xml, and NAME.d/*.xml beside it) add up to one record. */
export function mergeRecords(records: readonly OsRecord[]): readonly OsRecord[] {
  const merged = new Map<string, OsRecord>();
  for (const record of records) {
    const before = merged.get(record.id);
    if (!before) merged.set(record.id, record);
    else {
      merged.set(record.id, {
        ...before,
        ...record,
        shortIds: [...before.shortIds, ...record.shortIds],
        parents: [...before.parents, ...record.parents],
        resources: [...before.resources, ...record.resources],
        devices: [...before.devices, ...record.devices],
        firmwares: [...before.firmwares, ...record.firmwares],
        media: [...before.media, ...record.media],
      });
    }
  }
  return [...merged.values()];
}
