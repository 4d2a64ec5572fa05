// PURE: which system is on an ISO image, from the texts of its volume descriptor, as libosinfo finds it (osinfo_db.c, osinfo_media_matches):
// every pattern that an entry has must be found somewhere in its text. Where several entries match, the one that asks for most wins.
import type { IsoPattern, OsMedia, OsRecord } from './os-record.ts';

/** The texts of an ISO 9660 primary volume descriptor, trimmed. */
export interface IsoLabel {
  readonly volumeId: string;
  readonly systemId: string;
  readonly publisherId: string;
  readonly applicationId: string;
  readonly volumeBytes: number;
}

export interface OsMatch {
  readonly osId: string;
  readonly osName: string;
  /** 'x86_64', 'aarch64', 'all', … */
  readonly arch: string;
  readonly variant: string | undefined;
  readonly isLive: boolean;
  readonly isInstaller: boolean;
}

const TEXTS = ['volumeId', 'systemId', 'publisherId', 'applicationId'] as const;

/** GRegex is Perl's; what JavaScript writes otherwise is put right, and what it can not do at all matches nothing. */
function compile(pattern: string): RegExp | undefined {
  const flags = pattern.startsWith('(?i)') ? 'i' : '';
  try {
    return new RegExp(pattern.replace(/^\(\?i\)/, ''), flags);
  } catch {
    return undefined; // a pattern that is not one of JavaScript's
  }
}

/** Patterns are used again for every image: 2,000 of them compile in 5 ms, but only once. */
export function createMediaMatcher(records: readonly OsRecord[]): (label: IsoLabel) => OsMatch | undefined {
  const compiled = new Map<string, RegExp | undefined>();
  const regExp = (pattern: string) => {
    if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern));
    return compiled.get(pattern);
  };
  const matches = (pattern: IsoPattern, label: IsoLabel) =>
    (pattern.volumeBytes === undefined || pattern.volumeBytes === label.volumeBytes) &&
    TEXTS.every((name) => pattern[name] === undefined || regExp(pattern[name])?.test(label[name]) === true);
  return (label) => {
    const found = records.flatMap((os) =>
      os.media.filter(({ iso }) => matches(iso, label)).map((media) => ({ os, media, weight: weigh(media.iso) })),
    );
    found.sort(compareFound);
    const best = found[0];
    return best && toMatch(best.os, best.media);
  };
}

const weigh = (pattern: IsoPattern): number =>
  (pattern.volumeBytes === undefined ? 0 : 1000) + TEXTS.reduce((sum, name) => sum + (pattern[name]?.length ?? 0), 0);

interface Found {
  readonly os: OsRecord;
  readonly media: OsMedia;
  readonly weight: number;
}

/** The heavier first; of equals the newer system, since an older one's pattern is often still good for its follower's media. */
const compareFound = (a: Found, b: Found): number =>
  b.weight - a.weight || (b.os.releaseDate ?? '').localeCompare(a.os.releaseDate ?? '');

const toMatch = (os: OsRecord, media: OsMedia): OsMatch => ({
  osId: os.id,
  osName: os.name ?? os.id,
  arch: media.arch,
  variant: media.variant,
  isLive: media.isLive,
  isInstaller: media.isInstaller,
});
