// A host that is only a model: processes, monitors and files in memory, every step of which waits for a scheduler. So a test can run the engine's real
// verbs in any interleaving, crash what it likes, and then compare what runs with what the registry knows. The fake monitor fails on a command that it
// does not know.
import { dirname } from 'node:path';
import { Emitter } from '../../src/common/base/emitter.ts';
import { virError } from '../../src/common/errors.ts';
import type { HostPort, MonitorPort, OpenSave } from '../../src/engine/driver/host/host-port.ts';
import { readCompanionMark } from '../../src/engine/qemu/command/companion.ts';
import type { Companion, CompanionOptions } from '../../src/engine/qemu/companion-process.ts';
import type { MonitorEvent } from '../../src/engine/qemu/monitor-commands.ts';
import type { QemuExit, QemuProcess, SpawnOptions } from '../../src/engine/qemu/process.ts';
import type { TpmOptions } from '../../src/engine/qemu/tpm-state.ts';
import type { SaveImage } from '../../src/engine/state/save-image.ts';
import type { SaveOptions, SaveWriter } from '../../src/engine/state/save-writer.ts';
import type { DomainStatus } from '../../src/engine/state/status-files.ts';

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

/** Unlike a real one it does not end with its QEMU: whoever starts one has to end it. */
export interface FakeCompanion {
  readonly pid: number;
  readonly kind: string;
  readonly startId: string;
  isAlive: boolean;
  readonly exited: PromiseWithResolvers<QemuExit>;
}

export type Fault =
  | 'spawn'
  | 'monitor'
  | 'cont'
  | 'save-status'
  | 'save-definition'
  | 'die-at-start'
  | 'create-save'
  | 'commit-save'
  | 'migrate'
  | 'incoming'
  | 'companion'
  | 'tpm';

export interface FakeSave {
  readonly xml: string;
  readonly wasRunning: boolean;
  memory: string;
}

class FakeMonitor implements MonitorPort {
  readonly #events = new Emitter<MonitorEvent>();
  readonly #closes = new Emitter<string>();
  readonly #process: FakeProcess;
  readonly #host: FakeHost;
  isClosed = false;
  readonly onEvent = this.#events.event;
  readonly onClose = this.#closes.event;

