// A host that is only a model: processes, monitors and files in memory, every step of which waits for a scheduler. So a test can run the engine's real
// verbs in any interleaving, crash what it likes, and then compare what runs with what the registry knows.
import { dirname } from 'node:path';
import { virError } from '../../src/common/errors.ts';
import type { HostPort, MonitorPort } from '../../src/engine/driver/host/host-port.ts';
import { readCompanionMark } from '../../src/engine/qemu/command/companion.ts';
import type { Companion, CompanionOptions } from '../../src/engine/qemu/companion-process.ts';
import type { QemuExit, QemuProcess, SpawnOptions } from '../../src/engine/qemu/process.ts';
import { FakeFiles, type Fault } from './fake-files.ts';
import { FakeMonitor, type FakeProcess } from './fake-monitor.ts';

/** Unlike a real one it does not end with its QEMU: whoever starts one has to end it. */
export interface FakeCompanion {
  readonly pid: number;
  readonly kind: string;
  readonly startId: string;
  isAlive: boolean;
  readonly exited: PromiseWithResolvers<QemuExit>;
}

const argument = (argv: readonly string[], option: string): string => argv[argv.indexOf(option) + 1] ?? '';

export class FakeHost extends FakeFiles implements HostPort {
  readonly processes: FakeProcess[] = [];
  lastSpawned: { readonly startId: string } | undefined;
  readonly companions: FakeCompanion[] = [];
  #boots = 0;
  readonly #atSpawn: (host: FakeHost) => void;

  /** `step` is awaited before each effect; `faults` are used up one by one; `atSpawn` looks at the world after each spawn. */
  constructor(options: {
    step: (what: string) => Promise<void>;
    faults?: readonly Fault[];
    atSpawn?: (host: FakeHost) => void;
  }) {
    super(options);
    this.#atSpawn = options.atSpawn ?? (() => undefined);
  }

  get alive(): readonly FakeProcess[] {
    return this.processes.filter(({ isAlive }) => isAlive);
  }

  get aliveCompanions(): readonly FakeCompanion[] {
    return this.companions.filter(({ isAlive }) => isAlive);
  }

  endOf(companion: FakeCompanion): void {
    companion.isAlive = false;
    companion.exited.resolve({ exitCode: undefined, signal: 'SIGTERM' });
  }

  async findProgram(name: string): Promise<string> {
    return `/usr/bin/${name}`;
  }

  async spawnCompanion({ argv, kind, alias }: CompanionOptions): Promise<Companion> {
    await this.step(`spawn ${kind}`);
    if (this.takeFault('companion')) throw virError('OPERATION_FAILED', `${kind} did not start`);
    const companion: FakeCompanion = {
      pid: 5000 + this.companions.length,
      kind,
      startId: readCompanionMark(argv)?.startId ?? 'none',
      isAlive: true,
      exited: Promise.withResolvers<QemuExit>(),
    };
    this.companions.push(companion);
    this.lastSpawned = companion;
    this.#atSpawn(this);
    return {
      kind,
      alias,
      identity: { pid: companion.pid, startTime: companion.startId },
      exited: companion.exited.promise,
      lastWords: async () => 'last words',
    };
  }

  async endCompanion({ pid }: { readonly pid: number }): Promise<void> {
    await this.step('end a companion');
    const companion = this.companions.find((one) => one.pid === pid);
    if (companion) this.endOf(companion);
  }

  die(process: FakeProcess): void {
    if (!process.isAlive) return;
    process.isAlive = false;
    process.exited.resolve({ exitCode: undefined, signal: 'SIGTERM' });
    for (const monitor of [...process.monitors]) monitor.close();
  }

  /** The guest powers itself off; QEMU stays, as under -no-shutdown. */
  powerOff(process: FakeProcess): void {
    if (!process.isAlive) return;
    process.runState = 'shutdown';
    for (const monitor of process.monitors) monitor.fire('SHUTDOWN', { guest: true, reason: 'guest-shutdown' });
  }

  /** The stream of a saving QEMU arrives. */
  receive({ monitorPath, memory }: FakeProcess): void {
    this.writeSave(dirname(monitorPath), memory);
  }

  /** CPUs that each thread was bound to. */
  readonly affinities = new Map<number, readonly number[]>();
  async setAffinity(tid: number, cpus: readonly number[]): Promise<void> {
    await this.step('bind a thread');
    this.affinities.set(tid, cpus);
  }

  async spawn({ argv, startId, monitorPath, incomingFd }: SpawnOptions): Promise<QemuProcess> {
    await this.step('spawn');
    if (this.takeFault('spawn')) throw virError('NO_SUPPORT', 'the emulator can’t be run');
    const name = argument(argv, '-name').replace(/^guest=|,debug.*$/g, '');
    const process: FakeProcess = {
      pid: 1000 + this.processes.length,
      uuid: argument(argv, '-uuid'),
      name,
      startId,
      monitorPath,
      isAlive: true,
      runState: incomingFd === undefined ? 'prelaunch' : 'inmigrate',
      memory: incomingFd === undefined ? `boot ${++this.#boots}` : 'nothing',
      incoming: incomingFd === undefined ? undefined : this.saveOf(incomingFd),
      exited: Promise.withResolvers<QemuExit>(),
      monitors: new Set(),
    };
    this.processes.push(process);
    this.lastSpawned = process;
    this.#atSpawn(this);
    if (this.takeFault('die-at-start')) this.die(process);
    return {
      identity: { pid: process.pid, startTime: startId },
      exited: process.exited.promise,
      lastWords: async () => 'last words',
    };
  }

  async openMonitor({ path }: { readonly path: string }): Promise<MonitorPort> {
    await this.step('open the monitor');
    const process = this.alive.findLast(({ monitorPath }) => monitorPath === path);
    if (!process || this.takeFault('monitor')) throw virError('OPERATION_FAILED', 'QEMU’s monitor did not answer');
    return new FakeMonitor(this, process);
  }

  async kill({ pid }: { readonly pid: number }): Promise<void> {
    await this.step('kill');
    const process = this.processes.find((candidate) => candidate.pid === pid);
    if (process) this.die(process);
  }
}
