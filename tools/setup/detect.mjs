// PURE: which system this is, what it calls its packages, and the command that installs them. No file is read here.

/** The text of /etc/os-release as { ID: 'debian', ID_LIKE: '…', … }. */
export function parseOsRelease(text) {
  const fields = {};
  for (const line of text.split('\n')) {
    const match = /^([A-Z_0-9]+)=(.*)$/.exec(line.trim());
    if (match) fields[match[1]] = match[2].replace(/^(["'])(.*)\1$/, '$2');
  }
  return fields;
}

const MANAGERS = [
  { manager: 'apt', ids: ['debian', 'ubuntu', 'linuxmint', 'pop', 'raspbian'] },
  { manager: 'dnf', ids: ['fedora', 'rhel', 'centos', 'rocky', 'almalinux'] },
  { manager: 'pacman', ids: ['arch', 'archlinux', 'manjaro', 'endeavouros'] },
  { manager: 'zypper', ids: ['opensuse', 'suse', 'opensuse-leap', 'opensuse-tumbleweed', 'sles'] },
];

/** 'apt' | 'dnf' | 'pacman' | 'zypper', or undefined for a system whose packages we do not know. */
export function packageManagerOf(osRelease) {
  const words = [osRelease.ID ?? '', ...(osRelease.ID_LIKE ?? '').split(/\s+/)].filter(Boolean);
  for (const word of words) {
    const found = MANAGERS.find(({ ids }) => ids.includes(word));
    if (found) return found.manager;
  }
  return undefined;
}

const INSTALL = {
  apt: ['apt-get', 'install', '-y', '--no-install-recommends'],
  dnf: ['dnf', 'install', '-y', '--setopt=install_weak_deps=False'],
  pacman: ['pacman', '-S', '--needed', '--noconfirm'],
  zypper: ['zypper', '--non-interactive', 'install', '--no-recommends'],
};
const REFRESH = { apt: ['apt-get', 'update'], pacman: ['pacman', '-Sy'] };

/** The argv that installs `packages`, without sudo. */
export const installCommand = (manager, packages) => [...INSTALL[manager], ...packages];

/** The argv that fetches the lists of packages, for the managers which do not do it by themselves. */
export const refreshCommand = (manager) => REFRESH[manager];

/**
 * How to become root: [] as root, ['sudo'], ['pkexec'] (asks in a window), or undefined where there is no way.
 * sudo without a terminal can only be asked with -n, which fails at once where a password is needed.
 */
export function escalation({ isRoot, hasSudo, hasPkexec, hasTerminal, hasDisplay }) {
  if (isRoot) return [];
  if (hasSudo && hasTerminal) return ['sudo'];
  if (hasPkexec && hasDisplay) return ['pkexec'];
  if (hasSudo) return ['sudo', '-n'];
  return undefined;
}

/** Does the output of a package manager say that there is no network? */
export const looksOffline = (output) =>
  /Temporary failure|Could not (resolve|connect)|Network is unreachable|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|Curl error|failed retrieving file/i.test(
    output,
  );

/** The packages of these needs on this system, each once. Ubuntu's names go before those of its manager. */
export function packagesFor(needs, manager, osId) {
  const names = needs.flatMap((need) => need.packages[osId] ?? need.packages[manager] ?? []);
  return [...new Set(names)];
}
