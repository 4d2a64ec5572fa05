// What the window says of machines that are saved, stopped by a disk, or to be changed at the next start.
import { describe, expect, it } from 'vitest';
import type { CommandRecord } from '../../../../src/common/model/command.ts';
import type { PendingChange } from '../../../../src/common/model/pending.ts';
import { reachableAddresses } from '../../../../src/renderer/format/addresses.ts';
import { busyText } from '../../../../src/renderer/format/busy.ts';
import { isLinkUp, macOf, sourceOf, targetOf } from '../../../../src/renderer/format/device-xml.ts';
import { changeName, changeText, hasMore } from '../../../../src/renderer/format/pending.ts';
import { formatRate, isMeasured, rateScale } from '../../../../src/renderer/format/rates.ts';
import {
  diskPauseTitle,
  machineStateText,
  stateLook,
  stateOrder,
  stateWithReason,
} from '../../../../src/renderer/format/state.ts';

const saved = { state: 'shutoff', reason: 'saved', hasManagedSave: true } as const;
const off = { state: 'shutoff', reason: 'shutdown' } as const;

describe('a machine with a saved state', () => {
  it('is neither off nor paused, but saved', () => {
    expect(machineStateText(saved)).toBe('Saved');
    expect(stateLook(saved)).toBe('saved');
    expect(stateWithReason(saved)).toBe('Saved: the next start goes on where it was');
    expect(machineStateText(off)).toBe('Shut off');
  });

  it('is what it does while it runs, whatever is still on the disk', () => {
    expect(machineStateText({ ...saved, state: 'running' })).toBe('Running');
  });

  it('is in the list before those that are off', () => {
    expect(stateOrder(saved)).toBeLessThan(stateOrder(off));
  });

  it('is being saved while its memory is written', () => {
    expect(machineStateText({ state: 'paused', reason: 'saving' })).toBe('Saving');
    expect(machineStateText({ state: 'paused', reason: 'user' })).toBe('Paused');
  });
});

describe('a machine that a disk stopped', () => {
  it.each([
    [[], 'Paused: a disk had an error. Repair it, then try again.'],
    [[{ target: 'vda', error: 'no space' }], 'Paused: there is no space left for disk vda. Free some, then try again.'],
    [
      [
        { target: 'vda', error: 'no space' },
        { target: 'vdb', error: 'unspecified' },
      ],
      'Paused: disks vda, vdb had an error. Repair it, then try again.',
    ],
  ] as const)('%o is told as “%s”', (errors, title) => {
    expect(diskPauseTitle(errors)).toBe(title);
  });
});

describe('what is being done to a machine', () => {
  const command = (procedure: string, label: string, state: CommandRecord['state'] = 'running'): CommandRecord => ({
    id: 1,
    procedure,
    label,
    state,
    canCancel: true,
    queuedAt: 0,
  });
  it.each([
    [command('domain.start', 'Start web'), {}, 'Starting…'],
    [command('domain.start', 'Start web'), { hasManagedSave: true }, 'Restoring…'],
    [command('domain.managedSave', 'Save web'), {}, 'Saving…'],
    [command('domain.setLink', 'Change the link of web'), {}, 'Change the link of…'],
    [command('domain.reboot', 'Reboot web', 'queued'), {}, 'Reboot: waiting…'],
  ])('%o is said in a word', (record, more, text) => {
    expect(busyText(record, { name: 'web', ...more })).toBe(text);
  });
});

