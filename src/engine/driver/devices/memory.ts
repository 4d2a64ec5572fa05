// How much memory a domain has: what is in use through the balloon, the most in the definition (libvirt: qemuDomainSetMemoryFlags).
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { execute, type LiveRun, targetsOf } from './live-run.ts';
import { finishChange, prepareStored } from './stored-change.ts';

export function assertFits(obj: DomainObj, def: DomainDef, kib: number): void {
  const most = def.memory?.kib ?? 0;
  if (kib > most)
    throw virError(
      'INVALID_ARG',
      `domain '${obj.name}' can use ${most} KiB at most, not ${kib}; raise that with setmaxmem --config first`,
    );
}

export function assertBalloon(obj: DomainObj, def: DomainDef): void {
  if (def.devices.memballoons.every(({ model }) => model === 'none'))
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' has no memory balloon, so its memory can't change while it runs; use --config`,
    );
}

export const setLiveMemory = (run: LiveRun, kib: number): Promise<unknown> =>
  execute(run, { command: 'balloon', args: { value: kib * 1024 } });

/**
 * Asks the guest for it: the balloon takes or gives as the guest obeys, and BALLOON_CHANGE brings the actual figure (device-events.ts). Throws INVALID_ARG, and
 * OPERATION_INVALID where there is no balloon.
 */
export async function setMemory(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.setMemory'>,
  command: CommandContext,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, input, command);
  if (run) {
    assertFits(obj, run.live.def, input.kib);
    assertBalloon(obj, run.live.def);
  }
  if (config) assertFits(obj, obj.def, input.kib);
  const stored = config
    ? await prepareStored(context, obj, (def) => ({ ...def, currentMemory: input.kib }))
    : undefined;
  if (run) await setLiveMemory(run, input.kib);
  await finishChange(context, obj, stored, run !== undefined);
}

export async function setMaxMemory(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.setMaxMemory'>,
  command: CommandContext,
): Promise<void> {
  const { run } = targetsOf(context, obj, input, command);
  if (run)
    throw virError(
      'OPERATION_INVALID',
      `the most memory that domain '${obj.name}' may use is fixed while it runs; use --config, it takes effect at the next start`,
    );
  if ((obj.def.cpu?.numa?.cells ?? []).length > 0)
    throw virError(
      'OPERATION_INVALID',
      `the memory of domain '${obj.name}' is that of its NUMA cells; change those with edit`,
    );
  const { kib } = input;
  const stored = await prepareStored(context, obj, (def) => ({
    ...def,
    memory: { ...def.memory, kib },
    currentMemory: Math.min(def.currentMemory ?? kib, kib),
  }));
  await finishChange(context, obj, stored, false);
}
