// Whether the cable of an interface is plugged in (libvirt: qemuDomainChangeNetLinkState).
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { replaceDevice } from '../../conf/edit-devices.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { execute, isUncertain, type LiveRun, saveLiveDef, targetsOf } from './live-run.ts';
import { finishChange, prepareStored } from './stored-change.ts';

type InterfaceDef = DomainDef['devices']['interfaces'][number];

const withLink = (def: DomainDef, index: number, up: boolean): DomainDef => {
  const net = def.devices.interfaces[index];
  return net
    ? replaceDevice(def, 'interfaces', index, { ...net, link: { state: up ? 'up' : 'down' } } as InterfaceDef)
    : def;
};

/** By MAC address, alias, or the name of the host's end. Throws DEVICE_MISSING, OPERATION_FAILED where several have it. */
function findInterface(obj: DomainObj, def: DomainDef, name: string): number {
  const isIt = ({ mac, alias, target }: InterfaceDef): boolean =>
    mac?.address === name.toLowerCase() || alias?.name === name || target?.dev === name;
  const found = [...def.devices.interfaces.entries()].filter(([, net]) => isIt(net));
  if (found.length > 1) throw virError('OPERATION_FAILED', `domain '${obj.name}' has several interfaces '${name}'`);
  const [index] = found[0] ?? [];
  if (index === undefined) throw virError('DEVICE_MISSING', `domain '${obj.name}' has no interface '${name}'`);
  return index;
}

/** The record first: an adoption sets the cables as they are recorded. */
export async function setLiveLink(run: LiveRun, alias: string, up: boolean): Promise<void> {
  const { live } = run;
  const at = (): number => live.def.devices.interfaces.findIndex((net) => net.alias?.name === alias);
  const before = live.def.devices.interfaces[at()];
  await saveLiveDef(run, withLink(live.def, at(), up));
  try {
    await execute(run, { command: 'set_link', args: { name: alias, up } });
  } catch (error) {
    if (before && at() >= 0 && !isUncertain(error))
      await saveLiveDef(run, replaceDevice(live.def, 'interfaces', at(), before)).catch(() => undefined); // logged
    throw error;
  }
}

export async function setLink(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.setLink'>,
  command: CommandContext,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, input, command);
  const live = run?.live.def.devices.interfaces[findInterface(obj, run.live.def, input.interface)];
  // An alias is the run's: the stored interface is the one with that card's address.
  const name = live?.mac?.address ?? input.interface;
  const stored = config
    ? await prepareStored(context, obj, (def) => withLink(def, findInterface(obj, def, name), input.up))
    : undefined;
  if (run && live) await setLiveLink(run, live.alias?.name ?? '', input.up);
  await finishChange(context, obj, stored, run !== undefined);
}
