// Commands that change the devices of a domain: which lane, which label, what answer. What they do is in devices/.
import { stat } from 'node:fs/promises';
import type { ParsedInput, ProcedureName } from '../../../common/contract/procedures.ts';
import type { CallContext } from '../../../common/contract/server.ts';
import { setGuestVcpus } from '../agent/vcpus.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { type OnDomain, onDomain, plain, ref, stillThere, type Verbs } from '../jobs/on-domain.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { attachDevice } from './attach.ts';
import type { Removal } from './await-removal.ts';
import { detachDevice, detachDeviceAlias } from './detach.ts';
import { setLink } from './link.ts';
import { setMaxMemory, setMemory } from './memory.ts';
import { setMemoryStatsPeriod } from './memory-period.ts';
import { pendingOf } from './pending.ts';
import { setResources } from './resources.ts';
import { changeMedia, updateDevice } from './update.ts';
import { setVcpu, setVcpus } from './vcpus.ts';

const isBlockDevice = async (path: string | undefined): Promise<boolean> =>
  path !== undefined &&
  (await stat(path).then(
    (found) => found.isBlockDevice(),
    () => false, // that it is not there is said later, with its name
  ));

type Detach<N extends ProcedureName> = (
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<N>,
  command: CommandContext,
) => Promise<Removal>;
type Change<N extends ProcedureName> = (
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<N>,
  command: CommandContext,
) => Promise<void>;

/** A guest may take its time, and QEMU may hang: whoever asked can stop waiting. What was begun is then taken back, or found out. */
const specOf = (procedure: ProcedureName, label: string): OnDomain => ({ procedure, label, canCancel: true });

export function createDeviceVerbs(context: DriverContext): Verbs {
  const simple = <N extends ProcedureName>(procedure: N, label: string, change: Change<N>) =>
    plain<N>(context, specOf(procedure, label), (obj, input, command) => change(context, obj, input, command));
  const removal =
    <N extends 'domain.detachDevice' | 'domain.detachDeviceAlias'>(procedure: N, detach: Detach<N>) =>
    async (input: ParsedInput<N>, call: CallContext) => {
      const obj = context.list.lookup(input.domain);
      const spec = specOf(procedure, 'Detach a device of');
      const state = await onDomain(context, obj, spec, call, (command) =>
        detach(context, stillThere(context, obj), input, command),
      );
      return { ...ref(obj), state };
    };
  return {
    'domain.attachDevice': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      const spec = specOf('domain.attachDevice', 'Attach a device to');
      const alias = await onDomain(context, obj, spec, call, (command) =>
        attachDevice(context, stillThere(context, obj), input, command),
      );
      return { ...ref(obj), ...(alias === undefined ? {} : { alias }) };
    },
    'domain.detachDevice': removal<'domain.detachDevice'>('domain.detachDevice', detachDevice),
    'domain.detachDeviceAlias': removal<'domain.detachDeviceAlias'>('domain.detachDeviceAlias', detachDeviceAlias),
    'domain.updateDevice': simple<'domain.updateDevice'>('domain.updateDevice', 'Change a device of', updateDevice),
    'domain.changeMedia': simple<'domain.changeMedia'>(
      'domain.changeMedia',
      'Change the medium of',
      async (_, obj, input, command) => changeMedia(context, obj, input, await isBlockDevice(input.source), command),
    ),
    'domain.setLink': simple<'domain.setLink'>('domain.setLink', 'Set the link of', setLink),
    'domain.pendingChanges': async (input) => ({ changes: [...pendingOf(context, context.list.lookup(input.domain))] }),
    'domain.setVcpus': (input, call) =>
      input.guest
        ? setGuestVcpus(context, input, call)
        : simple<'domain.setVcpus'>('domain.setVcpus', 'Set the processors of', setVcpus)(input, call),
    'domain.setVcpu': simple<'domain.setVcpu'>('domain.setVcpu', 'Set a processor of', setVcpu),
    'domain.setResources': simple<'domain.setResources'>(
      'domain.setResources',
      'Set processors and memory of',
      setResources,
    ),
    'domain.setMemory': simple<'domain.setMemory'>('domain.setMemory', 'Set the memory of', setMemory),
    'domain.setMemoryStatsPeriod': simple<'domain.setMemoryStatsPeriod'>(
      'domain.setMemoryStatsPeriod',
      'Set how often the memory is measured of',
      setMemoryStatsPeriod,
    ),
    'domain.setMaxMemory': simple<'domain.setMaxMemory'>('domain.setMaxMemory', 'Set the most memory of', setMaxMemory),
  };
}
