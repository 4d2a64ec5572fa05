// The verbs of the demo host: what they do to a machine's state, with the events of the real engine.
import type { ParsedInput, ProcedureName } from '../../src/common/contract/procedures.ts';
import { virError } from '../../src/common/errors.ts';
import type { DomainState, DomainSummary } from '../../src/common/model/domain.ts';
import type { DomainEvent } from '../../src/common/model/event.ts';
import type { Calls, DemoJob, DemoState, SummaryChange } from './demo-state.ts';

const ONE_PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const active = (state: DomainState): SummaryChange => ({ state, isActive: true });
const off = (reason: DomainSummary['reason']): SummaryChange => ({
  state: 'shutoff',
  reason,
  isActive: false,
  id: undefined,
  pid: undefined,
  startedAt: undefined,
  agent: undefined,
});

const memoryJob = (what: string, { memoryKiB }: DomainSummary): DemoJob => ({
  steps: 16,
  text: (fraction) => `${what}, ${(((1 - fraction) * memoryKiB) / 1024 ** 2).toFixed(1)} GiB left at 1.2 GiB/s`,
});

const KVM_MESSAGE = 'KVM is there but this computer can not start a guest with it';
const KVM_DETAIL = 'qemu-system-x86_64: failed to initialize kvm: Input/output error';

function start(state: DemoState, input: ParsedInput<'domain.start'>): Promise<{ uuid: string; name: string }> {
  const about = state.find(input.domain);
  const { uuid, name, isActive } = about;
  const restores = about.hasManagedSave === true && !input.forceBoot;
  const work = () => {
    if (isActive) throw virError('OPERATION_INVALID', `domain '${name}' is already running`);
    if (name === 'kvm-test' && input.accelerator !== 'tcg')
      throw virError('NO_SUPPORT', KVM_MESSAGE, { detail: KVM_DETAIL });
    if (restores && about.problem)
      throw virError('OPERATION_FAILED', about.problem.message, { detail: about.problem.detail });
    const change: SummaryChange = {
      ...active(input.paused ? 'paused' : 'running'),
      reason: input.paused ? 'user' : restores ? 'restored' : 'booted',
      accelerator: input.accelerator ?? 'kvm',
      startedAt: state.now(),
      id: 20,
      hasManagedSave: undefined,
      problem: undefined,
    };
    return state.change(uuid, change, { event: 'Started', detail: restores ? 'Restored' : 'Booted' });
  };
  const job = restores ? memoryJob('Restoring memory', about) : undefined;
  return state.command('domain.start', `Start ${name}`, { uuid, name }, work, job);
}

/** Pauses, tells how far it is, and ends the machine; cancelled, it goes on as it was. */
async function managedSave(state: DemoState, reference: string): Promise<{ uuid: string; name: string }> {
  const before = state.find(reference);
  const { uuid, name } = before;
  if (before.state !== 'running' && before.state !== 'paused')
    throw virError('OPERATION_INVALID', `domain '${name}' can't be saved while it is ${before.state}`);
  state.change(uuid, { state: 'paused', reason: 'saving' }, { event: 'Suspended', detail: 'Paused' });
  try {
    return await state.command(
      'domain.managedSave',
      `Save ${name}`,
      { uuid, name },
      () => state.change(uuid, { ...off('saved'), hasManagedSave: true }, { event: 'Stopped', detail: 'Saved' }),
      memoryJob('Saving memory', before),
    );
  } catch (error) {
    state.change(uuid, { state: before.state, reason: 'save canceled' }, { event: 'Resumed', detail: 'Unpaused' });
    throw error;
  }
}

export function lifecycleCalls(state: DemoState): Calls {
  const run =
    (procedure: ProcedureName, verb: string, change: SummaryChange, event: Partial<DomainEvent>) =>
    (input: { domain: string }) => {
      const { uuid, name } = state.find(input.domain);
      return state.command(procedure, `${verb} ${name}`, { uuid, name }, () => state.change(uuid, change, event));
    };
  const updated = { kind: 'updated' } as const;
  return {
    'domain.start': (input) => start(state, input),
    'domain.shutdown': state.ignoresShutdown
      ? run('domain.shutdown', 'Shut down', {}, updated)
      : run('domain.shutdown', 'Shut down', off('shutdown'), { event: 'Stopped', detail: 'Finished' }),
    'domain.destroy': run('domain.destroy', 'Force off', off('destroyed'), { event: 'Stopped', detail: 'Destroyed' }),
    'domain.reboot': run('domain.reboot', 'Reboot', {}, { kind: 'reboot' }),
    'domain.reset': run('domain.reset', 'Reset', {}, { kind: 'reboot' }),
    'domain.suspend': run('domain.suspend', 'Pause', { ...active('paused'), reason: 'user' }, { event: 'Suspended' }),
    'domain.resume': run(
      'domain.resume',
      'Resume',
      { ...active('running'), reason: 'unpaused', problem: undefined },
      { event: 'Resumed' },
    ),
    'domain.pmWakeup': run(
      'domain.pmWakeup',
      'Wake up',
      { ...active('running'), reason: 'wakeup' },
      { event: 'Started', detail: 'Wakeup' },
    ),
    'domain.injectNmi': run('domain.injectNmi', 'Inject NMI into', {}, updated),
    'domain.managedSave': ({ domain }) => managedSave(state, domain),
    'domain.save': async ({ domain }) => {
      const done = await managedSave(state, domain);
      state.change(domain, { hasManagedSave: undefined }, updated);
      return done;
    },
    'domain.dump': ({ domain }) => {
      const about = state.find(domain);
      const { uuid, name } = about;
      const work = () => ({ uuid, name });
      return state.command('domain.dump', `Dump ${name}`, { uuid, name }, work, memoryJob('Dumping memory', about));
    },
    'domain.pmSuspend': run(
      'domain.pmSuspend',
      'Put to sleep',
      { state: 'pmsuspended', reason: 'unknown' },
      { event: 'PMSuspended' },
    ),
    'domain.managedSaveRemove': async (input) => {
      const change = { hasManagedSave: undefined, problem: undefined };
      const done = run('domain.managedSaveRemove', 'Discard the saved state of', change, updated);
      return { ...(await done(input)), removed: true };
    },
    'domain.setAutostart': async ({ domain, autostart, once }) =>
      state.change(domain, once ? { isAutostartOnce: autostart } : { isAutostart: autostart }, updated),
    'domain.rename': ({ domain, newName }) => {
      if ([...state.domains.values()].some((known) => known.name === newName))
        throw virError('DOM_EXIST', `domain '${newName}' already exists`);
      return run('domain.rename', 'Rename', { name: newName }, { event: 'Defined', detail: 'Renamed' })({ domain });
    },
    'domain.setDescription': ({ domain, title, description }) => {
      if (description !== undefined) state.hardware.descriptions.set(state.find(domain).uuid, description);
      const change = title === undefined ? {} : { title: title || undefined };
      return run('domain.setDescription', 'Describe', change, updated)({ domain });
    },
    'domain.screenshot': () => ({ mediaType: 'image/png', base64: ONE_PIXEL }),
    'domain.sendKey': ({ domain }) => state.find(domain),
  };
}
