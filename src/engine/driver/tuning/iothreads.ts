// I/O threads that come and go (libvirt: qemuDomainAddIOThread, qemuDomainDelIOThread). A disk uses one only if it was there when the disk came.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { iothreadNumbers, iothreadUser, withIothreads } from '../../qemu/def/pins.ts';
import type { DriverContext } from '../context.ts';
import { execute, saveLiveDef, targetsOf } from '../devices/live-run.ts';
import { finishChange, prepareStored } from '../devices/stored-change.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';

type Input = ParsedInput<'domain.addIothread'>;

function added(def: DomainDef, id: number): DomainDef {
  const ids = iothreadNumbers(def);
  if (ids.includes(id)) throw virError('INVALID_ARG', `an IOThread is already using iothread_id '${id}'`);
  return withIothreads(def, [...ids, id]);
}

function removed(def: DomainDef, id: number): DomainDef {
  const ids = iothreadNumbers(def);
  if (!ids.includes(id)) throw virError('INVALID_ARG', `cannot find IOThread '${id}' in iothreadids`);
  const user = iothreadUser(def, id);
  if (user) throw virError('INVALID_ARG', `cannot remove IOThread ${id} since it is being used by ${user}`);
  return withIothreads(
    def,
    ids.filter((one) => one !== id),
  );
}

type Act = (context: DriverContext, obj: DomainObj, input: Input, command: CommandContext) => Promise<void>;

/** The record comes first where a thread comes, and last where it goes: what QEMU has beyond the record harms nobody. */
export const addIothread: Act = async (context, obj, input, command) => {
  const { id } = input;
  const { run, config } = targetsOf(context, obj, input, command);
  const before = run?.live.def;
  const live = before && added(before, id);
  const stored = config ? await prepareStored(context, obj, (def) => added(def, id)) : undefined;
  if (run && live) {
    await execute(run, { command: 'object-add', args: { 'qom-type': 'iothread', id: `iothread${id}` } });
    await saveLiveDef(run, added(run.live.def, id));
  }
  await finishChange(context, obj, stored, run !== undefined);
};

export const removeIothread: Act = async (context, obj, input, command) => {
  const { id } = input;
  const { run, config } = targetsOf(context, obj, input, command);
  if (run) removed(run.live.def, id);
  const stored = config ? await prepareStored(context, obj, (def) => removed(def, id)) : undefined;
  if (run) {
    await execute(run, { command: 'object-del', args: { id: `iothread${id}` } });
    await saveLiveDef(run, removed(run.live.def, id));
  }
  await finishChange(context, obj, stored, run !== undefined);
};
