import { describe, expect, it } from 'vitest';
import {
  escalation,
  installCommand,
  looksOffline,
  packageManagerOf,
  packagesFor,
  parseOsRelease,
} from '../../../tools/setup/detect.mjs';
import { NEEDS } from '../../../tools/setup/needs.mjs';

const managerOf = (text: string) => packageManagerOf(parseOsRelease(text));

describe('the system', () => {
  it.each([
    ['ID=debian\nVERSION_ID="12"\n', 'apt'],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 'apt'],
    ['ID=neon\nID_LIKE="ubuntu debian"\n', 'apt'],
    ['ID=fedora\n', 'dnf'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'dnf'],
    ['ID=arch\n', 'pacman'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'zypper'],
  ])('%j is installed with %s', (text, manager) => {
    expect(managerOf(text)).toBe(manager);
  });

  it('a system that is not known has no package manager rather than a guessed one', () => {
    expect(managerOf('ID=nixos\n')).toBeUndefined();
    expect(managerOf('')).toBeUndefined();
  });
});

describe('becoming root', () => {
  const nobody = { isRoot: false, hasSudo: false, hasPkexec: false, hasTerminal: false, hasDisplay: false };

  it.each([
    [{ isRoot: true, hasSudo: true }, []],
    [{ hasSudo: true, hasTerminal: true, hasPkexec: true, hasDisplay: true }, ['sudo']],
    [{ hasPkexec: true, hasDisplay: true, hasSudo: true }, ['pkexec']],
    [{ hasSudo: true }, ['sudo', '-n']],
    [{ hasPkexec: true }, undefined],
    [{}, undefined],
  ])('%j leads to %j', (facts, argv) => {
    expect(escalation({ ...nobody, ...facts })).toEqual(argv);
  });
});

describe('packages', () => {
  it('every need names a package for every package manager, and says what is lost without it', () => {
    for (const need of NEEDS) {
      expect(Object.keys(need.packages), need.id).toEqual(expect.arrayContaining(['apt', 'dnf', 'pacman', 'zypper']));
      expect(need.lost.length, need.id).toBeGreaterThan(5);
      expect([...(need.bins ?? []), ...(need.files ?? [])].length, need.id).toBeGreaterThan(0);
    }
  });

  it("Ubuntu's own name of a package goes before Debian's", () => {
    const chromium = NEEDS.filter((need) => need.id === 'chromium');
    expect(packagesFor(chromium, 'apt', 'ubuntu')).toEqual(['chromium-browser']);
    expect(packagesFor(chromium, 'apt', 'debian')).toEqual(['chromium']);
  });

  it('apt is told not to bring what is only recommended', () => {
    expect(installCommand('apt', ['passt'])).toEqual(['apt-get', 'install', '-y', '--no-install-recommends', 'passt']);
  });

  it.each([
    ["Temporary failure resolving 'mirror'", true],
    ['npm error code ENOTFOUND', true],
    ['E: Unable to locate package passt', false],
  ])('%j is a missing network: %s', (output, offline) => {
    expect(looksOffline(output)).toBe(offline);
  });
});
