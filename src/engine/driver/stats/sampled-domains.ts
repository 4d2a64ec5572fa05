// The running domains as the sampler sees them.

import type { DriverContext } from '../context.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';
import { totalCounters } from './block-stats.ts';
import { allInterfaceStats } from './interface-stats.ts';
import type { Counters } from './stats-rates.ts';
import type { SampledDomain } from './stats-sampler.ts';

async function readCounters(live: LiveDomain): Promise<Partial<Counters>> {
  const disks = live.def.devices.disks.length > 0 ? await totalCounters(live, {}) : undefined;
  const devices = allInterfaceStats(live);
  if (devices.length === 0) return disks ?? {};
  const sum = (pick: (device: (typeof devices)[number]) => number) =>
    devices.reduce((total, device) => total + pick(device), 0);
  return { ...disks, rxBytes: sum(({ rxBytes }) => rxBytes), txBytes: sum(({ txBytes }) => txBytes) };
}

export const sampledDomains = (context: DriverContext): readonly SampledDomain[] =>
  context.list
    .values()
    .flatMap(({ uuid, live }) =>
      live?.process && live.phase === 'running'
        ? [{ uuid, pid: live.process.identity.pid, vcpuThreads: live.vcpuThreads, counters: () => readCounters(live) }]
        : [],
    );
