import { describe, expect, it } from 'vitest';
import { pendingChanges } from '../../../../src/engine/conf/pending-changes.ts';
import { countListed, eachVcpu, switchVcpus } from '../../../../src/engine/conf/vcpu-list.ts';
import { liveOf, storedWith } from '../../../helpers/live-definition.ts';

const plain = storedWith('', "<vcpu current='2'>4</vcpu>");
/** '+' of the start, '*' there and able to go, '-' off. */
const shown = (def: typeof plain): string =>
  eachVcpu(def)
    .map(({ enabled, hotpluggable }) => (enabled ? (hotpluggable ? '*' : '+') : '-'))
    .join('');

describe('single processors of a definition', () => {
  it.each([
    ['that lists none are the first ones', "<vcpu current='2'>3</vcpu>", '++-'],
    ['that has all of them', '<vcpu>3</vcpu>', '+++'],
    [
      'that lists some are those that are on; one that is on stays where it does not say so',
      "<vcpu>4</vcpu><vcpus><vcpu id='0' enabled='yes'/><vcpu id='1' enabled='yes'/><vcpu id='3' enabled='yes' hotpluggable='yes'/></vcpus>",
      '++-*',
    ],
  ])('%s', (_title, more, expected) => {
    expect(shown(storedWith('', more))).toBe(expected);
  });

  it.each([
    ['one comes', [3], true, '++-*'],
    ['one goes, and can come again', [1], false, '+---'],
    ['one is what it is, but can go from then on', [1], true, '+*--'],
    ['all but the first', [1, 2, 3], true, '+***'],
  ])('are switched: %s', (_title, ids, enabled, expected) => {
    const changed = switchVcpus(plain, ids, enabled);
    expect([shown(changed), changed.vcpu?.current ?? 4]).toEqual([expected, expected.replaceAll('-', '').length]);
  });

  it('keep the first one, and those of the start together', () => {
    expect(() => switchVcpus(plain, [0, 1], true)).toThrow("vCPU '0' can't be modified");
    const three = storedWith('', "<vcpu current='3'>4</vcpu>");
    expect(() => switchVcpus(three, [1], false)).toThrow("vcpu '1' can't be modified as it is followed by");
  });

  it('lose an order that no longer says anything', () => {
    const ordered = storedWith(
      '',
      "<vcpu>3</vcpu><vcpus><vcpu id='0' enabled='yes' order='1'/><vcpu id='2' enabled='yes' hotpluggable='yes' order='2'/></vcpus>",
    );
    expect(switchVcpus(ordered, [1], true).vcpus?.vcpus.map(({ order }) => order)).toEqual(Array(3).fill(undefined));
  });

  it.each([
    [1, '+---'],
    [2, '+-*-'],
    [3, '++*-'],
    // QEMU's own come first: behind one that can go, all can.
    [4, '++**'],
  ])('are counted to %i by the first that are off and the last that are on', (count, expected) => {
    const listed = switchVcpus(switchVcpus(plain, [1], false), [2], true);
    expect(shown(countListed(listed, count))).toBe(expected);
  });

  it('can go again where they shall', () => {
    expect(shown(countListed(plain, 3, true))).toBe('++*-');
    expect(shown(countListed(plain, 1, true))).toBe('+---');
    expect(shown(countListed(countListed(plain, 1), 4))).toBe('++++');
  });
});

describe('what the next start changes of them', () => {
  const fields = (live: typeof plain, stored: typeof plain): readonly string[] =>
    pendingChanges(liveOf(live), liveOf(stored)).map(({ field }) => field);
  const other = switchVcpus(switchVcpus(plain, [1], false), [2], true);

  it('is which there are where there are as many, and else how many', () => {
    expect(fields(plain, other)).toEqual(['vcpus']);
    expect(fields(plain, switchVcpus(plain, [3], true))).toEqual(['vcpu']);
    expect(fields(other, switchVcpus(other, [3], true))).toEqual(['vcpu', 'vcpus']);
  });

  it('is neither the order in which they came nor, where only one lists them, which can go', () => {
    const ordered = { ...other, vcpus: { vcpus: eachVcpu(other).map((vcpu) => ({ ...vcpu, order: vcpu.id })) } };
    expect(fields(ordered, other)).toEqual([]);
    expect(fields(plain, switchVcpus(plain, [1], true))).toEqual([]);
    expect(fields(switchVcpus(plain, [1], true), plain)).toEqual([]);
  });
});
