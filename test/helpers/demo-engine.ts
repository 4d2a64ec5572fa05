// An engine in memory with a host on which everything has happened: for tests of the renderer and for looking at it. It keeps the contract's rules
// (numbered events, commands in a queue, state told by events only), and no QEMU is anywhere near.
import { type Disposable, toDisposable } from '../../src/common/base/dispose.ts';
import { Emitter } from '../../src/common/base/emitter.ts';
import type { EventData, EventName, Output, ParsedInput, ProcedureName } from '../../src/common/contract/procedures.ts';
import { procedures } from '../../src/common/contract/procedures.ts';
import type { CallContext, ContractHandler } from '../../src/common/contract/server.ts';
import { toEnvelope, virError } from '../../src/common/errors.ts';
import type { CommandRecord } from '../../src/common/model/command.ts';
import type { BrokenFile, DomainState, DomainSummary } from '../../src/common/model/domain.ts';
import type { DomainEvent } from '../../src/common/model/event.ts';
import { demoChecks, demoDefaults, demoFiles, demoHost, demoMedia, demoSystems } from './demo-host.ts';
import { DEMO_NOW, demoBroken, demoDetails, demoDisks, demoMachines, demoUuid, manyMachines } from './demo-machines.ts';

export interface DemoOptions {
  readonly scenario?: 'every-state' | 'empty' | 'many';
  readonly accelerator?: 'kvm' | 'tcg';
  readonly now?: () => number;
}

/** A part of a summary; undefined takes a fact away. */
export type SummaryChange = { readonly [K in keyof DomainSummary]?: DomainSummary[K] | undefined };

export interface DemoEngine extends ContractHandler {
  readonly domains: ReadonlyMap<string, DomainSummary>;
  /** Changes one machine the way the real engine does: state first, then its event. */
  update(uuid: string, change: SummaryChange, event?: Partial<DomainEvent>): void;
  /** Leaves one number out, as if an event had been lost. */
  loseEvent(): void;
  /** One round of CPU figures to whoever listens. */
  sampleStats(): void;
}

type Calls = { [N in ProcedureName]?: (input: ParsedInput<N>, context: CallContext) => Output<N> | Promise<Output<N>> };

const active = (state: DomainState): SummaryChange => ({ state, isActive: true });
const off = (reason: DomainSummary['reason']): SummaryChange => ({
  state: 'shutoff',
  reason,
  isActive: false,
  id: undefined,
  pid: undefined,
  startedAt: undefined,
});

/** CPU share of a machine at its `round`th sample: waves, different for each. */
const cpuAt = (uuid: string, round: number): number => {
  const seed = Number.parseInt(uuid.slice(-4), 16);
  const wave = Math.sin(round / (5 + (seed % 7))) + Math.sin(round / (2.3 + (seed % 3)));
  return Math.min(100, Math.max(0.5, 12 + (seed % 5) * 11 + wave * (8 + (seed % 4) * 6)));
};

const initialCommands = (now: number): CommandRecord[] => [
  {
    id: 1,
    procedure: 'domain.start',
    label: 'Start kvm-test',
    domain: { uuid: demoUuid(6), name: 'kvm-test' },
    state: 'failed',
    canCancel: false,
    queuedAt: now - 41_000,
    startedAt: now - 41_000,
    endedAt: now - 40_000,
    error: {
      code: 'NO_SUPPORT',
      message: 'KVM is there but this computer can not start a guest with it',
      detail: 'qemu-system-x86_64: failed to initialize kvm: Input/output error',
    },
  },
  {
    id: 2,
    procedure: 'domain.start',
    label: 'Start web-server',
    domain: { uuid: demoUuid(1), name: 'web-server' },
    state: 'done',
    canCancel: false,
    queuedAt: now - 30_000,
    endedAt: now - 29_970,
  },
  {
    id: 3,
    procedure: 'machine.create',
    label: 'Create windows-10',
    domain: { name: 'windows-10' },
    state: 'running',
    progress: { text: 'Copying the disk: 24 of 60 GiB', fraction: 0.4 },
    canCancel: true,
    queuedAt: now - 20_000,
    startedAt: now - 20_000,
  },
  {
    id: 4,
    procedure: 'domain.reboot',
    label: 'Reboot kiosk',
    domain: { uuid: demoUuid(9), name: 'kiosk' },
    state: 'queued',
    canCancel: true,
    queuedAt: now - 1000,
  },
];

class DemoState {
  readonly domains = new Map<string, DomainSummary>();
  readonly commands = new Map<number, CommandRecord>();
  readonly broken: readonly BrokenFile[];
  readonly emitters = {
    domain: new Emitter<DomainEvent>(),
    monitor: new Emitter<EventData<'monitor'>>(),
    command: new Emitter<CommandRecord>(),
    stats: new Emitter<EventData<'stats'>>(),
  };
  readonly now: () => number;
  sequence = 100;
  #round = 0;

