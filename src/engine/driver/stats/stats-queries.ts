// Look-ups of what domains use.
import { virError } from '../../../common/errors.ts';
import type { InterfaceStats } from '../../../common/model/endpoints.ts';
import { requireLive } from '../actions.ts';
import type { DriverContext } from '../context.ts';
import type { Verbs } from '../jobs/on-domain.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { blockErrors, blockInfo, blockStats } from './block-stats.ts';
import { domainStats } from './domain-stats.ts';
import { hostDevices } from './interface-stats.ts';
import { memoryStats } from './memory-stats.ts';
import { cpuStats } from './proc-stats.ts';
import { SAMPLE_MS, type StatsSampler } from './stats-sampler.ts';

export function createStatsQueries(context: DriverContext): Verbs {
  const running = (input: { readonly domain: string }) => {
    const obj = context.list.lookup(input.domain);
    return { obj, live: requireLive(obj).live };
  };
  return {
    'domain.stats': async ({ domains, groups, nowait }, { signal }) => {
      const chosen = domains?.map((name) => context.list.lookup(name)) ?? context.list.values();
      return { domains: await Promise.all(chosen.map((obj) => domainStats(obj, { groups, nowait, signal }))) };
    },
    'domain.memoryStats': async (input, { signal }) => {
      const { obj, live } = running(input);
      const told = await memoryStats(live, { signal, look: true });
      if (told) return told;
      throw virError(
        'OPERATION_TIMEOUT',
        `QEMU of domain '${obj.name}' does not tell of its memory; force it off if it hangs`,
      );
    },
    'domain.cpuStats': async (input) => {
      const { obj, live } = running(input);
      if (!live.process) throw virError('OPERATION_INVALID', `domain '${obj.name}' is not running; start it first`);
      return cpuStats(live.process.identity.pid);
    },
    'domain.blockStats': (input, { signal }) => {
      const { obj, live } = running(input);
      return blockStats(obj, live, input.target, signal);
    },
    'domain.blockInfo': async ({ domain, target }, { signal }) => ({
      blocks: await blockInfo(context.list.lookup(domain), target, signal),
    }),
    'domain.blockErrors': async (input, { signal }) => {
      const { obj, live } = running(input);
      return { errors: await blockErrors(obj, live, signal) };
    },
    'domain.interfaceStats': async (input) => oneInterface(running(input), input.interface),
  };
}

/** Apart, because the sampler is the engine's own and in no context. */
export const createHistoryQuery = (context: DriverContext, sampler: StatsSampler): Verbs => ({
  'domain.statsHistory': async ({ domain }) => ({
    intervalMs: SAMPLE_MS,
    samples: [...sampler.watch(context.list.lookup(domain).uuid)],
  }),
});

/** By the host device's name or the MAC. Throws INVALID_ARG, DEVICE_MISSING where the host has no device for it. */
function oneInterface({ obj, live }: { obj: DomainObj; live: LiveDomain }, wanted: string): InterfaceStats {
  const found = hostDevices(live).find(
    ({ device, name }) => name === wanted || device.mac?.address?.toLowerCase() === wanted.toLowerCase(),
  );
  if (!found)
    throw virError('INVALID_ARG', `domain '${obj.name}' has no interface '${wanted}'; name its host device or its MAC`);
  if (found.stats) return found.stats;
  throw virError(
    'DEVICE_MISSING',
    `the interface '${wanted}' of domain '${obj.name}' has no device on the host (type '${found.device.type}'), so nothing counts there; ask the guest agent`,
  );
}
