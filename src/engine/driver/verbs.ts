// The commands of the contract: each is admitted (looked up, and entered in the registry where it makes a domain) and queued in its domain's lane
// in one synchronous step, then run. What a verb does is in its own file; here is only which lane, which label, what answer.

import { existsSync } from 'node:fs';
import type { Input, Output, ParsedInput } from '../../common/contract/procedures.ts';
import type { CallContext } from '../../common/contract/server.ts';
import { virError } from '../../common/errors.ts';
import { destroyDomain, resetDomain, resumeDomain, sendKeys, suspendDomain, takeScreenshot } from './actions.ts';
import { createAgentVerbs } from './agent/agent-verbs.ts';
import { createBlockVerbs } from './block/block-verbs.ts';
import type { DriverContext } from './context.ts';
import { createMachine } from './create/create-machine.ts';
import { createDeviceVerbs } from './devices/device-verbs.ts';
import { laneOf, type OnDomain, onDomain, plain, ref, stillThere, type Verbs } from './jobs/on-domain.ts';
import { createLifecycleVerbs } from './lifecycle/lifecycle-verbs.ts';
import { startDomain } from './lifecycle/start.ts';
import { startFromDefinition } from './lifecycle/start-from-definition.ts';
import { undefineWithTpm } from './lifecycle/tpm.ts';
import { defineDomain, readDefinition, setAutostart, undefineDomain } from './registry/define.ts';
import { checkRemovable } from './registry/undefine-files.ts';
import { managedSavePath } from './save/save.ts';
import { createSaveVerbs } from './save/save-verbs.ts';
import { createTuningVerbs } from './tuning/tuning-verbs.ts';

async function define(
  context: DriverContext,
  input: Input<'domain.define'>,
  { signal }: CallContext,
): Promise<Output<'domain.define'>> {
  context.queue.assertRoom();
  const { def, warnings } = await readDefinition(context, input.xml, input.file);
  const run = async () => ({ ...ref(await defineDomain(context, def)), warnings: [...warnings] });
  return context.queue.submit({
    procedure: 'domain.define',
    label: `Define ${def.name}`,
    domain: ref(def),
    lane: laneOf(def.name),
    signal,
    run,
  });
}

async function create(
  context: DriverContext,
  input: Input<'domain.create'>,
  call: CallContext,
): Promise<Output<'domain.create'>> {
  const read = await readDefinition(context, input.xml, input.file);
  const { paused, resetNvram } = input;
  return startFromDefinition(context, 'domain.create', read, { paused, resetNvram }, call);
}

async function undefine(
  context: DriverContext,
  input: ParsedInput<'domain.undefine'>,
  call: CallContext,
): Promise<Output<'domain.undefine'>> {
  const obj = context.list.lookup(input.domain);
  return onDomain(context, obj, { procedure: 'domain.undefine', label: 'Delete' }, call, async () => {
    stillThere(context, obj);
    const disks = input.removeDisks ?? [];
    if (disks.length > 0 && obj.isActive)
      throw virError(
        'OPERATION_INVALID',
        `domain '${obj.name}' is running: its disks can't be removed; shut it down first`,
      );
    await checkRemovable(context, obj, disks);
    if (obj.hasManagedSave && !input.managedSave)
      throw virError(
        'OPERATION_INVALID',
        `domain '${obj.name}' has a managed save, the state that its guest was saved in; say --managed-save to remove it too`,
      );
    const nvram = obj.def.os.nvram?.path;
    if (nvram && !input.nvram && !input.keepNvram) {
      // libvirt refuses likewise: the firmware's settings and boot entries would be lost, or left behind unseen.
      throw virError(
        'OPERATION_INVALID',
        `domain '${obj.name}' has UEFI variables in ${nvram}; say --nvram to remove them too, or --keep-nvram to keep them`,
      );
    }
    const saved = obj.hasManagedSave ? [managedSavePath(context, obj.name)] : [];
    const removed = [...disks, ...(nvram && input.nvram ? [nvram] : [])].filter((path) => existsSync(path));
    const gone = await undefineWithTpm(context, obj, input, () => undefineDomain(context, obj, [...saved, ...removed]));
    obj.hasManagedSave = false;
    return { ...ref(obj), removed: [...removed, ...gone] };
  });
}

export function createVerbs(context: DriverContext): Verbs {
  const start: OnDomain = {
    procedure: 'domain.start',
    label: 'Start',
    kind: 'start',
    canCancel: true,
    yieldsToPreemption: true,
  };
  return {
    'domain.define': (input, call) => define(context, input, call),
    'domain.create': (input, call) => create(context, input, call),
    'domain.start': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      const restored = await onDomain(context, obj, start, call, async (command) => {
        const isSaved = stillThere(context, obj).hasManagedSave && !input.forceBoot;
        await startDomain(context, obj, input, command);
        return isSaved;
      });
      return { ...ref(obj), restored };
    },
    'domain.reset': plain(context, { procedure: 'domain.reset', label: 'Reset' }, (obj, _, command) =>
      resetDomain(context, obj, command),
    ),
    'domain.suspend': plain(
      context,
      { procedure: 'domain.suspend', label: 'Pause', kind: 'suspend' },
      (obj, _, command) => suspendDomain(context, obj, command),
    ),
    'domain.resume': plain(context, { procedure: 'domain.resume', label: 'Resume' }, (obj, _, command) =>
      resumeDomain(context, obj, command),
    ),
    'domain.destroy': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      // Whether there was something to destroy is decided now: by the time the plug is pulled, the start that it interrupts is gone.
      const wasActive = obj.isActive || !obj.isPersistent;
      const spec: OnDomain = { procedure: 'domain.destroy', label: 'Force off', kind: 'destroy' };
      await onDomain(context, obj, spec, call, ({ signal }) =>
        destroyDomain(context, obj, { wasActive, graceful: input.graceful ?? false, signal }),
      );
      return ref(obj);
    },
    'domain.undefine': (input, call) => undefine(context, input, call),
    'domain.setAutostart': plain<'domain.setAutostart'>(
      context,
      { procedure: 'domain.setAutostart', label: 'Set autostart of' },
      (obj, { autostart, once }) => setAutostart(context, obj, autostart, once ?? false),
    ),
    'domain.sendKey': plain<'domain.sendKey'>(
      context,
      { procedure: 'domain.sendKey', label: 'Send keys to' },
      (obj, { keys, holdTimeMs }, command) => sendKeys(obj, keys, holdTimeMs, command),
    ),
    'domain.screenshot': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      const image = await onDomain(
        context,
        obj,
        { procedure: 'domain.screenshot', label: 'Take a screenshot of', kind: 'query' },
        call,
        (command) => takeScreenshot(context, obj, command),
      );
      return { mediaType: 'image/png', base64: image.toString('base64') };
    },
    ...createLifecycleVerbs(context),
    ...createSaveVerbs(context),
    ...createDeviceVerbs(context),
    ...createBlockVerbs(context),
    ...createTuningVerbs(context),
    ...createAgentVerbs(context),
    'machine.create': (input, call) => createMachine(context, input, call),
  };
}
