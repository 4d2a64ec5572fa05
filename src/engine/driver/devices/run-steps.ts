// QMP commands one after the other, taken back in reverse where one is refused.
import type { HotplugStep, QmpCall } from '../../qemu/hotplug/attach-plan.ts';
import { execute, isUncertain, type LiveRun } from './live-run.ts';

/** A refused command is answered at once; a QEMU that hangs is not waited for to take things back. */
const UNDO_TIMEOUT_MS = 5_000;

/** Sends what takes things back or cleans up. What fails is logged: a back end that stays behind harms nobody, its name is not used again. */
export async function sendAll(
  run: Pick<LiveRun, 'context' | 'obj' | 'monitor'>,
  calls: readonly QmpCall[],
): Promise<void> {
  for (const { command, args } of calls) {
    try {
      await run.monitor.execute(command, args, { timeoutMs: UNDO_TIMEOUT_MS });
    } catch (error) {
      run.context.log.warn({ domain: run.obj.name, command, args, error: String(error) }, 'could not be taken back');
    }
  }
}

const undoOf = (steps: readonly HotplugStep[]): readonly QmpCall[] =>
  [...steps].reverse().flatMap(({ undo }) => (undo ? [undo] : []));

/** Runs `steps`. Where one fails and QEMU has said so, those before it are undone; where nobody knows (cancelled, timed out), nothing is. */
export async function runSteps(run: LiveRun, steps: readonly HotplugStep[]): Promise<void> {
  for (const [at, step] of steps.entries()) {
    try {
      await execute(run, step);
    } catch (error) {
      if (!isUncertain(error) && !run.monitor.isClosed) await sendAll(run, undoOf(steps.slice(0, at)));
      throw error;
    }
  }
}
