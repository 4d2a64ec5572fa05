// How often the balloon's driver in the guest is asked for its figures (libvirt: qemuDomainSetMemoryStatsPeriod).
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { balloonPath, POLLING } from '../stats/memory-stats.ts';
import { execute, saveLiveDef, targetsOf } from './live-run.ts';
import { finishChange, prepareStored } from './stored-change.ts';

/** Pure. 0: not by itself. Throws OPERATION_INVALID where there is no balloon. */
export function withPeriod(def: DomainDef, seconds: number): DomainDef {
  const at = def.devices.memballoons.findIndex(({ model }) => model !== 'none');
  if (at < 0)
    throw virError('OPERATION_INVALID', 'No memory balloon device configured, can not set the collection period');
  const stats = seconds === 0 ? undefined : { period: seconds };
  const memballoons = def.devices.memballoons.map((balloon, index) => (index === at ? { ...balloon, stats } : balloon));
  return { ...def, devices: { ...def.devices, memballoons } };
}

/** Throws OPERATION_INVALID (no balloon, not running). */
export async function setMemoryStatsPeriod(
  context: DriverContext,
  obj: DomainObj,
  { seconds, ...affect }: ParsedInput<'domain.setMemoryStatsPeriod'>,
  command: CommandContext,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, affect, command);
  if (run) withPeriod(run.live.def, seconds);
  const stored = config ? await prepareStored(context, obj, (def) => withPeriod(def, seconds)) : undefined;
  if (run) {
    const args = { path: balloonPath(run.live), property: POLLING, value: seconds };
    await execute(run, { command: 'qom-set', args });
    await saveLiveDef(run, withPeriod(run.live.def, seconds));
  }
  await finishChange(context, obj, stored, run !== undefined);
}
