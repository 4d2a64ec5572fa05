// Operating systems and installation media, as the contract hands them out.
import type { MediaInfo, OsSummary } from '../../../common/model/machine.ts';
import { type MediaInfo as InspectedMedia, inspectMedia } from '../../media/inspect-media.ts';
import { createOsinfo } from '../../osinfo/osinfo.ts';
import type { OsEntry } from '../../osinfo/resolve-os.ts';

export interface Systems {
  list(): Promise<OsSummary[]>;
  find(id: string): Promise<OsEntry | undefined>;
  /** What an image is and which system is on it. Throws NO_STORAGE_VOL, INVALID_ARG, SYSTEM_ERROR. */
  inspect(path: string): Promise<MediaInfo>;
  /** A name for an osinfo id, at once: the database's where it is loaded, else one made of the id. */
  nameOf(id: string): string;
}

/** 'http://debian.org/debian/12' → 'Debian 12'. */
export function nameFromId(id: string): string {
  const words = id
    .replace(/^\w+:\/\/[^/]*\//, '')
    .split('/')
    .filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ') || id;
}

/** virt-manager's rule (osdict._is_eol): past its date; rolling never; with no date, released over ten years ago. */
function isEndOfLife(os: OsEntry, today: string): boolean {
  if (os.releaseStatus === 'rolling') return false;
  if (os.eolDate) return os.eolDate < today;
  return os.releaseDate !== undefined && os.releaseDate < `${Number(today.slice(0, 4)) - 10}${today.slice(4)}`;
}

function summarizeOs(os: OsEntry, today: string): OsSummary {
  return {
    id: os.id,
    name: os.name,
    family: os.family ?? 'other',
    vendor: os.vendor ?? '',
    isEndOfLife: isEndOfLife(os, today),
    ...(os.version ? { version: os.version } : {}),
    ...(os.releaseDate ? { releaseDate: os.releaseDate } : {}),
  };
}

function warningFor(media: InspectedMedia, isBootable: boolean): string | undefined {
  if (media.isTruncated) return 'The image ends too early: its download was cut off. Download it again.';
  if (!isBootable) return 'Nothing on this image can be booted: no system will start from it.';
  if (media.hasBackingFile) return 'The image builds upon another one, which must stay where it is.';
  return undefined;
}

export function createSystems(cacheDir: string, now: () => Date = () => new Date()): Systems {
  const osinfo = createOsinfo({ cacheDir });
  const names = new Map<string, string>();
  const load = async () => {
    const list = await osinfo.loadOsList();
    for (const { id, name } of list) names.set(id, name);
    return list;
  };
  return {
    list: async () => {
      const today = now().toISOString().slice(0, 10);
      return (await load()).map((os) => summarizeOs(os, today));
    },
    find: async (id) => {
      await load();
      return osinfo.findOs(id);
    },
    inspect: async (path) => {
      const media = await inspectMedia(path, { osinfo });
      // Where it can't be told from outside (a qcow2), the benefit of the doubt.
      const isBootable = media.bootable === undefined || media.bootable.bios || media.bootable.efi;
      const warning = warningFor(media, isBootable);
      return {
        path: media.path,
        sizeBytes: media.sizeBytes,
        kind: media.kind,
        isBootable,
        ...(media.label ? { label: media.label } : {}),
        ...(media.detected ? { osId: media.detected.osId, osName: media.detected.osName } : {}),
        ...(warning ? { warning } : {}),
      };
    },
    nameOf: (id) => names.get(id) ?? nameFromId(id),
  };
}
