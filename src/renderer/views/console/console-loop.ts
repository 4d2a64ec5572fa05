// Keeps one console connected: opens it, hears of its end, opens it again with a growing pause. What a console is comes in from outside.
import { type Disposable, toDisposable } from '../../../common/base/dispose.ts';
import { toVirError } from '../../../common/errors.ts';

export type ConsoleState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** Not connected; another attempt comes by itself. */
  | { readonly kind: 'broken'; readonly message: string; readonly attempts: number };

/** An open console. */
export interface OpenConsole extends Disposable {
  /** Resolves when it works. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when it has ended by itself. */
  readonly ended: Promise<string>;
}

export interface ConsoleLoopOptions {
  readonly open: () => Promise<OpenConsole>;
  readonly onState: (state: ConsoleState) => void;
  /** Wait before the first attempt: who only passes by in the list opens nothing. */
  readonly firstDelayMs?: number;
  readonly setTimer?: (run: () => void, delayMs: number) => Disposable;
}

export interface ConsoleLoop extends Disposable {
  /** Tries at once where it is waiting. */
  retry(): void;
}

const MAX_DELAY_MS = 5000;
const BASE_DELAY_MS = 250;
export const consoleDelayMs = (attempts: number): number => Math.min(BASE_DELAY_MS * 2 ** attempts, MAX_DELAY_MS);

const realTimer = (run: () => void, delayMs: number): Disposable => {
  const id = setTimeout(run, delayMs);
  return toDisposable(() => clearTimeout(id));
};

export function createConsoleLoop(options: ConsoleLoopOptions): ConsoleLoop {
  const setTimer = options.setTimer ?? realTimer;
  let isDisposed = false;
  let attempts = 0;
  let timer: Disposable | undefined;
  let current: OpenConsole | undefined;

  const wait = (message: string): void => {
    if (isDisposed) return;
    options.onState({ kind: 'broken', message, attempts });
    timer = setTimer(() => void attempt(), consoleDelayMs(attempts));
    attempts += 1;
  };
  const attempt = async (): Promise<void> => {
    timer = undefined;
    try {
      const console = await options.open();
      if (isDisposed) return console.dispose();
      current = console;
      console.ready.then(
        () => {
          if (isDisposed || current !== console) return;
          attempts = 0;
          options.onState({ kind: 'connected' });
        },
        () => undefined,
      );
      const reason = await console.ended;
      if (current !== console) return;
      current = undefined;
      console.dispose();
      wait(reason);
    } catch (error) {
      wait(toVirError(error).message);
    }
  };
  options.onState({ kind: 'connecting' });
  timer = setTimer(() => void attempt(), options.firstDelayMs ?? 0);
  return {
    retry: () => {
      if (!timer || isDisposed) return;
      timer.dispose();
      attempts = 0;
      options.onState({ kind: 'connecting' });
      void attempt();
    },
    ...toDisposable(() => {
      isDisposed = true;
      timer?.dispose();
      current?.dispose();
      current = undefined;
    }),
  };
}
