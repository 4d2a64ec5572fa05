import { describe, expect, it } from 'vitest';
import { initialChoices, summaryOf, toggleChoice, toInput } from '../../../../src/renderer/views/delete/delete-form.ts';
import { demoDisks } from '../../../helpers/demo-disks.ts';
import { demoMachines } from '../../../helpers/demo-machines.ts';

const [web] = demoMachines();
if (!web) throw new Error('the demo host has machines');
const choices = initialChoices(demoDisks(web));
const paths = choices.map((choice) => choice.disk.path);

describe('deleting a machine', () => {
  it('ticks only disks that nothing else needs', () => {
    expect(choices.map((choice) => choice.isChecked)).toEqual([true, false, false, false]);
  });

  it('says why the others are not ticked', () => {
    expect(choices[1]?.note).toContain('build-farm');
    expect(choices[3]?.note).toContain('not there');
  });

  it('lets a shared disk be ticked by hand, but not one that is missing', () => {
    const next = paths.reduce((state, path) => toggleChoice(state, path, true), choices);
    expect(next.map((choice) => choice.isChecked)).toEqual([true, true, true, false]);
  });

  it('tells how much goes', () => {
    expect(summaryOf(choices)).toBe('Deletes 1 file, 7.4 GiB');
    expect(summaryOf(toggleChoice(choices, paths[0] ?? '', false))).toBe('No disk file is deleted');
  });

  it('asks the engine for exactly the ticked files, and for what is kept with the definition', () => {
    expect(toInput('u', choices)).toEqual({ domain: 'u', nvram: true, managedSave: true, removeDisks: [paths[0]] });
  });
});
