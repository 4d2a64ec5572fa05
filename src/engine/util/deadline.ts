// Every wait has a deadline. These turn a time limit and a caller's signal into one signal, and a wait on either into a coded error.
import { VirError, virError } from '../../common/errors.ts';

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** What is waited for, as in: "`what` took longer than 5 s". */
  readonly what: string;
}

/** Who cancels may say why, in an error of ours. */
const abortion = ({ reason }: AbortSignal, what: string): VirError =>
  reason instanceof VirError ? reason : virError('OPERATION_ABORTED', `${what} was cancelled`);

/** `promise`, or OPERATION_TIMEOUT after `timeoutMs`, or OPERATION_ABORTED when the signal fires. The promise itself is not stopped. */
export function withDeadline<T>(promise: Promise<T>, { signal, timeoutMs, what }: WaitOptions): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => settle(() => signal && reject(abortion(signal, what)));
    const timer = setTimeout(
      () => settle(() => reject(virError('OPERATION_TIMEOUT', `${what} took longer than ${timeoutMs / 1000} s`))),
      timeoutMs,
    );
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      end();
    };
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

/** Waits `ms`, or less when the signal fires or has fired; never rejects. For polling what the kernel gives no event for. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done, { once: true });
  });
}
