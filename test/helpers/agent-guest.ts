// A guest with a real qemu-ga: the demo guest with a second archive behind its initramfs, which holds Debian's qemu-ga and the libraries that it has on
// this host (QEMU needs the same ones). The kernel's command line says how its agent behaves: well, or as a hostile guest may.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildDemoGuest } from '../../src/engine/demo/build-demo-guest.ts';
import { type CpioEntry, writeCpio } from '../../src/engine/demo/cpio.ts';
import { START } from '../../src/engine/demo/demo-scripts.ts';

const GUESTS = resolve(process.env.VIVARIUM_GUESTS ?? '.cache/guests');
const QEMU_GA = join(GUESTS, 'qemu-guest-agent/usr/sbin/qemu-ga');

/** Why there is no such guest here, or undefined. */
export const agentGuestMissing = existsSync(QEMU_GA)
  ? undefined
  : 'qemu-guest-agent is not in .cache/guests; run node tools/guests.mjs';

/** well: qemu-ga. hang: opens the channel and never reads. flood: writes without end. lie: one and the same answer to every line. */
export type AgentManner = 'well' | 'hang' | 'flood' | 'lie';

const AGENT = `#!/bin/sh
port=
while [ -z "$port" ]; do
  for each in /sys/class/virtio-ports/*; do
    [ "$(cat "$each/name" 2>/dev/null)" = org.qemu.guest_agent.0 ] && port=/dev/\${each##*/}
  done
  [ -n "$port" ] || sleep 0.1
done
if [ -e /dev/vda ]; then mke2fs /dev/vda > /dev/null 2>&1; mkdir -p /data; mount -t ext4 /dev/vda /data; fi
case "$(cat /proc/cmdline)" in
  *agent=hang*) exec 3<>"$port"; exec sleep 1000000 ;;
  *agent=flood*) exec yes '{"return": 1}' > "$port" ;;
  *agent=lie*) exec 3<>"$port"; while read -r line <&3; do echo '{"return": 1}' >&3; done ;;
esac
exec /usr/sbin/qemu-ga -m virtio-serial -p "$port" -t /run -f /run/qemu-ga.pid
`;

const directory = (path: string): CpioEntry => ({ kind: 'directory', path });
const file = (path: string, data: Buffer | string): CpioEntry => ({
  kind: 'file',
  path,
  mode: 0o755,
  data: Buffer.from(data),
});

function libraries(program: string): readonly CpioEntry[] {
  const paths = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+\.so\S*/g) ?? [];
  return paths.map((path) =>
    file(path.startsWith('/lib64/') ? path.slice(1) : `lib/${path.split('/').at(-1)}`, readFileSync(path)),
  );
}

export interface AgentGuest {
  readonly dir: string;
  xml(options: { readonly name: string; readonly manner?: AgentManner; readonly devices?: string }): string;
}

/** Makes the initramfs, in a folder that its user removes. */
export async function makeAgentGuest(): Promise<AgentGuest> {
  const dir = mkdtempSync(join(tmpdir(), 'vg-'));
  const unpackedRoots = ['linux-image-cloud-amd64', 'busybox-static'].map((name) => join(GUESTS, name));
  const demo = await buildDemoGuest({ cacheDir: join(dir, 'cache'), unpackedRoots });
  const extra = writeCpio([
    directory('usr'),
    directory('usr/sbin'),
    directory('lib64'),
    file('usr/sbin/qemu-ga', readFileSync(QEMU_GA)),
    ...libraries(QEMU_GA),
    file('etc/start', `${START}/etc/agent &\n`),
    file('etc/agent', AGENT),
    // What qemu-ga runs for guest-shutdown.
    file('sbin/shutdown', '#!/bin/sh\ncase "$*" in *-r*) exec /bin/reboot ;; esac\nexec /bin/poweroff\n'),
  ]);
  const initrd = join(dir, 'initrd.img');
  writeFileSync(initrd, Buffer.concat([readFileSync(demo.initrd), gzipSync(extra)]));
  const disk = join(dir, 'disk.img');
  writeFileSync(disk, '');
  truncateSync(disk, 16 * 1024 * 1024);
  return {
    dir,
    xml: ({ name, manner = 'well', devices = '' }) => `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>192</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${demo.kernel}</kernel>
    <initrd>${initrd}</initrd>
    <cmdline>${demo.cmdline} agent=${manner}</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <serial type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/></interface>
    ${manner === 'well' ? `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${disk}'/><target dev='vda' bus='virtio'/></disk>` : ''}
    ${devices}
  </devices>
</domain>`,
  };
}
