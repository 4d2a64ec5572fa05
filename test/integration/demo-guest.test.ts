// The demo guest in a real QEMU under software emulation: it must come up by itself and obey the power button.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDemoGuest, type DemoGuest } from '../../src/engine/demo/build-demo-guest.ts';
import { DEMO_READY } from '../../src/engine/demo/demo-scripts.ts';

const GUESTS = resolve(process.env.VIVARIUM_GUESTS ?? '.cache/guests');
const unpackedRoots = ['linux-image-cloud-amd64', 'busybox-static'].map((name) => join(GUESTS, name));

let dir: string;
let guest: DemoGuest;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vivarium-demo-'));
  guest = await buildDemoGuest({ cacheDir: dir, unpackedRoots });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Starts QEMU with the guest; `output` grows with its serial line. */
function boot(machine: string) {
  const qmp = join(dir, `${machine}.qmp`);
  const args = ['-M', machine, '-accel', 'tcg', '-m', '128', '-nodefaults', '-display', 'none', '-device', 'VGA'];
  const direct = ['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', guest.cmdline];
  const io = ['-serial', 'stdio', '-qmp', `unix:${qmp},server=on,wait=off`];
  const child = execa('qemu-system-x86_64', [...args, ...direct, ...io], { timeout: 90_000, buffer: false });
  let text = '';
  let at = 0;
  const seen = (wanted: string) =>
    new Promise<void>((found) => {
      const look = () => {
        const index = text.indexOf(wanted, at);
        if (index < 0) return;
        at = index + wanted.length;
        child.stdout.off('data', look);
        found();
      };
      child.stdout.on('data', look);
      look();
    });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { child, qmp, seen };
}

describe('the demo guest', () => {
  it.each(['q35', 'pc'])('boots on %s to a shell that answers, and powers off by ACPI', async (machine) => {
    const { child, qmp, seen } = boot(machine);
    await seen(DEMO_READY);
    await seen('demo:~# ');
    child.stdin.write('echo $((6 * 7))$(hostname)\n');
    await seen('42demo');
    const socket = connect(qmp);
    socket.write('{"execute":"qmp_capabilities"}{"execute":"system_powerdown"}');
    await seen('The power button was pressed.');
    expect((await child).exitCode).toBe(0);
    socket.destroy();
  });

  it('is there at once the second time, and for two who build it at the same time', async () => {
    expect(await buildDemoGuest({ cacheDir: dir })).toEqual(guest);
    const cacheDir = join(dir, 'both');
    const [one, other] = await Promise.all([
      buildDemoGuest({ cacheDir, unpackedRoots }),
      buildDemoGuest({ cacheDir, unpackedRoots }),
    ]);
    expect(one).toEqual(other);
  });
});
