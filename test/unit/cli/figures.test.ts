import { describe, expect, it } from 'vitest';
import { formatAddresses } from '../../../src/cli/commands/guest.ts';
import { formatJob } from '../../../src/cli/commands/job.ts';
import { formatReply } from '../../../src/cli/commands/qemu.ts';
import { keyName } from '../../../src/cli/key-names.ts';
import { parseKiB, prettyBytes } from '../../../src/cli/quantity.ts';

describe('a job', () => {
  it('is virsh’s fields', () => {
    expect(formatJob(undefined)).toEqual(['Job type:         None        ']);
    const data = { total: 34_209_792, processed: 783_673, remaining: 0 };
    const job = { operation: 'save', state: 'completed', startedAt: 0, elapsedMs: 157, downtimeMs: 150, data } as const;
    expect(formatJob(job)).toEqual([
      'Job type:         Completed   ',
      'Operation:        Save        ',
      'Time elapsed:     157          ms',
      'Data processed:   765.306 KiB',
      'Data remaining:   0.000 B',
      'Data total:       32.625 MiB',
      'Total downtime:   150          ms',
    ]);
    expect(formatJob({ ...job, state: 'running' })[0]).toBe('Job type:         Bounded     ');
  });
});

describe('a size', () => {
  it('is read in KiB or with a unit, and refused in virsh’s words', () => {
    expect([parseKiB('1024'), parseKiB('512M'), parseKiB('1GiB'), parseKiB('1b')]).toEqual([
      1024, 524_288, 1_048_576, 1,
    ]);
    for (const text of ['abc', '-1', '1.5G'])
      expect(() => parseKiB(text)).toThrow(
        `Scaled numeric value '${text}' for <size> option is malformed or out of range`,
      );
    expect(prettyBytes(1_048_576)).toBe('1.000 MiB');
  });
});

describe('addresses', () => {
  it('stand in virsh’s columns; more of one interface below the first', () => {
    const interfaces = [
      {
        name: 'eth0',
        mac: '52:54:00:11:22:33',
        addresses: [
          { type: 'ipv4', address: '10.0.2.15', prefix: 24 },
          { type: 'ipv6', address: 'fe80::1', prefix: 64 },
        ],
      },
      { name: 'lo', addresses: [] },
    ] as const;
    const shown = formatAddresses(
      interfaces.map((one) => ({ ...one, addresses: [...one.addresses] })),
      {},
      false,
    );
    expect(shown).toEqual([
      ' Name       MAC address          Protocol     Address',
      '-'.repeat(79),
      ' eth0       52:54:00:11:22:33    ipv4         10.0.2.15/24',
      ' -          -                    ipv6         fe80::1/64',
      ' lo         N/A                  N/A          N/A',
    ]);
  });
});

describe('keys', () => {
  it.each([
    ['KEY_LEFTCTRL', 'ctrl'],
    ['KEY_A', 'a'],
    ['KEY_F12', 'f12'],
    ['KEY_KP5', 'kp_5'],
    ['KEY_ENTER', 'ret'],
    ['ctrl', 'ctrl'],
    ['0', '0'],
  ])('%s is QEMU’s %s', (given, name) => {
    expect(keyName(given)).toBe(name);
  });
});

describe('a reply of QEMU', () => {
  it('is printed as it came, indented, or as its value alone', () => {
    const reply = { return: { running: true }, id: 'x' };
    expect(formatReply(reply, {})).toBe('{"return":{"running":true},"id":"x"}');
    expect(formatReply(reply, { returnValue: true })).toBe('{"running":true}');
    expect(formatReply(reply, { pretty: true })).toMatch(/^\{\n {2}"return": \{/);
  });
});
