// What a person or a program says of a domain, and what is to happen at its ends: title, description, metadata, on_poweroff, on_reboot, on_crash. All of them are
// parts of the definition that QEMU does not see (but for on_reboot). libvirt: qemuDomainSetMetadata, qemuDomainSetLifecycleAction.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import type { Affect } from '../../../common/contract/shapes.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { formatMetadata, withMetadata } from '../../conf/metadata.ts';
import type { DriverContext } from '../context.ts';
import { saveLiveDef, targetsOf } from '../devices/live-run.ts';
import { finishChange, prepareStored } from '../devices/stored-change.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from './domain-obj.ts';

/** Changes the running definition, the stored one, or both. */
async function changeBoth(
  context: DriverContext,
  obj: DomainObj,
  affect: Affect,
  command: CommandContext,
  change: (def: DomainDef) => DomainDef,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, affect, command);
  const stored = config ? await prepareStored(context, obj, change) : undefined;
  if (run) await saveLiveDef(run, change(run.live.def));
  await finishChange(context, obj, stored, run !== undefined);
}

export async function setDescription(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.setDescription'>,
  command: CommandContext,
): Promise<void> {
  const { title, description } = input;
  if (title?.includes('\n')) throw virError('INVALID_ARG', 'a title is one line');
  await changeBoth(context, obj, input, command, (def) => ({
    ...def,
    ...(title === undefined ? {} : { title: title || undefined }),
    ...(description === undefined ? {} : { description: description || undefined }),
  }));
}

export async function setMetadata(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.setMetadata'>,
  command: CommandContext,
): Promise<void> {
  await changeBoth(context, obj, input, command, (def) => withMetadata(def, input));
}

/** The element of namespace `uri`. Throws OPERATION_INVALID where there is none. */
export function readMetadata(obj: DomainObj, uri: string, config: boolean): string {
  const found = formatMetadata(config ? obj.def : (obj.live?.def ?? obj.def), uri);
  if (found === undefined) throw virError('OPERATION_INVALID', `domain '${obj.name}' has no metadata of ${uri}`);
  return found;
}

const ACTIONS = {
  poweroff: ['destroy', 'restart', 'preserve', 'rename-restart'],
  reboot: ['destroy', 'restart', 'preserve', 'rename-restart'],
  crash: ['destroy', 'restart', 'preserve', 'rename-restart', 'coredump-destroy', 'coredump-restart'],
} as const;
const FIELDS = { poweroff: 'onPoweroff', reboot: 'onReboot', crash: 'onCrash' } as const;

export async function setLifecycleAction(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.setLifecycleAction'>,
  command: CommandContext,
): Promise<void> {
  const { type, action } = input;
  if (!ACTIONS[type].some((known) => known === action))
    throw virError('INVALID_ARG', `on_${type} can be ${ACTIONS[type].join(', ')}, not '${action}'`);
  const { run } = targetsOf(context, obj, input, command);
  // QEMU itself resets at a reboot unless it is told otherwise.
  if (run && type === 'reboot')
    await run.monitor.execute('set-action', { reboot: action === 'destroy' ? 'shutdown' : 'reset' }, command);
  await changeBoth(context, obj, input, command, (def) => ({ ...def, [FIELDS[type]]: action }));
}