describe('a change that the next start brings', () => {
  const disk: PendingChange = {
    field: 'devices.disk[vdb]',
    kind: 'added',
    device: 'disk',
    label: 'vdb',
    stored: "<disk type='file'/>",
  };
  const memory: PendingChange = {
    field: 'memory',
    kind: 'changed',
    live: "<memory unit='KiB'>2097152</memory>",
    stored: "<memory unit='KiB'>4194304</memory>",
  };

  it('is called by what people call it', () => {
    expect(changeName(disk)).toBe('Disk vdb');
    expect(changeName(memory)).toBe('Maximum memory');
    expect(changeName({ field: 'genid', kind: 'added' })).toBe('genid');
    expect(changeName({ field: 'devices.shmem[0]', kind: 'added', device: 'shmem' })).toBe('shmem');
  });

  it('is said in full where it fits into a sentence', () => {
    expect(changeText(memory)).toBe('from 2 GiB to 4 GiB');
    expect(changeText({ field: 'title', kind: 'changed', live: 'a', stored: 'b' })).toBe('from a to b');
    expect(hasMore(memory)).toBe(false);
  });

  it('is shown as XML where it does not', () => {
    expect(changeText(disk)).toBe('added');
    expect(hasMore(disk)).toBe(true);
    const cpu = { field: 'cpu', kind: 'changed', live: "<cpu mode='a'/>", stored: "<cpu mode='b'/>" } as const;
    expect([changeText(cpu), hasMore(cpu)]).toEqual(['changed', true]);
  });

  it('tells how many of how many processors', () => {
    const vcpu = {
      field: 'vcpu',
      kind: 'changed',
      live: '2',
      stored: "<vcpu placement='static' current='1'>2</vcpu>",
    } as const;
    expect(changeText(vcpu)).toBe('from 2 to 1 of 2');
  });

  it('is not said to change from a value to the same one, where only an attribute differs', () => {
    const vcpu = {
      field: 'vcpu',
      kind: 'changed',
      live: "<vcpu cpuset='0'>2</vcpu>",
      stored: "<vcpu cpuset='1'>2</vcpu>",
    } as const;
    expect([changeText(vcpu), hasMore(vcpu)]).toEqual(['changed', true]);
  });
});

describe('names in a device’s XML', () => {
  it('are found in its own elements, in either kind of quotes, and read as text', () => {
    const drive = `<disk type='file' device='cdrom'>\n  <source file='/a &amp; b/it&apos;s.iso' index="1"/>\n  <target dev="sda" bus='sata'/>\n</disk>`;
    expect([targetOf(drive), sourceOf(drive), macOf(drive)]).toEqual(['sda', "/a & b/it's.iso", undefined]);
  });

  it('tell whether the cable is plugged in', () => {
    expect(isLinkUp("<interface type='user'/>")).toBe(true);
    expect(isLinkUp("<interface type='user'>\n  <link state='down'/>\n</interface>")).toBe(false);
  });
});

describe('addresses that the guest tells', () => {
  const address = (type: 'ipv4' | 'ipv6', text: string) => ({ type, address: text, prefix: 24 });
  it('are those that reach it, IPv4 first', () => {
    const interfaces = [
      { name: 'lo', addresses: [address('ipv4', '127.0.0.1'), address('ipv6', '::1')] },
      { name: 'eth0', addresses: [address('ipv6', 'fe80::1'), address('ipv6', '2001:db8::2')] },
      { name: 'eth1', addresses: [address('ipv4', '10.0.2.15')] },
    ];
    expect(reachableAddresses(interfaces)).toEqual([
      { address: '10.0.2.15', interfaceName: 'eth1' },
      { address: '2001:db8::2', interfaceName: 'eth0' },
    ]);
  });

  it('are those of the wire where there are no others', () => {
    expect(reachableAddresses([{ name: 'eth0', addresses: [address('ipv6', 'fe80::1')] }])).toHaveLength(1);
    expect(reachableAddresses([])).toEqual([]);
  });
});

describe('rates', () => {
  it('are read by people', () => {
    expect([0, 0.4, 900, 1_572_864].map(formatRate)).toEqual(['0', '0', '900 bytes/s', '1.5 MiB/s']);
  });

  it('have a scale that holds them all, and not less than 16 KiB', () => {
    expect(rateScale([[], [undefined]])).toBe(16_384);
    expect(rateScale([[undefined, 3_000_000], [10]])).toBe(4_194_304);
  });

  it('are measured where one sample has them', () => {
    expect([isMeasured([[undefined]]), isMeasured([[undefined], [0]])]).toEqual([false, true]);
  });
});
