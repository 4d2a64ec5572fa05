import { describe, expect, it } from 'vitest';
import {
  boardChange,
  boardErrors,
  boardForm,
  editBoard,
  vcpusHint,
} from '../../../../src/renderer/views/machine/hardware/board-form.ts';
import { demoDetails, newHardware } from '../../../helpers/demo-hardware.ts';
import { demoMachines } from '../../../helpers/demo-machines.ts';

const [machine] = demoMachines();
if (!machine) throw new Error('the demo has no machine');
const GIB = 1024 * 1024;
const running = { vcpus: 2, maxVcpus: 4, memoryKiB: 2 * GIB, maxMemoryKiB: 4 * GIB };
const details = { ...demoDetails(machine, newHardware()), resources: running };
const pending = { ...details, storedResources: { ...running, maxVcpus: 8 } };
const on = { ...machine, isActive: true, isPersistent: true, accelerator: 'kvm' } as const;
const off = { ...on, isActive: false };
const inSoftware = { ...on, accelerator: 'tcg' } as const;

describe('the form of processors and memory', () => {
  it('shows what runs, and the most of the next start', () => {
    expect(boardForm(details)).toEqual({ vcpus: 2, maxVcpus: 4, memoryMiB: 2048, maxMemoryMiB: 4096 });
    expect(boardForm(pending)).toMatchObject({ vcpus: 2, maxVcpus: 8 });
  });

  it('raises the most with what is to be used, of a machine that is off', () => {
    const form = boardForm(details);
    expect(editBoard(form, { vcpus: 6 }, false)).toMatchObject({ vcpus: 6, maxVcpus: 6 });
    expect(editBoard(form, { maxMemoryMiB: 1024 }, false)).toMatchObject({ memoryMiB: 1024, maxMemoryMiB: 1024 });
    expect(editBoard(form, { vcpus: 6 }, true)).toMatchObject({ vcpus: 6, maxVcpus: 4 });
  });

  it('says what a running machine can’t have, by what it runs with and not by what is stored', () => {
    const form = editBoard(boardForm(pending), { vcpus: 6, memoryMiB: Number.NaN }, true);
    expect(boardErrors(form, pending, on)).toEqual({
      vcpus: 'At most 4 while it runs.',
      memoryMiB: 'Give a whole number above 0.',
    });
    expect(boardErrors(editBoard(boardForm(pending), { vcpus: 6 }, false), pending, off)).toEqual({});
  });

  it('says beforehand that no processor goes from a guest in software', () => {
    const fewer = editBoard(boardForm(details), { vcpus: 1 }, true);
    expect(boardErrors(fewer, details, inSoftware)).toEqual({
      vcpus: 'At least 2 while it runs without KVM. For fewer, set “At most”.',
    });
    expect([boardErrors(fewer, details, on), boardErrors(fewer, details, off)]).toEqual([{}, {}]);
    const all = { ...details, resources: { ...running, vcpus: 4 } };
    expect([vcpusHint(on, details), vcpusHint(inSoftware, details), vcpusHint(inSoftware, all)]).toEqual([
      'Up to 4 while it runs',
      '2 to 4 while it runs, without KVM',
      '4 while it runs, without KVM',
    ]);
    expect(vcpusHint(off, details)).toBeUndefined();
  });

  it('asks for what differs: at once where that is in use, and in the definition', () => {
    const form = boardForm(details);
    const domain = on.uuid;
    expect(boardChange(on, details, form)).toBeUndefined();
    expect(boardChange(on, details, { ...form, memoryMiB: 1024 })).toEqual({
      domain,
      memoryKiB: GIB,
      live: true,
      config: true,
    });
    expect(boardChange(on, details, { ...form, maxVcpus: 8 })).toEqual({
      domain,
      maxVcpus: 8,
      live: false,
      config: true,
    });
    expect(boardChange(off, details, { ...form, vcpus: 1 })).toEqual({ domain, vcpus: 1, live: false, config: true });
    expect(boardChange({ ...on, isPersistent: false }, details, { ...form, vcpus: 3, maxVcpus: 8 })).toEqual({
      domain,
      vcpus: 3,
      live: true,
      config: false,
    });
  });
});
