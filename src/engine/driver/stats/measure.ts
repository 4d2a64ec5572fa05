// Questions to QEMU that only measure. They have a short deadline, and a QEMU that does not answer one is not asked another: whoever measures each
// second would fill the socket of one that hangs for hours.
import { withDeadline } from '../../util/deadline.ts';
import type { MonitorPort } from '../host/host-port.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';

export const MEASURE_TIMEOUT_MS = 1_000;
/** QEMU gives a command up on its own only when it ends. */
const ASKED_TIMEOUT_MS = 24 * 3600 * 1000;

const underWay = new WeakMap<LiveDomain, Promise<unknown>>();

export interface MeasureOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** `ask`'s answer, or undefined where QEMU does not give it in time, has not given the last one yet, or is gone. */
export async function measure<T>(
  live: LiveDomain,
  ask: (monitor: MonitorPort, options: { readonly timeoutMs: number }) => Promise<T>,
  { signal, timeoutMs = MEASURE_TIMEOUT_MS }: MeasureOptions = {},
): Promise<T | undefined> {
  const { monitor } = live;
  if (!monitor || monitor.isClosed) return undefined;
  const begun = performance.now();
  const what = 'a measurement';
  try {
    const before = underWay.get(live);
    if (before) await withDeadline(before, { signal, timeoutMs, what });
    // Somebody else may have waited for the same: then it is their turn, and after them ours.
    if (underWay.has(live)) return measure(live, ask, { signal, timeoutMs: timeoutMs - (performance.now() - begun) });
    const asked = ask(monitor, { timeoutMs: ASKED_TIMEOUT_MS });
    const settled = asked.then(
      () => undefined,
      () => undefined,
    );
    underWay.set(live, settled);
    void settled.then(() => underWay.delete(live));
    return await withDeadline(asked, { signal, timeoutMs: Math.max(1, timeoutMs - (performance.now() - begun)), what });
  } catch {
    return undefined; // what is measured is left out where it can't be had
  }
}
