// Scale: 10,000 definitions (load, list, memory), 200 guests at once, and a queue of 10,000 commands from 50 clients.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectClient, resolvePaths } from '../../src/engine/client.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { median, reportBudget } from './report.ts';

const CLI = fileURLToPath(new URL('../../out/cli/index.mjs', import.meta.url));
const DEFINITIONS = Number(process.env.VIVARIUM_BENCH_DEFINITIONS ?? 10_000);
const GUESTS = Number(process.env.VIVARIUM_BENCH_GUESTS ?? 200);
const CLIENTS = 50;
const COMMANDS = 10_000;

const dir = await mkdtemp(join(tmpdir(), 'vs-'));
const env = {
  PATH: process.env.PATH ?? '',
  HOME: join(dir, 'h'),
  XDG_RUNTIME_DIR: join(dir, 'r'),
  XDG_CACHE_HOME: join(dir, 'c'),
  VIVARIUM_IDLE_SECONDS: '600',
};
mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
const paths = resolvePaths(env);

/** Starts an engine; ms until it is ready. */
async function startEngine() {
  const begun = performance.now();
  const child = spawn(process.execPath, [CLI, 'engine', 'run'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { child, ms: performance.now() - begun };
}

const client = async () => {
  const found = await connectClient(paths.socket);
  if (!found) throw new Error('no engine');
  return found;
};

const rssMiB = (pid: number | undefined): number =>
  Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** A usual desktop machine's XML, as the engine itself stores it. */
async function storedXml(): Promise<string> {
  const { child } = await startEngine();
  const engine = await client();
  const devices = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${join(dir, 'none.qcow2')}'/><target dev='vda' bus='virtio'/></disk><interface type='user'><model type='virtio'/></interface><graphics type='vnc'/><video><model type='virtio'/></video><serial type='pty'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;
  await engine.call('domain.define', { xml: tinyDomain({ name: 'template', memoryMiB: 1024, devices }) });
  const { xml } = await engine.call('domain.dumpxml', { domain: 'template' });
  await engine.call('domain.undefine', { domain: 'template' });
  engine.dispose();
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  return xml;
}

async function benchDefinitions(): Promise<void> {
  const xml = await storedXml();
  const empty = await startEngine();
  empty.child.kill('SIGTERM');
  await new Promise((resolve) => empty.child.once('exit', resolve));
  await mkdir(paths.definitionDir, { recursive: true });
  for (let index = 0; index < DEFINITIONS; index += 1) {
    const uuid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const own = xml.replace('>template<', `>machine-${index}<`).replace(/<uuid>.*<\/uuid>/, `<uuid>${uuid}</uuid>`);
    await writeFile(join(paths.definitionDir, `machine-${index}.xml`), own);
  }
  const first = await startEngine();
  const loadBudget = 2_000 * (DEFINITIONS / 10_000);
  reportBudget(`load ${DEFINITIONS} definitions, all of them new`, first.ms - empty.ms, loadBudget, 'ms');
  reportBudget('memory of the engine', rssMiB(first.child.pid), 400, 'MiB');
  first.child.kill('SIGTERM');
  await new Promise((resolve) => first.child.once('exit', resolve));
  const { child, ms } = await startEngine();
  reportBudget(`load ${DEFINITIONS} definitions`, ms - empty.ms, loadBudget, 'ms');
  const engine = await client();
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const begun = performance.now();
    const { domains } = await engine.call('domain.list', {});
    times.push(performance.now() - begun);
    if (domains.length !== DEFINITIONS) throw new Error(`it knows ${domains.length}`);
  }
  reportBudget(`list them`, median(times), 50, 'ms');
  reportBudget('memory of the engine', rssMiB(child.pid), 400, 'MiB');
  await benchQueue();
  engine.dispose();
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  await rm(paths.definitionDir, { recursive: true });
}

/** 50 clients give 10,000 commands at once; each must be answered, those of one domain in order. */
async function benchQueue(): Promise<void> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, client));
  const begun = performance.now();
  const spans = await Promise.all(
    clients.map(async (one, who) => {
      for (let round = 0; round < COMMANDS / CLIENTS; round += 1)
        await one.call('domain.setAutostart', {
          domain: `machine-${(who * 7 + round) % 100}`,
          autostart: round % 2 === 0,
        });
      return performance.now() - begun;
    }),
  );
  const total = Math.max(...spans);
  reportBudget(
    `${COMMANDS} commands of ${CLIENTS} clients: first client done ÷ last`,
    total / Math.min(...spans),
    1.5,
    '×',
  );
  console.log(`    ${Math.round(COMMANDS / (total / 1000))} commands a second, each of them on disk`);
  for (const one of clients) one.dispose();
}

async function benchGuests(): Promise<void> {
  const { child } = await startEngine();
  const engine = await client();
  const begun = performance.now();
  const names = Array.from({ length: GUESTS }, (_, index) => `g${index}`);
  await Promise.all(
    names.map((name) => engine.call('domain.create', { xml: tinyDomain({ name, memoryMiB: 2 }), paused: true })),
  );
  console.log(`    ${GUESTS} guests started in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const at = performance.now();
    await engine.call('domain.list', {});
    times.push(performance.now() - at);
  }
  reportBudget(`list with ${GUESTS} running guests`, median(times), 50, 'ms');
  reportBudget('memory of the engine', rssMiB(child.pid), 400, 'MiB');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const next = await startEngine();
  console.log(`    ${GUESTS} guests taken over in ${(next.ms / 1000).toFixed(1)} s`);
  const again = await client();
  const { domains } = await again.call('domain.list', {});
  if (domains.filter(({ isActive }) => isActive).length !== GUESTS) throw new Error('guests were lost');
  await Promise.all(names.map((name) => again.call('domain.destroy', { domain: name })));
  engine.dispose();
  again.dispose();
  next.child.kill('SIGTERM');
  await new Promise((resolve) => next.child.once('exit', resolve));
}

try {
  await benchDefinitions();
  await benchGuests();
} finally {
  spawnSync('pkill', ['-KILL', '-f', dir]); // what a failure above has left
  await rm(dir, { recursive: true, force: true });
}
