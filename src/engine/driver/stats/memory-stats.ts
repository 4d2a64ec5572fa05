// A guest's memory: what its balloon leaves it, and what its balloon driver tells of the inside (virsh: dommemstat). The driver tells only where QEMU asks it
// every few seconds, which is <stats period> in the definition.
import { z } from 'zod';
import type { MemoryStats } from '../../../common/model/endpoints.ts';
import { pause } from '../../util/deadline.ts';
import type { MonitorPort } from '../host/host-port.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';
import { type MeasureOptions, measure } from './measure.ts';
import { residentKiB } from './proc-stats.ts';

const guestStatsSchema = z.looseObject({
  stats: z.record(z.string(), z.number().nonnegative()),
  'last-update': z.number().nonnegative(),
});
type GuestStats = z.infer<typeof guestStatsSchema>;

/** A fact that the guest does not tell is all ones. */
const UNKNOWN = 2 ** 63;
export const POLLING = 'guest-stats-polling-interval';
/** For one look at a guest that is not asked regularly: how long it may take to answer, and how often that is looked for. */
const ONE_LOOK_MS = 500;
const LOOK_EVERY_MS = 20;

type Asked = Parameters<Parameters<typeof measure>[1]>[1];

/** Runs whose balloon was told to ask regularly. */
const polled = new WeakSet<LiveDomain>();

export function balloonPath({ def }: LiveDomain): string | undefined {
  const balloon = def.devices.memballoons.find(({ model }) => model !== 'none');
  return balloon?.alias && `/machine/peripheral/${balloon.alias.name}`;
}

const periodOf = ({ def }: LiveDomain): number => def.devices.memballoons[0]?.stats?.period ?? 0;

async function readGuest(monitor: MonitorPort, path: string, asked: Asked): Promise<GuestStats | undefined> {
  const reply = await monitor.execute('qom-get', { path, property: 'guest-stats' }, asked);
  return guestStatsSchema.safeParse(reply).data;
}

const setPolling = (monitor: MonitorPort, path: string, seconds: number, asked: Asked) =>
  monitor.execute('qom-set', { path, property: POLLING, value: seconds }, asked);

/** Asks the driver once, and stops asking: the guest of a definition without a period is left as it was. */
async function lookOnce(monitor: MonitorPort, path: string, asked: Asked): Promise<GuestStats | undefined> {
  const before = (await readGuest(monitor, path, asked))?.['last-update'] ?? 0;
  await setPolling(monitor, path, 1, asked);
  try {
    const end = performance.now() + ONE_LOOK_MS;
    let told = await readGuest(monitor, path, asked);
    while (told && told['last-update'] === before && performance.now() < end) {
      await pause(LOOK_EVERY_MS);
      told = await readGuest(monitor, path, asked);
    }
    return told;
  } finally {
    await setPolling(monitor, path, 0, asked);
  }
}

const kib = (bytes: number): number => Math.floor(bytes / 1024);
const same = (count: number): number => count;
const FACTS = [
  ['stat-swap-in', 'swapInKiB', kib],
  ['stat-swap-out', 'swapOutKiB', kib],
  ['stat-major-faults', 'majorFaults', same],
  ['stat-minor-faults', 'minorFaults', same],
  ['stat-free-memory', 'unusedKiB', kib],
  ['stat-total-memory', 'availableKiB', kib],
  ['stat-available-memory', 'usableKiB', kib],
  ['stat-disk-caches', 'diskCachesKiB', kib],
  ['stat-htlb-pgalloc', 'hugetlbAllocations', same],
  ['stat-htlb-pgfail', 'hugetlbFailures', same],
] as const satisfies readonly (readonly [string, keyof MemoryStats, (value: number) => number])[];

/** What the guest has told as the contract's shape; nothing where it never told. */
export function viewGuestStats(told: GuestStats | undefined): MemoryStats {
  if (!told || told['last-update'] === 0) return {};
  const facts = FACTS.flatMap(([from, to, convert]) => {
    const value = told.stats[from];
    return value === undefined || value >= UNKNOWN ? [] : [[to, convert(value)] as const];
  });
  return { ...Object.fromEntries(facts), lastUpdate: told['last-update'] };
}

export interface MemoryOptions extends MeasureOptions {
  /** Ask a guest that is not asked regularly. */
  readonly look?: boolean;
}

/** Undefined where QEMU does not answer. */
export async function memoryStats(live: LiveDomain, options: MemoryOptions = {}): Promise<MemoryStats | undefined> {
  const path = balloonPath(live);
  const pid = live.process?.identity.pid;
  const process: MemoryStats = pid === undefined ? {} : { residentKiB: residentKiB(pid) };
  if (path === undefined) return process;
  const told = await measure(
    live,
    async (monitor, asked) => {
      const { actual } = await monitor.execute('query-balloon', undefined, asked);
      const period = periodOf(live);
      if (period > 0 && !polled.has(live)) {
        await setPolling(monitor, path, period, asked);
        polled.add(live);
      }
      const guest =
        period > 0
          ? await readGuest(monitor, path, asked)
          : options.look
            ? await lookOnce(monitor, path, asked)
            : undefined;
      return { actualKiB: kib(actual), ...viewGuestStats(guest) };
    },
    options,
  );
  return told && { ...told, ...process };
}
