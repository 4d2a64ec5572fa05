// The engine, put together: registry, queue, events, adoption, and the contract that it serves. It knows no shell: whoever hosts it gives it paths
// and hands its `handler` to its own transports.

import type { Duplex } from 'node:stream';
import { type Disposable, DisposableStore, toDisposable } from '../common/base/dispose.ts';
import { Emitter } from '../common/base/emitter.ts';
import type { EventData, EventName } from '../common/contract/procedures.ts';
import type { ContractHandler } from '../common/contract/server.ts';
import { virError } from '../common/errors.ts';
import type { EventHistory } from '../common/model/event.ts';
import type { EngineInfo } from '../common/model/host.ts';
import { ConsoleTickets } from './driver/consoles/console-tickets.ts';
import { openConsole } from './driver/consoles/consoles.ts';
import type { DriverContext } from './driver/context.ts';
import { withFailpoints } from './driver/host/failpoint-host.ts';
import { findFirmwares } from './driver/host/firmwares.ts';
import { findEmulator } from './driver/host/host.ts';
import { realHost } from './driver/host/host-port.ts';
import { createSystems } from './driver/host/systems.ts';
import { CommandQueue } from './driver/jobs/command-queue.ts';
import type { Verb } from './driver/jobs/on-domain.ts';
import { adoptAll } from './driver/lifecycle/adopt.ts';
import { autostartOnce } from './driver/lifecycle/autostart.ts';
import { createQueries } from './driver/queries.ts';
import { type DecideAdd, DomainList } from './driver/registry/domain-list.ts';
import type { DomainObj } from './driver/registry/domain-obj.ts';
import { summarize } from './driver/registry/domain-view.ts';
import { EventLog } from './driver/registry/event-log.ts';
import { indexEntries, loadAll } from './driver/registry/load-definitions.ts';
import { sampledDomains } from './driver/stats/sampled-domains.ts';
import { createHistoryQuery } from './driver/stats/stats-queries.ts';
import { StatsSampler } from './driver/stats/stats-sampler.ts';
import { createVerbs } from './driver/verbs.ts';
import { type AcceleratorFinding, findAccelerator } from './qemu/accelerator.ts';
import { createCapabilitiesProbe } from './qemu/probe.ts';
import { probeStartId } from './qemu/process-identity.ts';
import { saveIndex } from './state/definition-index.ts';
import { saveHandover, takeHandover } from './state/handover.ts';
import { type EnginePaths, prepareDirectories } from './state/paths.ts';
import { crashpoint, enterFailScope, hasFailpoints } from './util/failpoint.ts';
import type { Log } from './util/log.ts';

export interface EngineOptions {
  readonly paths: EnginePaths;
  readonly shell: EngineInfo['shell'];
  readonly version: string;
  readonly log: Log;
  /** Called by `engine.stop`. */
  readonly onStopRequest: () => void;
  /** Where the host serves console streams; asked at each `engine.info`. */
  readonly consoleUrl?: () => string | undefined;
  /** For tests: a weaker rule, to see that the property test notices. */
  readonly decideAdd?: DecideAdd;
}

/** A command that hangs on a hung QEMU must not keep a closed window's process alive. */
const CLOSE_PATIENCE_MS = 5_000;
const INDEX_MS = 1_000;

export interface Engine {
  readonly handler: ContractHandler;
  /** The byte stream for a one-time ticket. Throws OPERATION_DENIED, OPERATION_INVALID, DEVICE_MISSING. */
  openConsole(ticket: string): Duplex;
  /** Running domains and commands under way: what keeps a background engine alive. */
  readonly isBusy: () => boolean;
  /** Takes no more commands, ends those under way, waits a little for them, then lets go. Guests go on running. */
  close(): Promise<void>;
}

/** The accelerator, tested once; a guest that KVM killed changes the answer for the rest of this engine's life. */
function createAccelerator(paths: EnginePaths): DriverContext['accelerator'] {
  let finding: Promise<AcceleratorFinding> | undefined;
  return {
    find: () => {
      finding ??= findEmulator().then(
        (emulator) =>
          findAccelerator({
            emulator,
            cacheDir: paths.cacheDir,
            device: process.env.VIVARIUM_KVM_DEVICE ?? '/dev/kvm',
          }),
        (error: unknown): AcceleratorFinding => ({
          kind: 'tcg',
          reason: error instanceof Error ? error.message : String(error),
        }),
      );
      return finding;
    },
    reportKvmFailure: (reason) => {
      finding = Promise.resolve({
        kind: 'tcg',
        reason: `KVM is there but gave up on a running guest on this host (${reason}).`,
        fix: 'In a virtual machine, its host’s nested virtualization is incomplete: ask for it to be switched on or updated.',
      });
    },
  };
}

