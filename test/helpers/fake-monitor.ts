// The monitor of a fake host's QEMU, and what that QEMU is. It fails on a command that it does not know.
import { Emitter } from '../../src/common/base/emitter.ts';
import { virError } from '../../src/common/errors.ts';
import type { MonitorPort } from '../../src/engine/driver/host/host-port.ts';
import type { MonitorEvent } from '../../src/engine/qemu/monitor-commands.ts';
import type { QemuExit } from '../../src/engine/qemu/process.ts';
import type { FakeSave, Fault } from './fake-files.ts';

export interface FakeProcess {
  readonly pid: number;
  readonly uuid: string;
  readonly name: string;
  readonly startId: string;
  readonly monitorPath: string;
  isAlive: boolean;
  runState: 'prelaunch' | 'inmigrate' | 'running' | 'paused' | 'shutdown' | 'postmigrate';
  /** What the guest has in its memory: made at boot, carried by a saved file. */
  memory: string;
  /** The saved file that it was started from. */
  incoming: FakeSave | undefined;
  readonly exited: PromiseWithResolvers<QemuExit>;
  readonly monitors: Set<FakeMonitor>;
}

/** What happens to a QEMU beyond its monitor. */
interface MonitoredHost {
  step(what: string): Promise<void>;
  takeFault(fault: Fault): boolean;
  receive(process: FakeProcess): void;
  die(process: FakeProcess): void;
  powerOff(process: FakeProcess): void;
}

export class FakeMonitor implements MonitorPort {
  readonly #events = new Emitter<MonitorEvent>();
  readonly #closes = new Emitter<string>();
  readonly #process: FakeProcess;
  readonly #host: MonitoredHost;
  isClosed = false;
  readonly onEvent = this.#events.event;
  readonly onClose = this.#closes.event;

  constructor(host: MonitoredHost, process: FakeProcess) {
    this.#host = host;
    this.#process = process;
    process.monitors.add(this);
  }

  fire(event: string, data: Readonly<Record<string, unknown>> = {}): void {
    if (!this.isClosed) this.#events.fire({ event, data });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#process.monitors.delete(this);
    this.#closes.fire('closed');
  }

  execute = (async (command: string): Promise<unknown> => {
    await this.#host.step(`${command} of ${this.#process.name}`);
    if (this.isClosed || !this.#process.isAlive) throw virError('OPERATION_FAILED', `${command} can't be sent`);
    return this.#answer(command);
  }) as MonitorPort['execute'];

  async executeRaw(command: string): Promise<unknown> {
    return this.execute(command as 'stop');
  }

  #answer(command: string): unknown {
    const process = this.#process;
    switch (command) {
      case 'query-cpus-fast':
        return [{ 'cpu-index': 0, 'thread-id': process.pid + 1 }];
      case 'query-status':
        return { running: process.runState === 'running', status: process.runState };
      case 'query-uuid':
        return { UUID: process.uuid };
      case 'cont':
        if (this.#host.takeFault('cont')) throw virError('OPERATION_FAILED', 'cont was refused');
        if (process.runState === 'running') return {};
        process.runState = 'running';
        this.fire('RESUME');
        return {};
      case 'migrate-set-parameters':
      case 'migrate-set-capabilities':
      case 'migrate_cancel':
        return {};
      case 'migrate':
        if (this.#host.takeFault('migrate')) throw virError('OPERATION_FAILED', 'State blocked by a device');
        process.runState = 'postmigrate';
        this.#host.receive(process);
        return {};
      case 'query-migrate':
        return { status: 'completed' };
      case 'migrate-incoming':
        if (this.#host.takeFault('incoming')) this.#host.die(process);
        process.memory = process.incoming?.memory ?? 'nothing';
        process.runState = 'paused';
        return {};
      case 'stop':
        process.runState = 'paused';
        this.fire('STOP');
        return {};
      case 'system_powerdown':
        this.#host.powerOff(process);
        return {};
      case 'system_reset':
        process.runState = 'running';
        this.fire('RESET', { guest: false, reason: 'host-qmp-system-reset' });
        return {};
      default:
        throw new Error(`the fake monitor does not know ${command}`);
    }
  }
}
