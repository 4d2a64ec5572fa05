// What a domain has used since its start, for scripts: /proc for processor and memory of the process, QEMU for balloon and disks, /sys for network devices.
// Live graphs have their own sampler (stats-sampler.ts).
import type { DomainStats, StatsGroup } from '../../../common/model/endpoints.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { enabledVcpus } from '../../conf/vcpu-list.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { liveBlockStats } from './block-stats.ts';
import { dirtyRateOf } from './dirty-rate.ts';
import { allInterfaceStats } from './interface-stats.ts';
import { iothreadStats } from './iothread-stats.ts';
import { MEASURE_TIMEOUT_MS } from './measure.ts';
import { memoryStats } from './memory-stats.ts';
import { cpuStats, lastCpu, residentKiB, threadTimes } from './proc-stats.ts';

export interface StatsOptions {
  /** All where absent. */
  readonly groups?: readonly StatsGroup[] | undefined;
  readonly nowait?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const NOWAIT_TIMEOUT_MS = MEASURE_TIMEOUT_MS / 5;

function processStats(pid: number, threads: readonly number[], def: DomainDef): DomainStats['live'] {
  const enabled = enabledVcpus(def);
  const times = threads.map((thread) => threadTimes(pid, thread));
  return {
    ...cpuStats(pid),
    residentKiB: residentKiB(pid),
    // Between a change and its record, one of the two is ahead.
    vcpuIds: enabled.length === threads.length ? [...enabled] : threads.map((_, index) => index),
    vcpuCpus: threads.map((thread) => lastCpu(pid, thread)),
    vcpuTimesNs: times.map(({ runNs }) => runNs),
    vcpuWaitsNs: times.map(({ waitNs }) => waitNs),
  };
}

/** What QEMU and the host's network devices tell, of the groups that are wanted. */
async function deviceStats(live: LiveDomain, { groups, nowait, signal }: StatsOptions): Promise<Partial<DomainStats>> {
  const wants = (group: StatsGroup): boolean => groups === undefined || groups.includes(group);
  // All ask the same QEMU, one after the other, and share one deadline.
  const end = performance.now() + (nowait ? NOWAIT_TIMEOUT_MS : MEASURE_TIMEOUT_MS);
  const left = () => ({ signal, timeoutMs: Math.max(1, end - performance.now()) });
  const balloon = wants('balloon') ? await memoryStats(live, left()) : undefined;
  const blocks = wants('block') && live.def.devices.disks.length > 0 ? await liveBlockStats(live, left()) : [];
  const iothreads = wants('iothread') ? await iothreadStats(live, left()) : [];
  const wantsRate = groups?.includes('dirtyrate') === true;
  const dirtyRate = wantsRate ? await dirtyRateOf(live, left()) : undefined;
  const isIncomplete =
    (wants('balloon') && !balloon) || blocks === undefined || !iothreads || (wantsRate && !dirtyRate);
  return {
    ...(balloon ? { balloon } : {}),
    ...(wants('block') && blocks ? { blocks } : {}),
    ...(iothreads && iothreads.length > 0 ? { iothreads } : {}),
    ...(dirtyRate ? { dirtyRate } : {}),
    ...(wants('interface') ? { interfaces: allInterfaceStats(live) } : {}),
    ...(isIncomplete ? { isIncomplete } : {}),
  };
}

/** Never rejects for what one QEMU does: what it does not tell in time is left out. */
export async function domainStats(obj: DomainObj, options: StatsOptions = {}): Promise<DomainStats> {
  const { live } = obj;
  const def = live?.def ?? obj.def;
  const maxMemoryKiB = def.memory?.kib ?? 0;
  const maxVcpus = def.vcpu?.max ?? 1;
  const pid = live?.process?.identity.pid;
  const devices = live ? await deviceStats(live, options) : {};
  return {
    uuid: obj.uuid,
    name: obj.name,
    state: obj.state,
    reason: obj.reason,
    memoryKiB: def.currentMemory ?? maxMemoryKiB,
    maxMemoryKiB,
    vcpus: def.vcpu?.current ?? maxVcpus,
    maxVcpus,
    ...(live && pid !== undefined ? { live: processStats(pid, live.vcpuThreads, def) } : {}),
    ...devices,
  };
}
