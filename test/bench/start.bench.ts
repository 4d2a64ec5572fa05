// Command to QMP `running`, against QEMU's own spawn-to-QMP time: the same emulator with the same arguments, in the same run, taken in turns. Budget: ≤ 2 ×.
// Where libvirt is installed, `virsh start` of the same guest stands beside it.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type EngineDoor } from '../../src/engine/index.ts';
import { Monitor } from '../../src/engine/qemu/monitor.ts';
import { killQemu, spawnQemu } from '../../src/engine/qemu/process.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { median, report } from './report.ts';

const ROUNDS = 15;
const DEVICES = `<serial type='pty'/><graphics type='vnc'/><video><model type='vga'/></video><interface type='user'><model type='virtio'/></interface><controller type='usb' model='qemu-xhci'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;

const signal = new AbortController().signal;
const call = (door: EngineDoor, procedure: 'domain.start' | 'domain.destroy') =>
  door.handler.call(procedure, { domain: 'bench' }, { signal });

async function timeStart(door: EngineDoor): Promise<number> {
  const begun = performance.now();
  await call(door, 'domain.start');
  return performance.now() - begun;
}

/** Spawn, greeting, capabilities, query-status, cont: what no manager can do without. */
async function timeQemu(argv: readonly string[], dir: string): Promise<number> {
  const monitorPath = join(dir, 'm');
  const begun = performance.now();
  const qemu = await spawnQemu({ argv, startId: 'bench', monitorPath, logPath: join(dir, 'log') });
  const monitor = await Monitor.open({ path: monitorPath, timeoutMs: 30_000 });
  await monitor.execute('cont');
  const took = performance.now() - begun;
  monitor.close();
  await killQemu(qemu.identity);
  return took;
}

const dir = await mkdtemp(join(tmpdir(), 'vb-'));
const door = await createEngine({
  shell: 'background',
  version: 'bench',
  onStopRequest: () => undefined,
  env: { HOME: dir, XDG_RUNTIME_DIR: dir },
});
try {
  const xml = tinyDomain({ name: 'bench', memoryMiB: 64, devices: DEVICES });
  await door.handler.call('domain.define', { xml }, { signal });
  // The first start probes the emulator and warms caches; it is not what a person feels each time.
  await timeStart(door);
  const { pid } = await door.handler.call('domain.lookup', { domain: 'bench' }, { signal });
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  await call(door, 'domain.destroy');
  const floorDir = join(dir, 'floor');
  await mkdir(floorDir);
  // The folder of the guest's own sockets, which the engine makes for its starts.
  const socketDir = join(dir, 'vivarium/d', argv.join(' ').match(/vivarium\/d\/([0-9a-f]+)\//)?.[1] ?? '');
  const ours: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await timeStart(door));
    await call(door, 'domain.destroy');
    await mkdir(socketDir, { recursive: true });
    floor.push(await timeQemu(argv, floorDir));
    await rm(socketDir, { recursive: true, force: true });
  }
  report('start a guest: command to QMP running', {
    ours: median(ours),
    floor: median(floor),
    unit: 'ms',
    floorName: 'QEMU spawn to QMP',
    budget: 2,
  });
} finally {
  await door.close();
  await rm(dir, { recursive: true, force: true });
}
