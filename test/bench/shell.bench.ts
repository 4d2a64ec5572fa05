// Against virsh and libvirtd, through each tool's own shell, in turns in one run: start, define, list, dumpxml, domxml-to-native, and the reading of 1,000 definitions at
// the start of the daemon and of the engine. Needs qemu:///system. Budgets: a start in a fifth of virsh's time, everything else in no more than it.
// libvirtd is restarted for the last figure only where VIVARIUM_BENCH_RESTART_LIBVIRTD=1.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { CLI, Sandbox } from '../helpers/sandbox.ts';
import { ShellPeer } from '../helpers/shell-peer.ts';
import { median, report } from './report.ts';

const URI = ['-c', 'qemu:///system'];
const COUNT = 1000;
const STARTS = 9;
const ROUNDS = 7;
/** For those of virsh's figures that take long: so many at once. */
const BATCH = 100;
const PREFIX = 'bench-shell';
/** What a typical machine has; no graphics, whose port libvirtd would have to find. */
const DEVICES = `<emulator>/usr/bin/qemu-system-x86_64</emulator><serial type='pty'/><video><model type='vga'/></video><interface type='user'><model type='virtio'/></interface><controller type='usb' model='qemu-xhci'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;

const probe = spawnSync('virsh', [...URI, 'version'], { encoding: 'utf8', timeout: 10_000 });
if (probe.status !== 0) {
  console.log('skipped: there is no libvirtd (qemu:///system) on this host to measure against');
  process.exit(0);
}
console.log(probe.stdout.trim().split('\n').at(-1));

// On a disk, as libvirtd's definitions are: /tmp may be memory. In the root itself, which ext4 spreads over the disk: it makes files at a twentieth of its speed where
// others were removed in the last half minute, as tests and this bench do.
process.env.TMPDIR = process.getuid?.() === 0 ? '/' : '/var/tmp';
const sandbox = await Sandbox.make({ VIVARIUM_IDLE_SECONDS: '600' });
const virsh = new ShellPeer('virsh', ['-q', ...URI], process.env);
const ours = new ShellPeer(process.execPath, [CLI, '-q'], sandbox.env);
const peers = { ours, virsh } as const;
type Times = Record<keyof typeof peers, number>;
const names = Array.from({ length: COUNT }, (_, index) => `${PREFIX}-${index}`);
const files = names.map((name) => sandbox.path(`${name}.xml`));

/** Medians of `rounds` turns. */
async function inTurns(rounds: number, lines: readonly string[], after: readonly string[] = []): Promise<Times> {
  const times: Record<keyof typeof peers, number[]> = { ours: [], virsh: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['ours', 'virsh'] as const) {
      times[name].push(await peers[name].time(...lines));
      if (after.length > 0) await peers[name].time(...after);
    }
  }
  return { ours: median(times.ours), virsh: median(times.virsh) };
}

const tell = (what: string, times: Times, budget: number, per = 1): void =>
  report(what, { ours: times.ours / per, floor: times.virsh / per, unit: 'ms', floorName: 'virsh', budget });

async function untilListed(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  for (;;) {
    const { stdout } = spawnSync(command, args, { env, encoding: 'utf8' });
    if ((stdout.match(new RegExp(`^${PREFIX}-`, 'gm')) ?? []).length === COUNT) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** From the start of the daemon, or of the engine, until it lists all definitions. */
async function timeLoad(): Promise<Times> {
  await ours.run('engine stop');
  await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
  let begun = performance.now();
  await untilListed(process.execPath, [CLI, 'list', '--all', '--name'], sandbox.env as NodeJS.ProcessEnv);
  const own = performance.now() - begun;
  const pid = Number(readFileSync('/run/libvirtd.pid', 'utf8'));
  process.kill(pid, 'SIGTERM');
  await sandbox.until(() => spawnSync('kill', ['-0', String(pid)]).status !== 0, 'libvirtd’s end');
  begun = performance.now();
  spawn('libvirtd', ['-d'], { stdio: 'ignore', detached: true }).unref();
  await untilListed('virsh', [...URI, 'list', '--all', '--name'], process.env);
  return { ours: own, virsh: performance.now() - begun };
}

try {
  names.forEach((name, index) => {
    writeFileSync(files[index] ?? '', tinyDomain({ name, memoryMiB: 64, devices: DEVICES }));
  });
  const name = `${PREFIX}-started`;
  const file = sandbox.path('started.xml');
  writeFileSync(file, tinyDomain({ name, memoryMiB: 64, devices: DEVICES }));
  for (const peer of [ours, virsh]) await peer.time(`define ${file}`, `start ${name}`, `destroy ${name}`); // probes, caches
  tell('start', await inTurns(STARTS, [`start ${name}`], [`destroy ${name}`]), 0.2);
  for (const peer of [ours, virsh]) await peer.time(`undefine ${name}`);
  tell(
    `define ${COUNT}`,
    await inTurns(
      1,
      files.map((path) => `define ${path}`),
    ),
    1,
  );
  tell(`list of ${COUNT}`, await inTurns(ROUNDS, ['list --all']), 1);
  tell(
    'dumpxml',
    await inTurns(
      ROUNDS,
      names.slice(0, BATCH).map((one) => `dumpxml ${one}`),
    ),
    1,
    BATCH,
  );
  const native = files.slice(0, BATCH).map((path) => `domxml-to-native qemu-argv --xml ${path}`);
  tell('domxml-to-native', await inTurns(3, native), 1, BATCH);
  if (process.env.VIVARIUM_BENCH_RESTART_LIBVIRTD === '1') tell(`load of ${COUNT}`, await timeLoad(), 1);
  else console.log('load: skipped; VIVARIUM_BENCH_RESTART_LIBVIRTD=1 lets it restart libvirtd');
} finally {
  // What is left of an interrupted run goes too.
  const left = spawnSync('virsh', [...URI, 'list', '--all', '--name'], { encoding: 'utf8' }).stdout.split('\n');
  const cleaner = new ShellPeer('virsh', ['-q', ...URI], process.env);
  await cleaner.run(
    ...left.filter((one) => one.startsWith(PREFIX)).flatMap((one) => [`destroy ${one}`, `undefine ${one}`]),
  );
  await Promise.all([cleaner.close(), ours.close(), virsh.close()]);
  await sandbox[Symbol.asyncDispose]();
}
