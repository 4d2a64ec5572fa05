// Everything that a run does to the host, in one place: processes, monitors, files. The verbs take it from their context, so that a test can hold each
// step and let them interleave in every order; `realHost` is what runs.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Event } from '../../../common/base/emitter.ts';
import { type Companion, type CompanionOptions, endCompanion, spawnCompanion } from '../../qemu/companion-process.ts';
import { type ExecuteOptions, Monitor, type MonitorOptions } from '../../qemu/monitor.ts';
import type { MonitorCommand, MonitorEvent, MonitorReply } from '../../qemu/monitor-commands.ts';
import { type KillOptions, killQemu, type QemuProcess, type SpawnOptions, spawnQemu } from '../../qemu/process.ts';
import type { ProcessIdentity } from '../../qemu/process-identity.ts';
import { hasTpm, prepareTpm, putTpmBack, removeTpm, setTpmAside, type TpmOptions } from '../../qemu/tpm-state.ts';
import {
  removeDefinition,
  saveDefinition,
  setAsideDefinition,
  setAutostartLink,
} from '../../state/definition-files.ts';
import { removeDurable } from '../../state/durable-file.ts';
import { createJournals, type Journals } from '../../state/journal.ts';
import type { EnginePaths } from '../../state/paths.ts';
import {
  inspectSaved,
  openSaved,
  readSaved,
  rewriteSaved,
  type SaveImage,
  setAsideSaved,
} from '../../state/save-image.ts';
import { createSave, type SaveOptions, type SaveWriter } from '../../state/save-writer.ts';
import { type DomainStatus, removeStatus, saveStatus } from '../../state/status-files.ts';
import { setAffinity } from '../tuning/affinity.ts';
import { type CompanionProgram, findProgram } from './programs.ts';

/** What the verbs need of a monitor. */
export interface MonitorPort {
  readonly isClosed: boolean;
  readonly onEvent: Event<MonitorEvent>;
  readonly onClose: Event<string>;
  execute<C extends MonitorCommand>(
    command: C,
    args?: Readonly<Record<string, unknown>>,
    options?: ExecuteOptions,
  ): Promise<MonitorReply<C>>;
  /** Any command, its reply unread. */
  executeRaw(command: string, args?: Readonly<Record<string, unknown>>, options?: ExecuteOptions): Promise<unknown>;
  close(): void;
}

export interface OpenSave {
  readonly image: SaveImage;
  readonly fd: number;
  close(): Promise<void>;
}

export interface HostPort extends Journals {
  /** An empty folder, 0700; what was there is removed. */
  makeRuntimeDir(path: string): Promise<void>;
  removeRuntimeDir(path: string): Promise<void>;
  spawn(options: SpawnOptions): Promise<QemuProcess>;
  openMonitor(options: MonitorOptions): Promise<MonitorPort>;
  kill(identity: ProcessIdentity, options: KillOptions): Promise<void>;
  /** Binds a thread to CPUs. */
  setAffinity(tid: number, cpus: readonly number[]): Promise<void>;
  /** The path of a program that goes beside QEMU. Throws NO_SUPPORT with the package that has it. */
  findProgram(name: CompanionProgram): Promise<string>;
  hasTpm(stateDir: string): Promise<boolean>;
  /** Makes the TPM of a domain at first. */
  prepareTpm(options: TpmOptions): Promise<void>;
  /** Before its definition goes; returns whether there was one. */
  setTpmAside(domainTpmDir: string): Promise<boolean>;
  putTpmBack(domainTpmDir: string): Promise<void>;
  /** Also one that was put aside. */
  removeTpm(domainTpmDir: string): Promise<void>;
  /** Returns once it listens. */
  spawnCompanion(options: CompanionOptions): Promise<Companion>;
  endCompanion(identity: ProcessIdentity, patienceMs: number): Promise<void>;
  /** Moves a definition file that could not be read out of the way of a new one of its name; it is kept beside it. */
  setAsideDefinition(name: string): Promise<void>;
  saveStatus(status: DomainStatus): Promise<void>;
  removeStatus(uuid: string): Promise<void>;
  /** Makes the temporary file that a guest's memory goes to. Throws SYSTEM_ERROR. */
  createSave(options: SaveOptions): Promise<SaveWriter>;
  /** Reads a saved file's definition. Throws NO_STORAGE_VOL, INVALID_ARG (none, or not whole). */
  inspectSaved(path: string): Promise<SaveImage>;
  /** Opens a saved file, its position at QEMU's stream. */
  openSaved(path: string): Promise<OpenSave>;
  /** Changes the definition in a saved file, or how the guest begins. */
  rewriteSaved: typeof rewriteSaved;
  /** Moves a saved file of another domain out of the way of one of its name; it is kept beside it. Returns where. */
  setAsideSaved(path: string): Promise<string>;
  removeFile(path: string): Promise<void>;
  /** What a save that lost its engine has left: whether the temporary file, and the file itself, are there. */
  findSave(
    paths: Pick<SaveOptions, 'path' | 'temporary'>,
  ): Promise<{ readonly hasTemporary: boolean; readonly hasFile: boolean }>;
  /** Returns what tells this content of the file from another, where that is known. */
  saveDefinition(name: string, xml: string): Promise<string | undefined>;
  removeDefinition(name: string): Promise<void>;
  /** `once`: of the next session only. */
  setAutostartLink(name: string, autostart: boolean, once?: boolean): Promise<void>;
}

export function realHost(paths: EnginePaths): HostPort {
  return {
    ...createJournals(paths),
    makeRuntimeDir: async (path) => {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { recursive: true, mode: 0o700 });
      mkdirSync(paths.logDir, { recursive: true, mode: 0o700 });
    },
    removeRuntimeDir: (path) => rm(path, { recursive: true, force: true }),
    spawn: spawnQemu,
    openMonitor: (options) => Monitor.open(options),
    kill: killQemu,
    setAffinity,
    findProgram,
    hasTpm,
    prepareTpm,
    setTpmAside,
    putTpmBack,
    removeTpm,
    spawnCompanion,
    endCompanion,
    saveStatus: (status) => saveStatus(paths, status),
    removeStatus: (uuid) => removeStatus(paths, uuid),
    createSave,
    inspectSaved,
    openSaved: async (path) => {
      const file = await openSaved(path);
      try {
        return { image: await readSaved(file, path), fd: file.fd, close: () => file.close() };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
    rewriteSaved,
    setAsideSaved,
    removeFile: removeDurable,
    findSave: async ({ path, temporary }) => ({ hasTemporary: existsSync(temporary), hasFile: existsSync(path) }),
    saveDefinition: (name, xml) => saveDefinition(paths, name, xml),
    setAsideDefinition: (name) => setAsideDefinition(paths, name),
    removeDefinition: (name) => removeDefinition(paths, name),
    setAutostartLink: (name, autostart, once) => setAutostartLink(paths, name, autostart, once),
  };
}