function createContext({ paths, log, decideAdd }: EngineOptions, history: EventHistory): DriverContext {
  let lastId = 0;
  const list = new DomainList<DomainObj>(decideAdd);
  const systems = createSystems(paths.cacheDir);
  return {
    paths,
    log,
    host: hasFailpoints ? withFailpoints(realHost(paths)) : realHost(paths),
    list,
    systems,
    queue: new CommandQueue(),
    events: new EventLog({ history }),
    monitorEvents: new Emitter(),
    broken: new Map(),
    unadopted: new Map(),
    firmwares: () => findFirmwares(),
    capabilities: createCapabilitiesProbe(paths.cacheDir, probeStartId(paths.runtimeDir)),
    accelerator: createAccelerator(paths),
    nextId: () => {
      // An adopted domain keeps its id, so the counter goes on behind the highest that is in use.
      lastId = Math.max(lastId, ...list.values().map((obj) => obj.id ?? 0)) + 1;
      return lastId;
    },
    summarize: (obj) => summarize(obj, systems.nameOf),
    now: Date.now,
  };
}

/** Loads, adopts, and is ready. Throws SYSTEM_ERROR where the runtime folder can't be made. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { paths, log } = options;
  const problems = await prepareDirectories(paths);
  for (const problem of problems) log.warn({ problem }, 'a folder can not be made');
  const context = createContext(options, await takeHandover(paths, Number(process.hrtime.bigint() / 1_000_000n)));
  enterFailScope('adopt');
  await loadAll(context);
  const adoption = await adoptAll(context);
  const index = keepIndex(context);
  await autostartOnce(context);
  const startedAt = Date.now();
  const tickets = new ConsoleTickets();
  const sampler = new StatsSampler({ running: () => sampledDomains(context) });
  const running = (): number => context.list.values().filter((obj) => obj.isActive).length;
  const info = (): EngineInfo => {
    const consoleUrl = options.consoleUrl?.();
    return {
      pid: process.pid,
      version: options.version,
      shell: options.shell,
      socket: paths.socket,
      startedAt,
      runningDomains: running(),
      adoption: [...adoption],
      ...(consoleUrl ? { consoleUrl } : {}),
    };
  };
  const procedures = {
    ...createQueries(context, tickets),
    ...createVerbs(context),
    ...createHistoryQuery(context, sampler),
    'engine.info': async () => info(),
    'engine.ping': async () => ({}),
    'engine.stop': async () => {
      options.onStopRequest();
      return {};
    },
  };
  const store = new DisposableStore();
  store.add(sampler);
  log.info({ domains: context.list.size, broken: context.broken.size, adoption }, 'engine ready');
  return {
    handler: createHandler(context, procedures, sampler),
    openConsole: (ticket) => {
      const target = tickets.redeem(ticket);
      return openConsole(context.list.lookup(target.uuid), target);
    },
    isBusy: () => running() > 0 || context.queue.pending > 0,
    close: async () => {
      enterFailScope('close');
      index.dispose();
      await context.queue.close(CLOSE_PATIENCE_MS);
      await Promise.all(context.list.values().map((obj) => obj.statusWrites));
      crashpoint('nothing runs any more');
      for (const obj of context.list.values()) letGo(obj);
      crashpoint('the guests are let go');
      await saveHandover(paths, context.events.history);
      crashpoint('the events are handed over');
      await saveIndex(paths, indexEntries(context));
      store.dispose();
    },
  };
}

/** Writes the index a while after definitions have changed: an engine that is killed leaves it to the next. */
function keepIndex(context: DriverContext): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const heard = context.events.onEvent(({ event }) => {
    if (event !== 'Defined' && event !== 'Undefined') return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void saveIndex(context.paths, indexEntries(context));
    }, INDEX_MS).unref();
  });
  return toDisposable(() => {
    clearTimeout(timer);
    heard.dispose();
  });
}

/** Leaves a running domain to the next engine. It is forgotten here first, so that the end of its monitor is not taken for its death. */
function letGo(obj: DomainObj): void {
  const { live } = obj;
  obj.live = undefined;
  live?.monitor?.close();
  for (const serial of live?.serials ?? []) serial.dispose();
}

function createHandler(
  context: DriverContext,
  procedures: Readonly<Record<string, unknown>>,
  sampler: StatsSampler,
): ContractHandler {
  const subscribers: { readonly [N in EventName]: (listener: (data: EventData<N>) => void) => { dispose(): void } } = {
    domain: context.events.onEvent,
    monitor: context.monitorEvents.event,
    command: context.queue.onChange,
    stats: sampler.onSamples,
  };
  return {
    call: async (procedure, input, call) => {
      const verb = procedures[procedure] as Verb<typeof procedure> | undefined;
      if (!verb) throw virError('INTERNAL_ERROR', `nothing implements ${procedure}`);
      enterFailScope(procedure);
      return verb(input, call);
    },
    subscribe: (event, listener, after) =>
      event === 'domain' && after !== undefined
        ? context.events.subscribeAfter(after, listener as never)
        : subscribers[event](listener as never),
  };
}
