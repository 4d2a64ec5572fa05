// Systems that came out after the database of a stable distribution was frozen (Debian 12 ships that of November 2022, which does not know
// Debian 12). Each takes after its predecessor, so it has its devices and resources. What the database knows itself is never overridden.
import type { OsMedia, OsRecord } from './os-record.ts';

const iso = (arch: string, volumeId: string, isLive = false): OsMedia => ({
  arch,
  isLive,
  isInstaller: true,
  iso: { volumeId },
});

const record = (
  given: Partial<OsRecord> & Pick<OsRecord, 'id' | 'name' | 'version' | 'parents' | 'media'>,
): OsRecord => ({
  shortIds: [],
  family: 'linux',
  resources: [],
  devices: [],
  firmwares: [],
  ...given,
});

const ARCHES = { amd64: 'x86_64', i386: 'i686', arm64: 'aarch64' } as const;
const archPairs = Object.entries(ARCHES);

const debian = (version: number, codename: string, releaseDate: string): OsRecord =>
  record({
    id: `http://debian.org/debian/${version}`,
    shortIds: [`debian${version}`, `debian${codename}`],
    name: `Debian ${version}`,
    version: String(version),
    vendor: 'Debian Project',
    distro: 'debian',
    codename,
    releaseDate,
    parents: [`http://debian.org/debian/${version - 1}`],
    media: archPairs.flatMap(([name, arch]) => [
      iso(arch, `^Debian ${version}\\.\\d+\\.\\d+ ${name} (n|1|BD|DLBD)`),
      iso(arch, `^d-live ${version}\\.\\d+\\.\\d+ \\S+ ${name}`, true),
    ]),
  });

const ubuntu = (version: string, codename: string, releaseDate: string, parent: string): OsRecord =>
  record({
    id: `http://ubuntu.com/ubuntu/${version}`,
    shortIds: [`ubuntu${version}`, `ubuntu${codename.split(' ')[0]?.toLowerCase() ?? ''}`],
    name: `Ubuntu ${version}${/\.04$/.test(version) && Number(version.slice(0, 2)) % 2 === 0 ? ' LTS' : ''}`,
    version,
    vendor: 'Canonical Ltd',
    distro: 'ubuntu',
    codename,
    releaseDate,
    parents: [`http://ubuntu.com/ubuntu/${parent}`],
    media: archPairs.map(([name, arch]) =>
      iso(arch, `^Ubuntu(-Server)? ${version.replace('.', '\\.')}(\\.\\d+)?( LTS)? ${name}`, true),
    ),
  });

const fedora = (version: number, releaseDate: string): OsRecord =>
  record({
    id: `http://fedoraproject.org/fedora/${version}`,
    shortIds: [`fedora${version}`],
    name: `Fedora Linux ${version}`,
    version: String(version),
    vendor: 'Fedora Project',
    distro: 'fedora',
    releaseDate,
    parents: [`http://fedoraproject.org/fedora/${version - 1}`],
    media: ['x86_64', 'aarch64'].flatMap((arch) => [
      iso(arch, `^Fedora-(S|E|Server|Everything)-dvd-${arch}-${version}`),
      ...(arch === 'x86_64' ? [iso(arch, `^Fedora-[A-Za-z_]+-Live-(x86_64-)?${version}\\b`, true)] : []),
    ]),
  });

/** In the order of their release: a later one may take after an earlier one. */
export const NEWER_RELEASES: readonly OsRecord[] = [
  fedora(38, '2023-04-18'),
  ubuntu('23.04', 'Lunar Lobster', '2023-04-20', '22.10'),
  debian(12, 'bookworm', '2023-06-10'),
  ubuntu('23.10', 'Mantic Minotaur', '2023-10-12', '23.04'),
  fedora(39, '2023-11-07'),
  fedora(40, '2024-04-23'),
  ubuntu('24.04', 'Noble Numbat', '2024-04-25', '23.10'),
  ubuntu('24.10', 'Oracular Oriole', '2024-10-10', '24.04'),
  fedora(41, '2024-10-29'),
  fedora(42, '2025-04-15'),
  ubuntu('25.04', 'Plucky Puffin', '2025-04-17', '24.10'),
  debian(13, 'trixie', '2025-08-09'),
];

/** `records` and the newer releases that are not among them. A database that has a system's predecessor at least is needed to take after it. */
export function addNewerReleases(records: readonly OsRecord[]): readonly OsRecord[] {
  const known = new Set(records.map(({ id }) => id));
  const all = [...records];
  for (const newer of NEWER_RELEASES) {
    if (known.has(newer.id) || !newer.parents.every((id) => known.has(id))) continue;
    known.add(newer.id);
    all.push(newer);
  }
  return all;
}