  constructor(host: FakeHost, process: FakeProcess) {
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

const argument = (argv: readonly string[], option: string): string => argv[argv.indexOf(option) + 1] ?? '';

export class FakeHost implements HostPort {
  readonly processes: FakeProcess[] = [];
  lastSpawned: { readonly startId: string } | undefined;
  readonly companions: FakeCompanion[] = [];
  /** Folders of domains' TPMs. */
  readonly tpms = new Set<string>();
  readonly statuses = new Map<string, DomainStatus>();
  readonly definitions = new Map<string, string>();
  readonly saves = new Map<string, FakeSave>();
  /** Saves that are being written, by their domain's socket. */
  readonly #writing = new Map<string, FakeSave>();
  #boots = 0;
  readonly #step: (what: string) => Promise<void>;
  readonly #faults: Fault[];
  readonly #atSpawn: (host: FakeHost) => void;

  /** `step` is awaited before each effect; `faults` are used up one by one; `atSpawn` looks at the world after each spawn. */
  constructor(options: {
    step: (what: string) => Promise<void>;
    faults?: readonly Fault[];
    atSpawn?: (host: FakeHost) => void;
  }) {
    this.#step = options.step;
    this.#faults = [...(options.faults ?? [])];
    this.#atSpawn = options.atSpawn ?? (() => undefined);
  }

  step(what: string): Promise<void> {
    return this.#step(what);
  }

  takeFault(fault: Fault): boolean {
    if (this.#faults[0] !== fault) return false;
    this.#faults.shift();
    return true;
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

  async hasTpm(stateDir: string): Promise<boolean> {
    return this.tpms.has(dirname(stateDir));
  }

  async prepareTpm({ stateDir }: TpmOptions): Promise<void> {
    await this.step('make the TPM');
    if (this.takeFault('tpm')) throw virError('OPERATION_FAILED', 'swtpm_setup failed');
    this.tpms.add(dirname(stateDir));
  }

  async setTpmAside(dir: string): Promise<boolean> {
    await this.step('put the TPM aside');
    return this.tpms.delete(dir);
  }

  async putTpmBack(dir: string): Promise<void> {
    await this.step('put the TPM back');
    this.tpms.add(dir);
  }

  async removeTpm(dir: string): Promise<void> {
    await this.step('remove the TPM');
    this.tpms.delete(dir);
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

  async makeRuntimeDir(): Promise<void> {
    await this.step('make the runtime folder');
  }
  async removeRuntimeDir(): Promise<void> {
    await this.step('remove the runtime folder');
  }

  /** The stream of a saving QEMU arrives. */
  receive(process: FakeProcess): void {
    const save = this.#writing.get(dirname(process.monitorPath));
    if (save) save.memory = process.memory;
  }

  /** CPUs that each thread was bound to. */
  readonly affinities = new Map<number, readonly number[]>();
  async setAffinity(tid: number, cpus: readonly number[]): Promise<void> {
    await this.step('bind a thread');
    this.affinities.set(tid, cpus);
  }

  async createSave({ path, temporary, socketPath, xml, wasRunning }: SaveOptions): Promise<SaveWriter> {
    await this.step('create the saved file');
    if (this.takeFault('create-save')) throw virError('SYSTEM_ERROR', 'no space');
    const save: FakeSave = { xml, wasRunning, memory: 'nothing' };
    this.#writing.set(dirname(socketPath), save);
    this.saves.set(temporary, save);
    return {
      streamOffset: 0,
      written: () => 0,
      finished: Promise.resolve(),
      commit: async () => {
        await this.step('commit the saved file');
        if (this.takeFault('commit-save')) throw virError('SYSTEM_ERROR', 'no space');
        this.saves.delete(temporary);
        this.saves.set(path, save);
      },
      discard: async () => {
        await this.step('discard the saved file');
        this.saves.delete(temporary);
      },
    };
  }

  #saved(path: string): SaveImage {
    const save = this.saves.get(path);
    if (!save) throw virError('NO_STORAGE_VOL', `there is no saved file ${path}`);
    return { ...save, path, isSparse: false, streamOffset: 0, sizeBytes: 1 };
  }

  async inspectSaved(path: string): Promise<SaveImage> {
    await this.step('inspect a saved file');
    return this.#saved(path);
  }

  async openSaved(path: string): Promise<OpenSave> {
    await this.step('open a saved file');
    this.#opened.set(this.#opened.size, this.#saved(path).path);
    return { image: this.#saved(path), fd: this.#opened.size - 1, close: async () => undefined };
  }

  /** Paths by descriptor. */
  readonly #opened = new Map<number, string>();

  async rewriteSaved(): Promise<void> {
    await this.step('rewrite a saved file');
  }

  async setAsideSaved(path: string): Promise<string> {
    await this.step('set a saved file aside');
    const save = this.saves.get(path);
    if (save) this.saves.set(`${path}.foreign`, save);
    this.saves.delete(path);
    return `${path}.foreign`;
  }

  async removeFile(path: string): Promise<void> {
    await this.step('remove a file');
    this.saves.delete(path);
  }

  async findSave({ path, temporary }: Pick<SaveOptions, 'path' | 'temporary'>) {
    return { hasTemporary: this.saves.has(temporary), hasFile: this.saves.has(path) };
  }

  async saveJournal(): Promise<void> {
    await this.step('save the journal');
  }

  async settleJournal(): Promise<void> {
    await this.step('settle the journal');
  }

  async removeJournal(): Promise<void> {
    await this.step('remove the journal');
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
      incoming: incomingFd === undefined ? undefined : this.saves.get(this.#opened.get(incomingFd) ?? ''),
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

  async saveStatus(status: DomainStatus): Promise<void> {
    await this.step('save the status');
    if (this.takeFault('save-status')) throw virError('SYSTEM_ERROR', 'no space');
    this.statuses.set(status.uuid, status);
  }
  async removeStatus(uuid: string): Promise<void> {
    await this.step('remove the status');
    this.statuses.delete(uuid);
  }
  async saveDefinition(name: string, xml: string): Promise<string | undefined> {
    await this.step('save the definition');
    if (this.takeFault('save-definition')) throw virError('SYSTEM_ERROR', 'no space');
    this.definitions.set(name, xml);
    return undefined;
  }
  async setAsideDefinition(): Promise<void> {
    await this.step('set the definition aside');
  }
  async removeDefinition(name: string): Promise<void> {
    await this.step('remove the definition');
    this.definitions.delete(name);
  }
  async setAutostartLink(): Promise<void> {
    await this.step('set the autostart link');
  }
}
