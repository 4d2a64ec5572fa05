// How long an I/O thread polls, and how many workers it has (libvirt: qemuDomainModIOThread, qemuDomainIOThreadValidate). What libvirt 9 sets of polling in a running
// domain only, is kept in definitions too, as newer ones do.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { type IothreadDef, iothreadNumbers, withIothreads } from '../../qemu/def/pins.ts';
import type { HotplugStep } from '../../qemu/hotplug/attach-plan.ts';
import type { DriverContext } from '../context.ts';
import { assertSameRun, isUncertain, type LiveRun, saveLiveDef, targetsOf } from '../devices/live-run.ts';
import { runSteps } from '../devices/run-steps.ts';
import { finishChange, prepareStored } from '../devices/stored-change.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';

type Input = ParsedInput<'domain.setIothread'>;
type Values = Omit<Input, 'domain' | 'id' | 'live' | 'config'>;

const INT_MAX = 2_147_483_647;
/** What QEMU has where nothing is said (THREAD_POOL_MAX_THREADS_DEFAULT). */
const DEFAULT_POOL_MAX = 64;

function assertValues({ pollMaxNs, pollGrow, pollShrink, threadPoolMin = 0, threadPoolMax = 1 }: Values): void {
  for (const [name, value = 0] of Object.entries({
    'poll-max-ns': pollMaxNs,
    'poll-grow': pollGrow,
    'poll-shrink': pollShrink,
  })) {
    if (value > INT_MAX)
      throw virError('CONFIG_UNSUPPORTED', `${name} (${value}) must be less than or equal to ${INT_MAX}`);
  }
  if (threadPoolMin < -1)
    throw virError('CONFIG_UNSUPPORTED', `thread_pool_min (${threadPoolMin}) must be equal to or greater than -1`);
  if (threadPoolMax < -1 || threadPoolMax === 0)
    throw virError('CONFIG_UNSUPPORTED', `thread_pool_max (${threadPoolMax}) must be a positive number or -1`);
}

/** QEMU knows no way back to what it has where nothing is said. */
function assertLive({ threadPoolMin, threadPoolMax }: Values): void {
  for (const [name, value] of Object.entries({ thread_pool_min: threadPoolMin, thread_pool_max: threadPoolMax })) {
    if (value === -1)
      throw virError('OPERATION_INVALID', `${name} (-1) must be equal to or greater than 0 for live change`);
  }
}

const boundOf = (wanted: number | undefined, now: number | undefined): number | undefined =>
  wanted === undefined ? now : wanted === -1 ? undefined : wanted;

/** Pure. Throws INVALID_ARG (no such thread), OPERATION_INVALID (fewest above most). */
export function withIothreadValues(def: DomainDef, id: number, values: Values): DomainDef {
  const ids = iothreadNumbers(def);
  if (!ids.includes(id)) throw virError('INVALID_ARG', `cannot find IOThread '${id}' in iothreadids`);
  const listed = withIothreads(def, ids);
  const change = (now: IothreadDef): IothreadDef => {
    const threadPoolMin = boundOf(values.threadPoolMin, now.threadPoolMin);
    const threadPoolMax = boundOf(values.threadPoolMax, now.threadPoolMax);
    if ((threadPoolMin ?? 0) > (threadPoolMax ?? DEFAULT_POOL_MAX))
      throw virError(
        'OPERATION_INVALID',
        `thread_pool_min (${threadPoolMin}) can't be greater than thread_pool_max (${threadPoolMax ?? DEFAULT_POOL_MAX})`,
      );
    const poll = {
      max: values.pollMaxNs ?? now.poll?.max,
      grow: values.pollGrow ?? now.poll?.grow,
      shrink: values.pollShrink ?? now.poll?.shrink,
    };
    const isPolling = Object.values(poll).some((value) => value !== undefined);
    return { ...now, threadPoolMin, threadPoolMax, poll: isPolling ? poll : undefined };
  };
  const iothreads = (listed.iothreadids?.iothreads ?? []).map((one) => (one.id === id ? change(one) : one));
  return { ...listed, iothreadids: { iothreads } };
}

/** What sets them, in an order in which fewest never exceeds most, with what takes it back. */
async function stepsOf(run: LiveRun, id: number, values: Values): Promise<readonly HotplugStep[]> {
  const path = `/objects/iothread${id}`;
  const now = async (property: string): Promise<unknown> =>
    run.monitor.execute('qom-get', { path, property }, { signal: run.signal });
  const pool = [
    ['thread-pool-min', values.threadPoolMin],
    ['thread-pool-max', values.threadPoolMax],
  ] as const;
  const isUpwards = (values.threadPoolMin ?? 0) > Number(await now('thread-pool-max'));
  const wanted = [
    ['poll-max-ns', values.pollMaxNs],
    ['poll-grow', values.pollGrow],
    ['poll-shrink', values.pollShrink],
    ...(isUpwards ? pool.toReversed() : pool),
  ] as const;
  const steps: HotplugStep[] = [];
  for (const [property, value] of wanted) {
    if (value === undefined) continue;
    const before = await now(property);
    if (before === value) continue;
    steps.push({
      command: 'qom-set',
      args: { path, property, value },
      undo: { command: 'qom-set', args: { path, property, value: before } },
    });
  }
  assertSameRun(run);
  return steps;
}

/** The record first: an adoption sets them as they are recorded. */
async function setLive(run: LiveRun, id: number, values: Values): Promise<void> {
  const { obj, live } = run;
  const { iothreads, iothreadids } = live.def;
  const steps = await stepsOf(run, id, values);
  await saveLiveDef(run, withIothreadValues(live.def, id, values));
  try {
    await runSteps(run, steps);
  } catch (error) {
    if (obj.live === live && !isUncertain(error))
      await saveLiveDef(run, { ...live.def, iothreads, iothreadids }).catch(() => undefined); // logged
    throw error;
  }
}

/** Values as they are recorded, for an adoption. Throws what QEMU says. */
export async function restoreValues(
  run: LiveRun,
  { id, poll, threadPoolMin, threadPoolMax }: IothreadDef,
): Promise<void> {
  const values = { pollMaxNs: poll?.max, pollGrow: poll?.grow, pollShrink: poll?.shrink, threadPoolMin, threadPoolMax };
  await runSteps(run, await stepsOf(run, id, values));
}

/** Throws INVALID_ARG (no such thread, nothing to set), CONFIG_UNSUPPORTED (out of range), OPERATION_INVALID (fewest above most, -1 while it runs). */
export async function setIothread(
  context: DriverContext,
  obj: DomainObj,
  { domain: _domain, id, live, config: wantsConfig, ...values }: Input,
  command: CommandContext,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, { live, config: wantsConfig }, command);
  assertValues(values);
  if (run) {
    withIothreadValues(run.live.def, id, values);
    assertLive(values);
  }
  const stored = config ? await prepareStored(context, obj, (def) => withIothreadValues(def, id, values)) : undefined;
  if (run) {
    await setLive(run, id, values);
  }
  await finishChange(context, obj, stored, run !== undefined);
}
