// What is due of a job on a disk when nobody waits for it, or nobody could do it: in the domain's lane, behind what is under way, because a definition that is being stored
// must not be stored over. Tried until it is done or the run ends: QEMU keeps the job, and its disk takes no other one meanwhile.
import { toVirError } from '../../../common/errors.ts';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { pause } from '../../util/deadline.ts';
import { laneOf, ref } from '../jobs/on-domain.ts';
import { emit } from '../registry/state-writer.ts';
import type { BlockRun } from './block-run.ts';
import { clearTrouble, troubleWith } from './conclude.ts';
import { finishJob } from './finish-job.ts';

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

type Named = Pick<BlockJobStatus, 'name' | 'target'>;

const goesOn = ({ obj, live }: BlockRun): boolean => obj.live === live && live.phase === 'running';

function submit(run: BlockRun, { target }: Named, what: string, work: () => Promise<unknown>): Promise<void> {
  const { context, obj } = run;
  return context.queue.submit({
    procedure: 'domain.blockJobAbort',
    label: `${what} the block job on ${target} of ${obj.name}`,
    domain: ref(obj),
    lane: laneOf(obj.name),
    run: async () => {
      if (goesOn(run)) await work();
    },
  });
}

async function pauseWhileItRuns({ live }: BlockRun, ms: number): Promise<void> {
  const over = new AbortController();
  void live.stopped.promise.then(() => over.abort());
  await pause(ms, over.signal);
}

/** What held the domain for so long, or was withdrawn, is no trouble of the job's. */
const isTrouble = (code: string): boolean => code !== 'OPERATION_TIMEOUT' && code !== 'OPERATION_ABORTED';

async function keepTrying(run: BlockRun, job: Named, what: string, work: () => Promise<unknown>): Promise<void> {
  const { context, obj } = run;
  for (let pauseMs = FIRST_PAUSE_MS; goesOn(run); pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      await submit(run, job, what, work);
      break;
    } catch (error) {
      const { code, message } = toVirError(error);
      context.log.error({ domain: obj.name, job: job.name, error: String(error) }, 'a block job could not be seen to');
      if (code === 'NO_CONNECT') return; // the engine ends
      if (isTrouble(code) && goesOn(run)) {
        obj.problem = {
          code,
          message: `${troubleWith(job.target)}, which is tried again: ${message}`,
          at: context.now(),
        };
        emit(context, obj, { kind: 'updated' });
      }
    }
    if (goesOn(run)) await pauseWhileItRuns(run, pauseMs);
  }
  if (clearTrouble(obj, job.target)) emit(context, obj, { kind: 'updated' });
}

/** `what` is the command's label: 'Finish', 'Look after'. */
export function seeToLater(run: BlockRun, job: Named, what: string, work: () => Promise<unknown>): void {
  void keepTrying(run, job, what, work);
}

/** Does what is due of the job at its end. */
export function finishLater(run: BlockRun, { name, target }: Named): void {
  const behind = { ...run, signal: undefined };
  seeToLater(behind, { name, target }, 'Finish', () => finishJob(behind, name));
}
