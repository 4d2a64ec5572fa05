// What it costs to watch many running guests: the engine's processor time while one client listens to their usage, and while nobody does. Budget: 5 % of a
// core for 100 guests. GUESTS says how many; they are paused in their firmware, so that the host's time is ours.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventData, Input, Output, ParsedInput, ProcedureName } from '../../src/common/contract/procedures.ts';
import { createEngine } from '../../src/engine/index.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { report } from './report.ts';

const GUESTS = Number(process.env.GUESTS ?? 100);
const SECONDS = 10;
/** Of a core. */
const BUDGET_PERCENT = 5;
const AT_ONCE = 4;

const dir = await mkdtemp(join(tmpdir(), 'vb-'));
const door = await createEngine({
  shell: 'background',
  version: 'bench',
  onStopRequest: () => undefined,
  env: { HOME: dir, XDG_RUNTIME_DIR: dir },
});
const { signal } = new AbortController();
const call = <N extends ProcedureName>(procedure: N, input: Input<N>): Promise<Output<N>> =>
  door.handler.call(procedure, input as ParsedInput<N>, { signal });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function inTurns(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** This process's share of a core over some seconds, in percent. */
async function share(): Promise<number> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await pause(SECONDS * 1000);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1000 / (performance.now() - begun)) * 100;
}

const tell = (what: string, ours: number): void =>
  report(`${GUESTS} guests, ${what}`, {
    ours,
    floor: BUDGET_PERCENT,
    unit: '% of a core',
    floorName: 'allowed',
    budget: 1,
  });

try {
  const device = `<memballoon model='none'/>`;
  await inTurns(GUESTS, (index) =>
    call('domain.create', { xml: tinyDomain({ name: `g${index}`, memoryMiB: 4, devices: device }), paused: true }),
  );
  await pause(2_000);
  tell('nobody listens', await share());
  let bytes = 0;
  let rounds = 0;
  const subscription = door.handler.subscribe('stats', (data: EventData<'stats'>) => {
    // As a transport does for its client.
    bytes += JSON.stringify(data).length;
    rounds += 1;
  });
  await pause(2_000);
  const before = { bytes, rounds };
  tell('one client listens', await share());
  console.log(
    `  in ${rounds - before.rounds} rounds of ${Math.round((bytes - before.bytes) / 1024 / (rounds - before.rounds))} KiB`,
  );
  const begun = performance.now();
  const { domains } = await call('domain.stats', {});
  console.log(`  domain.stats of ${domains.length} domains: ${(performance.now() - begun).toFixed(0)} ms`);
  subscription.dispose();
} finally {
  const { domains } = await call('domain.list', {});
  await inTurns(domains.length, (index) => call('domain.destroy', { domain: domains[index]?.uuid ?? '' }));
  await door.close();
  await rm(dir, { recursive: true, force: true });
}
