// One entry of the registry: libvirt's virDomainObj. It holds data and no decisions; `live` is there exactly while a QEMU process is, or is being made
// or ended. Who awaits must look again afterwards whether `live` is still the one it had (its startId).

import { virError } from '../../../common/errors.ts';
import type { Accelerator, DomainProblem, DomainReason, DomainState } from '../../../common/model/domain.ts';
import type { JobInfo } from '../../../common/model/job.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { type DomainFacts, factsOf } from '../../conf/domain-facts.ts';
import type { Companion } from '../../qemu/companion-process.ts';
import type { QemuProcess } from '../../qemu/process.ts';
import type { BlockJobStatus, DumpingStatus, RestoringStatus, SavingStatus } from '../../state/status-files.ts';
import type { LiveAgent } from '../agent/live-agent.ts';
import type { SerialHub } from '../consoles/serial-hub.ts';
import type { MonitorPort } from '../host/host-port.ts';
import type { RegistryEntry } from './domain-list.ts';

/** What a domain has only while it is active. */
export interface LiveDomain {
  readonly startId: string;
  readonly id: number;
  readonly startedAt: number;
  readonly accelerator: Accelerator;
  /** With aliases, paths and ports as QEMU got them. Changed with the devices (driver/devices). */
  def: DomainDef;
  readonly runtimeDir: string;
  readonly logPath: string;
  process: QemuProcess | undefined;
  /** The spawn that is under way, or was: whoever ends the run waits for it, or its QEMU would be nobody's. */
  spawning?: Promise<void> | undefined;
  /** The processes beside QEMU that its devices need; also one that has died meanwhile. */
  companions: readonly Companion[];
  /** Its TPM was made by this start, or was to be. */
  hasNewTpm?: boolean | undefined;
  /** Whether its TPM is kept at its end, where somebody said so when the definition went. */
  tpmAtEnd?: 'keep' | 'remove' | undefined;
  monitor: MonitorPort | undefined;
  /** Host thread ids of the virtual CPUs. */
  vcpuThreads: readonly number[];
  serials: readonly SerialHub[];
  /** Made with the first news of it (agent/agent-port.ts). */
  agent?: LiveAgent | undefined;
  phase: 'starting' | 'running' | 'stopping';
  /** A shutdown is under way that is to end in a reset: libvirt's fakeReboot. */
  isRebooting: boolean;
  /** Why we asked for the pause, or for the resume, that comes next: QEMU's event does not say. */
  pauseReason?: DomainReason | undefined;
  resumeReason?: DomainReason | undefined;
  /** The save that is under way: an engine that takes over must finish it or take it back. */
  saving?: SavingStatus | undefined;
  /** The saved file that the guest came from, until it is sure that nobody needs it any more. */
  restoring?: RestoringStatus | undefined;
  /** The dump that is under way: without it its temporary file is nobody's, and its guest stays paused. */
  dumping?: DumpingStatus | undefined;
  /** Filesystems are frozen, or may be: a freeze was asked for and no thaw has come since. */
  isFrozen?: boolean | undefined;
  /** Jobs of QEMU's on its disks, as recorded (driver/block). */
  blockJobs?: readonly BlockJobStatus[] | undefined;
  /** Its memory came from a saved file which is no longer there: it must not be ended for an error of ours. */
  isRestored?: boolean | undefined;
  /** Its watchdog ran out and is to power it off: QEMU ends without another word. */
  isWatchdogEnding?: boolean | undefined;
  /** The last disk error that stopped the guest. */
  ioError?: string | undefined;
  /** Why the process was told to end, so that its death is not taken for a crash. */
  isExpectedToEnd: boolean;
  /** Monitor events are handled one after the other. */
  events: Promise<void>;
  /** The attempt to end it that is under way: unlike `stopped` it rejects where that fails. */
  stopping?: Promise<void> | undefined;
  /** Resolves once nothing of this run is left. */
  readonly stopped: PromiseWithResolvers<void>;
}

/** A persistent domain whose definition is known to be as it was when it was last read. */
export interface UnreadDomain {
  readonly uuid: string;
  readonly name: string;
  readonly facts: DomainFacts;
  load(): DomainDef;
}

export class DomainObj implements RegistryEntry {
  readonly uuid: string;
  name: string;
  #def: DomainDef | undefined;
  readonly #load: (() => DomainDef) | undefined;
  #facts: DomainFacts | undefined;
  /** Which content of its file the definition is; undefined where that is not known. */
  fileStamp: string | undefined;
  isPersistent: boolean;
  isAutostart = false;
  isAutostartOnce = false;
  /** The next start restores the guest as it was saved. */
  hasManagedSave = false;
  /** `def` was changed since the running domain started from it. */
  hasNewDefinition = false;
  isRemoving = false;
  state: DomainState = 'shutoff';
  reason: DomainReason = 'unknown';
  live: LiveDomain | undefined;
  problem: DomainProblem | undefined;
  job: JobInfo | undefined;
  /** performance.now() */
  jobBegunAt = 0;
  completedJob: JobInfo | undefined;
  /** Status writes of this domain, one after the other. */
  statusWrites: Promise<void> = Promise.resolve();
  /** The one that is not begun yet. */
  nextStatus: { readonly live: LiveDomain; readonly write: Promise<void> } | undefined;

  constructor(init: { readonly uuid: string; readonly def: DomainDef; readonly isPersistent: boolean } | UnreadDomain) {
    this.uuid = init.uuid;
    this.isPersistent = 'def' in init ? init.isPersistent : true;
    this.name = 'def' in init ? init.def.name : init.name;
    this.#def = 'def' in init ? init.def : undefined;
    this.#load = 'def' in init ? undefined : init.load;
    this.#facts = 'def' in init ? undefined : init.facts;
  }

  /**
   * The stored definition of a persistent domain; of a transient one the definition that it was created from. Read from its file when it is first needed:
   * then it throws XML_ERROR where that was damaged meanwhile.
   */
  get def(): DomainDef {
    if (!this.#def && this.#load) {
      this.#def = this.#load();
      this.#facts = undefined;
    }
    if (!this.#def) throw virError('INTERNAL_ERROR', `domain '${this.name}' has no definition`);
    return this.#def;
  }

  set def(def: DomainDef) {
    this.#def = def;
    this.#facts = undefined;
    this.fileStamp = undefined;
  }

  /** What lists need of the definition; costs no reading of it. */
  get facts(): DomainFacts {
    this.#facts ??= factsOf(this.def);
    return this.#facts;
  }

  get isActive(): boolean {
    return this.live !== undefined;
  }

  get id(): number | undefined {
    return this.live?.id;
  }
}
