// The files of a fake host: definitions, status files, saved memory, TPMs. They are maps in memory; each change waits for the scheduler, and fails where that is the next fault.
import { dirname } from 'node:path';
import { virError } from '../../src/common/errors.ts';
import type { OpenSave } from '../../src/engine/driver/host/host-port.ts';
import type { TpmOptions } from '../../src/engine/qemu/tpm-state.ts';
import type { SaveImage } from '../../src/engine/state/save-image.ts';
import type { SaveOptions, SaveWriter } from '../../src/engine/state/save-writer.ts';
import type { DomainStatus } from '../../src/engine/state/status-files.ts';

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

export class FakeFiles {
  /** Folders of domains' TPMs. */
  readonly tpms = new Set<string>();
  readonly statuses = new Map<string, DomainStatus>();
  readonly definitions = new Map<string, string>();
  readonly saves = new Map<string, FakeSave>();
  /** Saves that are being written, by the folder of their domain's socket. */
  readonly #writing = new Map<string, FakeSave>();
  /** Paths by descriptor. */
  readonly #opened = new Map<number, string>();
  readonly #step: (what: string) => Promise<void>;
  readonly #faults: Fault[];

  /** `step` is awaited before each effect; `faults` are used up one by one. */
  constructor({ step, faults = [] }: { step: (what: string) => Promise<void>; faults?: readonly Fault[] }) {
    this.#step = step;
    this.#faults = [...faults];
  }

  step(what: string): Promise<void> {
    return this.#step(what);
  }

  takeFault(fault: Fault): boolean {
    if (this.#faults[0] !== fault) return false;
    this.#faults.shift();
    return true;
  }

  async makeRuntimeDir(): Promise<void> {
    await this.step('make the runtime folder');
  }
  async removeRuntimeDir(): Promise<void> {
    await this.step('remove the runtime folder');
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

  /** What an open descriptor reads. */
  protected saveOf(fd: number): FakeSave | undefined {
    return this.saves.get(this.#opened.get(fd) ?? '');
  }

  /** The stream of a guest's memory arrives at the save that is being written there. */
  protected writeSave(runtimeDir: string, memory: string): void {
    const save = this.#writing.get(runtimeDir);
    if (save) save.memory = memory;
  }

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
}
