import { describe, expect, it } from 'vitest';
import { pendingChanges } from '../../../../src/engine/conf/pending-changes.ts';
import { countListed, eachVcpu, switchVcpus, withRunOrder } from '../../../../src/engine/conf/vcpu-list.ts';
import { assertVcpuOrder } from '../../../../src/engine/qemu/def/validate-vcpus.ts';
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

  // As libvirt 9.0 stored each of them.
  it.each([
    ['as many as are on, whatever the number says', "current='3'", "<vcpu id='1' enabled='yes'/>", '++--', 2],
    ['as many as are on, where no number is', '', "<vcpu id='1' enabled='yes'/>", '++--', 2],
    ['as many as are on, though the number is too high', "current='9'", "<vcpu id='1' enabled='yes'/>", '++--', 2],
    [
      'what is said last of one that is listed twice',
      "current='2'",
      "<vcpu id='1' enabled='no' hotpluggable='yes'/><vcpu id='1' enabled='yes' hotpluggable='yes'/>",
      '+*--',
      2,
    ],
    [
      'none where that is off',
      "current='2'",
      "<vcpu id='1' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='no'/>",
      '+---',
      1,
    ],
  ])('are stored all, and told: %s', (_title, current, list, expected, count) => {
    const def = storedWith('', `<vcpu ${current}>4</vcpu><vcpus><vcpu id='0' enabled='yes'/>${list}</vcpus>`);
    expect([shown(def), def.vcpu?.current, def.vcpus?.vcpus.length]).toEqual([expected, count, 4]);
  });

  it('have in a run the order in which they come, from 1 without a gap', () => {
    const ordersOf = (def: typeof plain): readonly number[] => (def.vcpus?.vcpus ?? []).map(({ order }) => order ?? 0);
    const started = (list: string): readonly number[] =>
      ordersOf(liveOf(storedWith('', `<vcpu>4</vcpu><vcpus>${list}</vcpus>`)));
    const first = "<vcpu id='0' enabled='yes' order='1'/>";
    expect(started(`${first}<vcpu id='3' enabled='yes' hotpluggable='yes' order='4'/>`)).toEqual([1, 0, 0, 2]);
    expect(
      started(
        `${first}<vcpu id='1' enabled='yes' hotpluggable='yes' order='3'/><vcpu id='2' enabled='yes' hotpluggable='yes' order='2'/>`,
      ),
    ).toEqual([1, 3, 2, 0]);
    expect(started("<vcpu id='0' enabled='yes'/><vcpu id='1' enabled='yes'/>")).toEqual([1, 2, 0, 0]);
    expect(started("<vcpu id='0' enabled='yes' order='0'/><vcpu id='1' enabled='yes' order='0'/>")).toEqual([
      1, 2, 0, 0,
    ]);
    expect(withRunOrder(plain)).toBe(plain);
  });

  it.each([
    [
      'above the most',
      "<vcpu id='1' enabled='yes' hotpluggable='yes' order='5'/>",
      "vcpu order '5' exceeds vcpu count",
    ],
    ['above the most of one that is off', "<vcpu id='1' enabled='no' order='9'/>", "vcpu order '9' exceeds vcpu count"],
    ['that another has', "<vcpu id='1' enabled='yes' order='1'/>", "duplicate vcpu order '1'"],
    ['that one has which is off', "<vcpu id='1' enabled='no' order='1'/>", "duplicate vcpu order '1'"],
  ])('are stored with an order %s, and stop a start', (_title, other, message) => {
    const list = `<vcpus><vcpu id='0' enabled='yes' order='1'/>${other}</vcpus>`;
    expect(() => assertVcpuOrder(storedWith('', `<vcpu>4</vcpu>${list}`))).toThrow(message);
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