  constructor(options: DemoOptions) {
    this.now = options.now ?? (() => DEMO_NOW);
    const scenario = options.scenario ?? 'every-state';
    const machines = scenario === 'empty' ? [] : scenario === 'many' ? manyMachines(10_000) : demoMachines();
    for (const machine of machines) this.domains.set(machine.uuid, machine);
    this.broken = scenario === 'every-state' ? demoBroken : [];
    if (scenario === 'every-state')
      for (const command of initialCommands(this.now())) this.commands.set(command.id, command);
  }

  find(reference: string): DomainSummary {
    const found = this.domains.get(reference) ?? [...this.domains.values()].find((domain) => domain.name === reference);
    if (!found) throw virError('NO_DOMAIN', `there is no domain '${reference}'`);
    return found;
  }

  set(summary: DomainSummary | undefined, about: DomainSummary, event: Partial<DomainEvent>): void {
    if (summary) this.domains.set(summary.uuid, summary);
    else this.domains.delete(about.uuid);
    this.sequence += 1;
    const { uuid, name } = about;
    this.emitters.domain.fire({
      sequence: this.sequence,
      at: this.now(),
      kind: 'lifecycle',
      uuid,
      name,
      ...event,
      ...(summary ? { summary } : {}),
    });
  }

  change(reference: string, change: SummaryChange, event: Partial<DomainEvent>): { uuid: string; name: string } {
    const before = this.find(reference);
    this.set({ ...before, ...change } as DomainSummary, before, event);
    return { uuid: before.uuid, name: before.name };
  }

  /** Runs `work` as a command of the queue. */
  async command<T>(
    procedure: ProcedureName,
    label: string,
    domain: CommandRecord['domain'],
    work: () => T,
  ): Promise<T> {
    const id = Math.max(0, ...this.commands.keys()) + 1;
    const tell = (change: Partial<CommandRecord>): void => {
      const record: CommandRecord = {
        id,
        procedure,
        label,
        state: 'queued',
        canCancel: false,
        queuedAt: this.now(),
        ...this.commands.get(id),
        ...change,
      };
      this.commands.set(id, domain ? { ...record, domain } : record);
      this.emitters.command.fire(this.commands.get(id) ?? record);
    };
    tell({});
    tell({ state: 'running', startedAt: this.now() });
    try {
      const result = work();
      tell({ state: 'done', endedAt: this.now() });
      return result;
    } catch (error) {
      tell({ state: 'failed', endedAt: this.now(), error: toEnvelope(error) });
      throw error;
    }
  }

