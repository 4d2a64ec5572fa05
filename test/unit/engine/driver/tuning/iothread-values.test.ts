import { describe, expect, it } from 'vitest';
import { withIothreadValues } from '../../../../../src/engine/driver/tuning/iothread-values.ts';
import { storedWith } from '../../../../helpers/live-definition.ts';

const two = storedWith('', '<iothreads>2</iothreads>');
const threadsOf = (def: typeof two) =>
  (def.iothreadids?.iothreads ?? []).map(({ id, threadPoolMin, threadPoolMax, poll }) =>
    JSON.parse(JSON.stringify({ id, threadPoolMin, threadPoolMax, poll })),
  );

describe('the values of an I/O thread in a definition', () => {
  it('name the thread and leave the others and the other values alone', () => {
    const once = withIothreadValues(two, 2, { pollMaxNs: 0, threadPoolMax: 8 });
    const again = withIothreadValues(once, 2, { pollGrow: 2, threadPoolMin: 3 });
    expect(threadsOf(again)).toEqual([
      { id: 1 },
      { id: 2, threadPoolMin: 3, threadPoolMax: 8, poll: { max: 0, grow: 2 } },
    ]);
    expect(again.iothreads).toBe(2);
  });

  it('go where a bound is -1', () => {
    const bounded = withIothreadValues(two, 1, { threadPoolMin: 1, threadPoolMax: 8 });
    expect(threadsOf(withIothreadValues(bounded, 1, { threadPoolMin: -1, threadPoolMax: -1 }))).toEqual(
      threadsOf(withIothreadValues(two, 1, {})),
    );
  });

  it.each([
    ['of a thread that is not there', two, 3, { pollMaxNs: 1 }, "cannot find IOThread '3' in iothreadids"],
    [
      'with fewer most than fewest',
      two,
      1,
      { threadPoolMin: 9, threadPoolMax: 8 },
      "(9) can't be greater than thread_pool_max (8)",
    ],
    [
      'with more fewest than QEMU has most',
      two,
      1,
      { threadPoolMin: 65 },
      "(65) can't be greater than thread_pool_max (64)",
    ],
    [
      'with fewest above what was most',
      withIothreadValues(two, 1, { threadPoolMax: 4 }),
      1,
      { threadPoolMin: 5 },
      "(5) can't be greater than thread_pool_max (4)",
    ],
  ])('are refused %s', (_title, def, id, values, message) => {
    expect(() => withIothreadValues(def, id, values)).toThrow(message);
  });
});
