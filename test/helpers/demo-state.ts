// What the demo engine knows and how it changes: numbered events, commands in a queue, state told by events only. Time and timers come in as options, so
// that tests step through what takes long.
import { type Disposable, toDisposable } from '../../src/common/base/dispose.ts';
import { Emitter } from '../../src/common/base/emitter.ts';
import type { EventData, Output, ParsedInput, ProcedureName } from '../../src/common/contract/procedures.ts';
import type { CallContext } from '../../src/common/contract/server.ts';
import { toEnvelope, virError } from '../../src/common/errors.ts';
import type { CommandRecord } from '../../src/common/model/command.ts';
import type { BrokenFile, DomainSummary } from '../../src/common/model/domain.ts';
import type { DomainEvent } from '../../src/common/model/event.ts';
import { initialCommands } from './demo-commands.ts';
import { type DemoHardware, newHardware } from './demo-hardware.ts';
import { DEMO_NOW, demoBroken, demoMachines, manyMachines } from './demo-machines.ts';

export interface DemoOptions {
  readonly scenario?: 'every-state' | 'empty' | 'many';
  readonly accelerator?: 'kvm' | 'tcg';
  readonly now?: () => number;
  /** Guests that are asked to shut down go on, as some do. */
  readonly ignoresShutdown?: boolean;
  /** Disks are being copied and merged. */
  readonly hasBlockJobs?: boolean;
  readonly setTimer?: (run: () => void, delayMs: number) => Disposable;
}

/** A part of a summary; undefined takes a fact away. */
export type SummaryChange = { readonly [K in keyof DomainSummary]?: DomainSummary[K] | undefined };

export type Calls = {
  [N in ProcedureName]?: (input: ParsedInput<N>, context: CallContext) => Output<N> | Promise<Output<N>>;
};

/** What takes long: how often it tells how far it is, and what it says. */
export interface DemoJob {
  readonly steps: number;
  readonly text: (fraction: number) => string;
}

const STEP_MS = 300;
const realTimer = (run: () => void, delayMs: number): Disposable => {
  const id = setTimeout(run, delayMs);
  return toDisposable(() => clearTimeout(id));
};

type Ref = Pick<DomainSummary, 'uuid' | 'name'>;

export class DemoState {
  readonly domains = new Map<string, DomainSummary>();
  readonly commands = new Map<number, CommandRecord>();
  readonly broken: readonly BrokenFile[];
  readonly hardware: DemoHardware = newHardware();
  readonly emitters = {
    domain: new Emitter<DomainEvent>(),
    monitor: new Emitter<EventData<'monitor'>>(),
    command: new Emitter<CommandRecord>(),
    stats: new Emitter<EventData<'stats'>>(),
  };
  readonly now: () => number;
  readonly ignoresShutdown: boolean;
  readonly #setTimer: (run: () => void, delayMs: number) => Disposable;
  readonly #cancels = new Map<number, () => void>();
  sequence = 100;

  constructor(options: DemoOptions) {
    this.now = options.now ?? (() => DEMO_NOW);
    this.ignoresShutdown = options.ignoresShutdown ?? false;
    this.#setTimer = options.setTimer ?? realTimer;
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

  set(summary: DomainSummary | undefined, about: Ref, event: Partial<DomainEvent>): void {
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
    const after = { ...before, ...change } as DomainSummary;
    this.set(after, after, event);
    return { uuid: after.uuid, name: after.name };
  }

  /** Runs `work` as a command of the queue; `job` first tells of its progress, and can be cancelled meanwhile. */
  async command<T>(
    procedure: ProcedureName,
    label: string,
    domain: CommandRecord['domain'],
    work: () => T,
    job?: DemoJob,
  ): Promise<T> {
    const id = Math.max(0, ...this.commands.keys()) + 1;
    const first: CommandRecord = { id, procedure, label, state: 'queued', canCancel: false, queuedAt: this.now() };
    this.#tell(domain ? { ...first, domain } : first, {});
    this.#tell(this.#record(id), { state: 'running', startedAt: this.now(), canCancel: job !== undefined });
    try {
      if (job) await this.#follow(id, job);
      const result = work();
      this.#tell(this.#record(id), { state: 'done', canCancel: false, endedAt: this.now() });
      return result;
    } catch (error) {
      const envelope = toEnvelope(error);
      const state = envelope.code === 'OPERATION_ABORTED' ? 'cancelled' : 'failed';
      this.#tell(this.#record(id), { state, canCancel: false, endedAt: this.now(), error: envelope });
      throw error;
    }
  }

  cancel(id: number): boolean {
    const record = this.commands.get(id);
    if (!record?.canCancel) return false;
    const cancel = this.#cancels.get(id);
    if (cancel) cancel();
    else this.#tell(record, { state: 'cancelled', canCancel: false, endedAt: this.now() });
    return true;
  }

  #record(id: number): CommandRecord {
    const record = this.commands.get(id);
    if (!record) throw virError('INTERNAL_ERROR', `there is no command ${id}`);
    return record;
  }

  #tell(record: CommandRecord, change: Partial<CommandRecord>): void {
    const next = { ...record, ...change };
    this.commands.set(next.id, next);
    this.emitters.command.fire(next);
  }

  #follow(id: number, job: DemoJob): Promise<void> {
    return new Promise((resolve, reject) => {
      let step = 0;
      let timer: Disposable | undefined;
      this.#cancels.set(id, () => {
        timer?.dispose();
        this.#cancels.delete(id);
        reject(virError('OPERATION_ABORTED', 'the command was cancelled'));
      });
      const tick = (): void => {
        if (step > job.steps) {
          this.#cancels.delete(id);
          resolve();
          return;
        }
        const fraction = step / job.steps;
        this.#tell(this.#record(id), { progress: { text: job.text(fraction), fraction } });
        step += 1;
        timer = this.#setTimer(tick, STEP_MS);
      };
      tick();
    });
  }
}
