// I/O threads that come and go (libvirt: qemuDomainAddIOThread, qemuDomainDelIOThread). A disk uses one only if it was there when the disk came.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { iothreadNumbers, iothreadUser, withIothreads } from '../../qemu/def/pins.ts';
import type { DriverContext } from '../context.ts';
import { execute, isUncertain, type LiveRun, saveLiveDef, targetsOf } from '../devices/live-run.ts';
import { finishChange, prepareStored } from '../devices/stored-change.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { bindThreads, finishThreads } from './new-threads.ts';
import { assertPins } from './pins.ts';

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

/** The record first: an adoption drops what QEMU does not have. */
async function plug(run: LiveRun, id: number): Promise<void> {
  const { obj, live } = run;
  const { iothreads, iothreadids } = live.def;
  await saveLiveDef(run, added(live.def, id));
  try {
    await execute(run, { command: 'object-add', args: { 'qom-type': 'iothread', id: `iothread${id}` } });
  } catch (error) {
    if (obj.live === live && !isUncertain(error))
      await saveLiveDef(run, { ...live.def, iothreads, iothreadids }).catch(() => undefined); // logged
    throw error;
  }
}

export const addIothread: Act = async (context, obj, input, command) => {
  const { id } = input;
  const { run, config } = targetsOf(context, obj, input, command);
  if (run) {
    added(run.live.def, id);
    assertPins(run.live.def, [{ thread: 'iothread', id }]);
  }
  const stored = config ? await prepareStored(context, obj, (def) => added(def, id)) : undefined;
  if (run) await plug(run, id);
  const unbound = run && (await bindThreads(run));
  await finishThreads(context, obj, stored, run, unbound);
};

/** The record last: it is what QEMU has, and an adoption drops what it does not have, should the disk not take it. */
export const removeIothread: Act = async (context, obj, input, command) => {
  const { id } = input;
  const { run, config } = targetsOf(context, obj, input, command);
  if (run) removed(run.live.def, id);
  const stored = config ? await prepareStored(context, obj, (def) => removed(def, id)) : undefined;
  if (run) {
    await execute(run, { command: 'object-del', args: { id: `iothread${id}` } });
    await saveLiveDef(run, removed(run.live.def, id)).catch(() => {
      run.live.def = removed(run.live.def, id); // logged
    });
  }
  await finishChange(context, obj, stored, run !== undefined);
};
