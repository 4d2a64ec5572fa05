import { describe, expect, it } from 'vitest';
import { toDisposable } from '../../../../src/common/base/dispose.ts';
import {
  type ConsoleState,
  consoleDelayMs,
  createConsoleLoop,
  type OpenConsole,
} from '../../../../src/renderer/views/console/console-loop.ts';
import { screenshotName } from '../../../../src/renderer/views/console/download.ts';
import { KEY_SEQUENCES, strokesOf, typeText } from '../../../../src/renderer/views/console/key-sequences.ts';
import { noKeys, reduceRelease } from '../../../../src/renderer/views/console/release-keys.ts';
import { fitScale } from '../../../../src/renderer/views/console/scale.ts';

describe('keys from the menu', () => {
  const sequences = KEY_SEQUENCES.flat();

  it('press in order and let go in reverse', () => {
    const keys = sequences.find((sequence) => sequence.id === 'ctrl-alt-del')?.keys ?? [];
    expect(strokesOf(keys).map(({ code, down }) => `${down ? '+' : '-'}${code}`)).toEqual([
      '+ControlLeft',
      '+AltLeft',
      '+Delete',
      '-Delete',
      '-AltLeft',
      '-ControlLeft',
    ]);
  });

  it('have an id each', () => {
    expect(new Set(sequences.map((sequence) => sequence.id)).size).toBe(sequences.length);
  });

  it('give F12 its own keysym', () => {
    expect(sequences.find((sequence) => sequence.id === 'f12')?.keys).toEqual([{ keysym: 0xffc9, code: 'F12' }]);
  });
});

describe('text typed as keys', () => {
  const codes = (text: string): string[] =>
    typeText(text)
      .strokes.filter((stroke) => stroke.down)
      .map((stroke) => stroke.code);

  it('holds Shift for what needs it', () => {
    expect(codes('aB!')).toEqual(['KeyA', 'ShiftLeft', 'KeyB', 'ShiftLeft', 'Digit1']);
  });

  it('takes line ends of either kind as Enter', () => {
    expect(codes('a\r\nb\n')).toEqual(['KeyA', 'Enter', 'KeyB', 'Enter']);
  });

  it('counts what a US keyboard does not have', () => {
    expect(typeText('aé€').skipped).toBe(2);
  });

  it('lets every key go that it pressed', () => {
    const { strokes } = typeText('Hello, World! ~"|');
    expect(strokes.filter((stroke) => stroke.down)).toHaveLength(strokes.length / 2);
  });
});

describe('Ctrl and Alt', () => {
  const play = (...keys: string[]): boolean[] => {
    let state = noKeys;
    return keys.map((key) => {
      const { next, releases } = reduceRelease(state, { code: key.slice(1), down: key.startsWith('+') });
      state = next;
      return releases;
    });
  };

  it('pressed and let go alone give the keyboard back', () => {
    expect(play('+ControlLeft', '+AltLeft', '-AltLeft', '-ControlLeft')).toEqual([false, false, false, true]);
    expect(play('+AltLeft', '+ControlLeft', '-ControlLeft', '-AltLeft')).toEqual([false, false, false, true]);
  });

  it('in a combination belong to the guest', () => {
    expect(play('+ControlLeft', '+AltLeft', '+F2', '-F2', '-AltLeft', '-ControlLeft')).not.toContain(true);
  });

  it('alone do nothing', () => {
    expect(play('+ControlLeft', '-ControlLeft', '+AltLeft', '-AltLeft')).not.toContain(true);
  });

  it('work again after a combination', () => {
    const combination = ['+ControlLeft', '+AltLeft', '+F2', '-F2', '-AltLeft', '-ControlLeft'];
    expect(play(...combination, '+ControlLeft', '+AltLeft', '-AltLeft', '-ControlLeft').at(-1)).toBe(true);
  });
});

describe('the scale of a picture', () => {
  it('fits the smaller side', () => {
    expect(fitScale({ width: 800, height: 600 }, { width: 1600, height: 900 }, 1)).toBe(1.5);
  });

  it('takes exact pixels where they nearly fit', () => {
    expect(fitScale({ width: 1000, height: 500 }, { width: 1015, height: 900 }, 1)).toBe(1);
    expect(fitScale({ width: 2000, height: 1000 }, { width: 1010, height: 900 }, 2)).toBe(0.5);
  });

  it('never grows beyond the view', () => {
    expect(fitScale({ width: 1000, height: 500 }, { width: 999, height: 900 }, 1)).toBeCloseTo(0.999);
  });

  it('is nothing while there is no picture or no view', () => {
    expect(fitScale({ width: 0, height: 0 }, { width: 100, height: 100 }, 1)).toBe(0);
  });
});

describe('a screenshot’s name', () => {
  it('sorts by time and has no sign that a file system dislikes', () => {
    expect(screenshotName('a:b', new Date(2026, 10, 4, 9, 5, 7))).toBe('a-b 2026-11-04 09.05.07.png');
  });
});

describe('a console', () => {
  function setUp(opens: readonly ('fails' | 'works')[]) {
    const states: ConsoleState[] = [];
    const timers: { run: () => void; delayMs: number }[] = [];
    const ends: ((reason: string) => void)[] = [];
    let count = 0;
    let disposed = 0;
    const open = async (): Promise<OpenConsole> => {
      if (opens[count++] === 'fails') throw new Error('no answer');
      return {
        ready: Promise.resolve(),
        ended: new Promise((resolve) => ends.push(resolve)),
        dispose: () => {
          disposed += 1;
        },
      };
    };
    const setTimer = (run: () => void, delayMs: number) => {
      const timer = { run, delayMs };
      timers.push(timer);
      return toDisposable(() => void timers.splice(timers.indexOf(timer), 1));
    };
    const loop = createConsoleLoop({ open, onState: (state) => states.push(state), setTimer });
    const tick = async (): Promise<void> => {
      timers.shift()?.run();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { loop, states, timers, ends, tick, disposals: () => disposed };
  }

  it('connects again after its stream ended', async () => {
    const { states, ends, tick } = setUp(['works', 'works']);
    await tick();
    ends[0]?.('QEMU went away');
    await tick();
    await tick();
    expect(states.map((state) => state.kind)).toEqual(['connecting', 'connected', 'broken', 'connected']);
  });

  it('waits longer after each failure, up to five seconds', async () => {
    const { timers, tick } = setUp(['fails', 'fails', 'fails']);
    const delays: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      await tick();
      delays.push(timers[0]?.delayMs ?? 0);
    }
    expect(delays).toEqual([250, 500, 1000]);
    expect(consoleDelayMs(30)).toBe(5000);
  });

  it('tries at once when told that the machine is back', async () => {
    const { loop, states, tick } = setUp(['fails', 'works']);
    await tick();
    loop.retry();
    await new Promise((resolve) => setImmediate(resolve));
    expect(states.at(-1)).toEqual({ kind: 'connected' });
  });

  it('leaves nothing behind when it is closed', async () => {
    const { loop, ends, timers, tick, disposals } = setUp(['works']);
    await tick();
    loop.dispose();
    ends[0]?.('closed');
    await tick();
    expect(disposals()).toBe(1);
    expect(timers).toEqual([]);
  });
});
