// Adoption's part for threads: an engine records before it changes them, so what is recorded is made true; an I/O thread that QEMU does not have had not come to be, or
// has gone.
import { iothreadNumbers, withIothreads } from '../../qemu/def/pins.ts';
import { type LiveRun, saveLiveDef } from '../devices/live-run.ts';
import { laneOf, ref } from '../jobs/on-domain.ts';
import { restoreValues } from './iothread-values.ts';
import { applyPins, isPinned } from './pins.ts';

/** In the domain's lane: a command that comes as soon as it is taken over changes the same, and records before it does. */
export function reconcileThreads({ context, obj, live, monitor }: Omit<LiveRun, 'signal'>): void {
  if (iothreadNumbers(live.def).length === 0 && !isPinned(live.def)) return;
  const done = context.queue.submit({
    procedure: 'domain.setPin',
    label: `See to the threads of ${obj.name}`,
    domain: ref(obj),
    lane: laneOf(obj.name),
    run: async ({ signal }) => {
      if (obj.live === live && live.phase === 'running') await seeTo({ context, obj, live, monitor, signal });
    },
  });
  done.catch((error: unknown) =>
    context.log.warn({ domain: obj.name, error: String(error) }, 'its threads could not be seen to'),
  );
}

/** Rejects where QEMU does not answer. What can't be made so is logged: the guest runs all the same. */
async function seeTo(run: LiveRun): Promise<void> {
  const { context, obj, live } = run;
  if (iothreadNumbers(live.def).length > 0) await dropMissing(run);
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      if (obj.live === live) await work();
    } catch (error) {
      context.log.warn({ domain: obj.name, error: String(error) }, `${what} could not be made as it is recorded`);
    }
  };
  for (const iothread of live.def.iothreadids?.iothreads ?? [])
    await attempt(`I/O thread ${iothread.id}`, () => restoreValues(run, iothread));
  await attempt('on which CPUs threads run', () => applyPins(context, live, run));
}

async function dropMissing(run: LiveRun): Promise<void> {
  const { context, obj, live, monitor, signal } = run;
  const present = new Set((await monitor.execute('query-iothreads', undefined, { signal })).map(({ id }) => id));
  const all = iothreadNumbers(live.def);
  const left = all.filter((id) => present.has(`iothread${id}`));
  if (obj.live !== live || left.length === all.length) return;
  context.log.info({ domain: obj.name, left }, 'an I/O thread is gone, or had not come to be');
  await saveLiveDef(run, withIothreads(live.def, left));
}
