// An engine in memory with a host on which everything has happened: for tests of the renderer and for looking at it. It keeps the contract's rules
// (numbered events, commands in a queue, state told by events only), and no QEMU is anywhere near.
import { type Disposable, toDisposable } from '../../src/common/base/dispose.ts';
import type { Emitter } from '../../src/common/base/emitter.ts';
import type { EventData, EventName, Output, ParsedInput, ProcedureName } from '../../src/common/contract/procedures.ts';
import { procedures } from '../../src/common/contract/procedures.ts';
import type { CallContext, ContractHandler } from '../../src/common/contract/server.ts';
import { virError } from '../../src/common/errors.ts';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import type { DomainEvent } from '../../src/common/model/event.ts';
import { addBlockJobs, blockJobCalls } from './demo-block-jobs.ts';
import { deviceCalls } from './demo-devices.ts';
import { demoDisks } from './demo-disks.ts';
import { DemoFigures, figureCalls } from './demo-figures.ts';
import { guestCalls } from './demo-guest.ts';
import { demoDetails } from './demo-hardware.ts';
import { demoChecks, demoDefaults, demoFiles, demoHost, demoMedia, demoSystems } from './demo-host.ts';
import { lifecycleCalls } from './demo-lifecycle.ts';
import { DEMO_NOW, demoUuid } from './demo-machines.ts';
import { type Calls, type DemoOptions, DemoState, type SummaryChange } from './demo-state.ts';

export type { DemoOptions, SummaryChange } from './demo-state.ts';

export interface DemoEngine extends ContractHandler {
  readonly domains: ReadonlyMap<string, DomainSummary>;
  /** Changes one machine the way the real engine does: state first, then its event. */
  update(uuid: string, change: SummaryChange, event?: Partial<DomainEvent>): void;
  /** Leaves one number out, as if an event had been lost. */
  loseEvent(): void;
  /** One round of figures to whoever listens. */
  sampleStats(): void;
}

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
    'domain.get': ({ domain }) => demoDetails(state.find(domain), state.hardware),
    'domain.disks': ({ domain }) => ({ disks: [...demoDisks(state.find(domain))] }),
    'console.open': ({ domain, console }) => ({ ticket: `${console}-${state.find(domain).uuid}` }),
    'command.list': () => ({ commands: [...state.commands.values()] }),
    'command.cancel': ({ id }) => ({ cancelled: state.cancel(id) }),
    'os.list': () => ({ systems: [...demoSystems] }),
    'media.inspect': ({ path }) => demoMedia(path),
    'files.list': ({ path }) => demoFiles(path),
    'machine.defaults': ({ source, osId }) => demoDefaults(source, osId, names()),
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
  if (options.hasBlockJobs) addBlockJobs(state);
  const figures = new DemoFigures(state);
  const calls: Calls = {
    ...queries(state, options),
    ...lifecycleCalls(state),
    ...definitions(state),
    ...deviceCalls(state),
    ...blockJobCalls(state),
    ...guestCalls(state),
    ...figureCalls(state, figures),
  };
  return {
    domains: state.domains,
    update: (uuid, change, event = { kind: 'updated' }) => {
      state.change(uuid, change, event);
    },
    loseEvent: () => {
      state.sequence += 1;
    },
    sampleStats: () => figures.sample(),
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
