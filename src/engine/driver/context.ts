// What the verbs work with. Made once by the engine; tests make their own.
import type { Emitter } from '../../common/base/emitter.ts';
import type { BrokenFile, DomainSummary } from '../../common/model/domain.ts';
import type { DomainMonitorEvent } from '../../common/model/event.ts';
import type { AcceleratorFinding } from '../qemu/accelerator.ts';
import type { QemuCapabilities } from '../qemu/def/capabilities.ts';
import type { FirmwareDescriptor } from '../qemu/def/firmware-descriptor.ts';
import type { EnginePaths } from '../state/paths.ts';
import type { Log } from '../util/log.ts';
import type { HostPort } from './host/host-port.ts';
import type { Systems } from './host/systems.ts';
import type { CommandQueue } from './jobs/command-queue.ts';
import type { DomainList } from './registry/domain-list.ts';
import type { DomainObj } from './registry/domain-obj.ts';
import type { EventLog } from './registry/event-log.ts';

export interface DriverContext {
  readonly paths: EnginePaths;
  readonly log: Log;
  readonly host: HostPort;
  readonly list: DomainList<DomainObj>;
  readonly queue: CommandQueue;
  readonly events: EventLog;
  /** QEMU's events as they come, for whoever wants them raw. */
  readonly monitorEvents: Emitter<DomainMonitorEvent>;
  /** Runs that could not be taken over though a process of theirs is there, by UUID: no second one may be started beside it. */
  readonly unadopted: Map<string, string>;
  /** Definition files that could not be read, by path. */
  readonly broken: Map<string, BrokenFile>;
  /** Capabilities of an emulator, from the cache or a probe. Throws NO_SUPPORT where it can't be run. */
  capabilities(emulator: string): Promise<QemuCapabilities>;
  /** UEFI firmwares of this host, best first. */
  firmwares(): Promise<readonly FirmwareDescriptor[]>;
  accelerator: {
    /** Whether KVM runs a guest here; tested once. */
    find(): Promise<AcceleratorFinding>;
    /** A running guest died of KVM: from now on guests run under TCG, with this reason. */
    reportKvmFailure(reason: string): void;
  };
  readonly systems: Systems;
  /** The next running id. */
  nextId(): number;
  /** The entry as clients see it. */
  summarize(obj: DomainObj): DomainSummary;
  readonly now: () => number;
}