  sampleStats(): void {
    this.#round += 1;
    const samples = [...this.domains.values()]
      .filter((domain) => domain.isActive)
      .map((domain) => ({
        uuid: domain.uuid,
        // a second apart however quickly they are made
        at: this.now() + (this.#round - 60) * 1000,
        cpuPercent: domain.state === 'running' ? cpuAt(domain.uuid, this.#round) : 0,
        residentKiB: Math.round(domain.memoryKiB * (0.4 + 0.1 * Math.sin(this.#round / 20))),
      }));
    this.emitters.stats.fire({ samples });
  }
}

const ONE_PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function queries(state: DemoState, options: DemoOptions): Calls {
  const names = (): ReadonlySet<string> => new Set([...state.domains.values()].map((domain) => domain.name));
  return {
    'engine.info': () => ({
      pid: 4711,
      version: '0.1.0',
      shell: 'browser',
      socket: '/run/user/1000/vivarium/engine.sock',
      startedAt: DEMO_NOW,
      runningDomains: 4,
      adoption: [],
    }),
    'host.info': () => demoHost(options.accelerator ?? 'kvm'),
    'host.doctor': () => ({ checks: [...demoChecks] }),
    'domain.list': () => ({
      sequence: state.sequence,
      domains: [...state.domains.values()],
      broken: [...state.broken],
    }),
    'domain.lookup': ({ domain }) => state.find(domain),
    'domain.get': ({ domain }) => demoDetails(state.find(domain)),
    'domain.disks': ({ domain }) => ({ disks: [...demoDisks(state.find(domain))] }),
    'console.open': ({ domain, console }) => ({ ticket: `${console}-${state.find(domain).uuid}` }),
    'command.list': () => ({ commands: [...state.commands.values()] }),
    'command.cancel': ({ id }) => {
      const record = state.commands.get(id);
      if (!record?.canCancel) return { cancelled: false };
      const ended: CommandRecord = { ...record, state: 'cancelled', canCancel: false, endedAt: state.now() };
      state.commands.set(id, ended);
      state.emitters.command.fire(ended);
      return { cancelled: true };
    },
    'os.list': () => ({ systems: [...demoSystems] }),
    'media.inspect': ({ path }) => demoMedia(path),
    'files.list': ({ path }) => demoFiles(path),
    'machine.defaults': ({ source, osId }) => demoDefaults(source, osId, names()),
  };
}

function lifecycle(state: DemoState): Calls {
  const run =
    (procedure: ProcedureName, verb: string, change: SummaryChange, event: Partial<DomainEvent>) =>
    (input: { domain: string }) => {
      const { uuid, name } = state.find(input.domain);
      return state.command(procedure, `${verb} ${name}`, { uuid, name }, () => state.change(uuid, change, event));
    };
  const start = (input: ParsedInput<'domain.start'>) => {
    const { uuid, name, isActive } = state.find(input.domain);
    return state.command('domain.start', `Start ${name}`, { uuid, name }, () => {
      if (isActive) throw virError('OPERATION_INVALID', `domain '${name}' is already running`);
      if (name === 'kvm-test' && input.accelerator !== 'tcg')
        throw virError('NO_SUPPORT', 'KVM is there but this computer can not start a guest with it', {
          detail: 'qemu-system-x86_64: failed to initialize kvm: Input/output error',
        });
      const accelerator = input.accelerator ?? 'kvm';
      const change: SummaryChange = {
        ...active('running'),
        reason: 'booted',
        accelerator,
        startedAt: state.now(),
        id: 20,
        problem: undefined,
      };
      return state.change(uuid, change, { event: 'Started', detail: 'Booted' });
    });
  };
  return {
    'domain.start': start,
    'domain.shutdown': run('domain.shutdown', 'Shut down', off('shutdown'), { event: 'Stopped', detail: 'Finished' }),
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
    'domain.setAutostart': async ({ domain, autostart }) =>
      state.change(domain, { isAutostart: autostart }, { kind: 'updated' }),
    'domain.screenshot': () => ({ mediaType: 'image/png', base64: ONE_PIXEL }),
    'domain.sendKey': ({ domain }) => state.find(domain),
  };
}

function definitions(state: DemoState): Calls {
  return {
    'domain.define': ({ xml }) => {
      const bad = xml.split('\n').findIndex((line) => /<(\w+)\b[^>]*>[^<]*<\/(?!\1>)/.test(line));
      const name = /<name>([^<]*)<\/name>/.exec(xml)?.[1] ?? '';
      return state.command('domain.define', `Define ${name}`, { name }, () => {
        if (bad >= 0) throw virError('XML_ERROR', `${bad + 1}:32: unexpected close tag.`);
        return { ...state.change(name, {}, { kind: 'lifecycle', event: 'Defined', detail: 'Updated' }), warnings: [] };
      });
    },
    'domain.undefine': ({ domain, removeDisks = [] }) => {
      const about = state.find(domain);
      const { uuid, name } = about;
      return state.command('domain.undefine', `Delete ${name}`, { uuid, name }, () => {
        state.set(undefined, about, { event: 'Undefined', detail: 'Removed' });
        return { uuid, name, removed: removeDisks };
      });
    },
    'machine.create': (spec) => {
      const { name } = spec;
      return state.command('machine.create', `Create ${name}`, { name }, () => {
        if ([...state.domains.values()].some((domain) => domain.name === name))
          throw virError('DOM_EXIST', `domain '${name}' already exists`);
        const uuid = demoUuid(500 + state.domains.size);
        const summary: DomainSummary = {
          uuid,
          name,
          memoryKiB: spec.memoryKiB,
          vcpus: spec.vcpus,
          serials: 1,
          graphics: ['vnc'],
          isPersistent: true,
          isAutostart: false,
          hasNewDefinition: false,
          state: spec.start ? 'running' : 'shutoff',
          reason: spec.start ? 'booted' : 'unknown',
          isActive: spec.start,
          ...(spec.start ? { startedAt: state.now(), accelerator: 'kvm' as const } : {}),
        };
        state.set(summary, summary, { event: 'Defined', detail: 'Added' });
        return { uuid, name, started: spec.start };
      });
    },
  };
}

export function createDemoEngine(options: DemoOptions = {}): DemoEngine {
  const state = new DemoState(options);
  const calls: Calls = { ...queries(state, options), ...lifecycle(state), ...definitions(state) };
  return {
    domains: state.domains,
    update: (uuid, change, event = { kind: 'updated' }) => {
      state.change(uuid, change, event);
    },
    loseEvent: () => {
      state.sequence += 1;
    },
    sampleStats: () => state.sampleStats(),
    call: async <N extends ProcedureName>(
      procedure: N,
      input: ParsedInput<N>,
      context: CallContext,
    ): Promise<Output<N>> => {
      const handle = calls[procedure] as
        | ((input: ParsedInput<N>, context: CallContext) => Output<N> | Promise<Output<N>>)
        | undefined;
      if (!handle) throw virError('NO_SUPPORT', `the demo engine does not do ${procedure}`);
      // the same net as a real engine: what is answered has the contract's shape
      return procedures[procedure].output.parse(await handle(input, context)) as Output<N>;
    },
    subscribe: <N extends EventName>(event: N, listener: (data: EventData<N>) => void): Disposable => {
      const emitter = state.emitters[event] as unknown as Emitter<EventData<N>>;
      const subscription = emitter.event(listener);
      return toDisposable(() => subscription.dispose());
    },
  };
}
