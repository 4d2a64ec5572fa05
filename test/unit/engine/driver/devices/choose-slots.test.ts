import { describe, expect, it } from 'vitest';
import { chooseSlot, chooseSlots, withSlots, withVcpus } from '../../../../../src/engine/driver/devices/vcpu-slots.ts';
import { storedWith } from '../../../../helpers/live-definition.ts';

/** One place: its socket, how many processors it holds, who sits there. */
const slot = (socket: number, size: number, path?: string) => ({
  type: 'qemu64-x86_64-cpu',
  'vcpus-count': size,
  props: { 'socket-id': socket, 'core-id': 0, 'thread-id': 0 },
  ...(path === undefined ? {} : { 'qom-path': path }),
});
const START = '/machine/unattached/device[0]';
const plugged = (number: number): string => `/machine/peripheral/vcpu${number}`;

describe('the processors to plug in or to pull out', () => {
  // QEMU lists the last place first.
  const singles = [slot(3, 1), slot(2, 1), slot(1, 1, plugged(1)), slot(0, 1, START)];
  const pairs = [slot(2, 2), slot(1, 2), slot(0, 2, START)];

  it.each([
    ['none where the number is right', singles, 2, []],
    ['the first free place', singles, 3, [2]],
    ['all free places in order', singles, 4, [2, 3]],
    ['the last one that was plugged in', singles, 1, [1]],
    ['never those of the start', singles, 0, undefined],
    ['no more than there are places', singles, 5, undefined],
    ['whole groups', pairs, 4, [1]],
    ['no part of a group', pairs, 3, undefined],
  ])('are %s', (_title, slots, count, sockets) => {
    expect(chooseSlots(slots, count)?.map(({ props }) => props['socket-id'])).toEqual(sockets);
  });
});

describe('the place of single processors', () => {
  const singles = [slot(3, 1), slot(2, 1), slot(1, 1, plugged(1)), slot(0, 1, START)];
  const pairs = [slot(2, 2), slot(1, 2, plugged(2)), slot(0, 2, START)];

  it.each([
    ['a free one to plug in', singles, [3], true, 3],
    ['one that was plugged in, to pull out', singles, [1], false, 1],
    ['a whole group to plug in', pairs, [5, 4], true, 2],
    ['a whole group to pull out', pairs, [2, 3], false, 1],
  ])('is %s', (_title, slots, ids, enabled, socket) => {
    expect(chooseSlot(slots, ids, enabled).props['socket-id']).toBe(socket);
  });

  it.each([
    ['that is there already', singles, [1], true, /vcpu '1' is already in requested state/],
    ['that is gone already', singles, [2], false, /vcpu '2' is already in requested state/],
    ['of the start', singles, [0], false, /vcpu '0' can't be unplugged/],
    ['that there is no place for', singles, [4], true, /vCPU '4' not present/],
    ['of two places', singles, [2, 3], true, /only one hotpluggable entity can be selected/],
    ['of a group, alone', pairs, [4], true, /vcpu '5' was not selected but it belongs to hotpluggable entity '4-5'/],
  ])('is refused for one %s', (_title, slots, ids, enabled, message) => {
    expect(() => chooseSlot(slots, ids, enabled)).toThrow(message);
  });
});

describe('a number of processors in a definition', () => {
  const def = storedWith('', "<vcpu current='1'>4</vcpu>");

  it.each([
    [2, undefined, { max: 4, current: 2 }],
    [4, undefined, { max: 4, current: undefined }],
    [2, 8, { max: 8, current: 2 }],
  ])('%s of %s', (count, max, expected) => {
    expect(withVcpus(def, count, max).vcpu).toMatchObject(expected);
  });

  it('of a running domain tells those that were plugged in apart, as long as there are some', () => {
    const some = withSlots(def, [slot(2, 1), slot(1, 1, plugged(1)), slot(0, 1, START)]);
    expect([some.vcpu?.current, some.vcpus?.vcpus]).toEqual([
      2,
      [
        { id: 0, enabled: true, hotpluggable: false, order: 1 },
        { id: 1, enabled: true, hotpluggable: true, order: 2 },
        { id: 2, enabled: false, hotpluggable: true, order: undefined },
      ],
    ]);
    expect(withSlots(def, [slot(1, 1), slot(0, 1, START)])).toMatchObject({ vcpu: { current: 1 }, vcpus: undefined });
    expect(withSlots(def, [slot(1, 2, plugged(2)), slot(0, 2, START)]).vcpus).toBeUndefined();
  });

  it('of a running domain tells in which order they came', () => {
    const one = withSlots(def, [slot(2, 1, plugged(2)), slot(1, 1), slot(0, 1, START)]);
    const two = withSlots(one, [slot(2, 1, plugged(2)), slot(1, 1, plugged(1)), slot(0, 1, START)]);
    const gone = withSlots(two, [slot(2, 1), slot(1, 1, plugged(1)), slot(0, 1, START)]);
    const back = withSlots(gone, [slot(2, 1, plugged(2)), slot(1, 1, plugged(1)), slot(0, 1, START)]);
    const turned = withSlots(back, [slot(2, 1, plugged(2)), slot(1, 1), slot(0, 1, START)]);
    const none = withSlots(gone, [slot(2, 1), slot(1, 1), slot(0, 1, START)]);
    expect(
      [one, two, gone, back, turned, none].map(({ vcpus }) => vcpus?.vcpus.map(({ order }) => order ?? 0)),
    ).toEqual([
      [1, 0, 2],
      [1, 3, 2],
      // Never above their number, however often two alternate.
      [1, 2, 0],
      [1, 2, 3],
      [1, 0, 2],
      [1, 0, 0],
    ]);
  });

  it('switches single ones on and off where they are listed, and forgets the list where the most changes', () => {
    const vcpus = { vcpus: [0, 1].map((id) => ({ id, enabled: id === 0, hotpluggable: id > 0 })) };
    const listed = { ...def, vcpu: { max: 2, current: 1 }, vcpus };
    expect(withVcpus(listed, 2).vcpus?.vcpus.map(({ enabled }) => enabled)).toEqual([true, true]);
    expect(withVcpus(listed, 2, 3).vcpus).toBeUndefined();
  });
});
