// Devices that come and go while a real QEMU runs, under TCG: with a Linux in it that sees them, and with none that could let go of anything.
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { Monitor } from '../../src/engine/qemu/monitor.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';
import { EngineClient } from '../helpers/engine-client.ts';

const GUESTS = resolve(process.env.VIVARIUM_GUESTS ?? '.cache/guests');
const GRUB = join(GUESTS, 'grub-rescue-pc/usr/lib/grub-rescue/grub-rescue-cdrom.iso');
const MEMTEST = join(GUESTS, 'memtest86+/usr/lib/memtest86+/memtest86+x64.iso');

eachWithEngine();

const image = async (name: string, format = 'qcow2'): Promise<string> => {
  const path = sandbox.path(`${name}.${format}`);
  await execa('qemu-img', ['create', '-q', '-f', format, path, '16M']);
  return path;
};
const diskXml = (path: string, dev: string, bus = 'virtio', format = 'qcow2'): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${path}'/><target dev='${dev}' bus='${bus}'/></disk>`;
const nicXml = (mac: string): string =>
  `<interface type='user'><mac address='${mac}'/><model type='virtio'/></interface>`;
const PORTS = "<controller type='pci' model='pcie-root-port'/>".repeat(10);
const domain = 'web';

/** A running domain without a system in it. */
async function startBare(devices = ''): Promise<void> {
  const drive = `<disk type='file' device='cdrom'><source file='${GRUB}'/><target dev='sda' bus='sata'/></disk>`;
  const more = `${PORTS}<controller type='usb' model='qemu-xhci'/><controller type='scsi' model='virtio-scsi'/><controller type='virtio-serial'/>`;
  await client.call('domain.define', { xml: tinyDomain({ name: domain, devices: `${more}${drive}${devices}` }) });
  await client.call('domain.start', { domain });
}

const targets = (xml: string): string[] => [...xml.matchAll(/<target dev='(\w+)'/g)].map(([, dev]) => dev ?? '');

describe('a guest with a system', () => {
  it('sees a disk and a card come and go, lets go of them at once, and finds its cable pulled', async () => {
    expect((await sandbox.cli('install', '--demo', '--name', 'demo')).stderr).toBe('');
    await client.call('domain.destroy', { domain: 'demo' });
    const roomy = (await client.xml('demo')).replace('</devices>', `${PORTS}</devices>`);
    await client.call('domain.define', { xml: roomy });
    await client.call('domain.start', { domain: 'demo' });
    using shell = await client.console('demo');
    await shell.ready();
    const disk = diskXml(await image('extra'), 'vdb');
    const card = nicXml('52:54:00:00:00:77');
    const before = await client.call('domain.pendingChanges', { domain: 'demo' });
    expect(before.changes.filter(({ device }) => device)).toEqual([]);

    await client.call('domain.attachDevice', { domain: 'demo', xml: disk });
    await shell.sees('cat /proc/partitions', / 16384 vda/);
    expect(await client.call('domain.attachDevice', { domain: 'demo', xml: card })).toMatchObject({ alias: 'net1' });
    await shell.sees('cat /sys/class/net/*/address', /52:54:00:00:00:77/);
    await shell.run('ip link set eth1 up');
    await shell.sees('cat /sys/class/net/eth1/carrier', /^1$/);
    await client.call('domain.setLink', { domain: 'demo', interface: '52:54:00:00:00:77', up: false });
    await shell.sees('cat /sys/class/net/eth1/carrier', /^0$/);

    // A guest under TCG on a busy machine may need more than libvirt's five seconds.
    const patient = { domain: 'demo', timeoutMs: 60_000 };
    expect(await client.call('domain.detachDevice', { ...patient, xml: disk })).toMatchObject({ state: 'done' });
    expect(await shell.run('cat /proc/partitions')).toBe('');
    expect(await client.call('domain.detachDeviceAlias', { ...patient, alias: 'net1' })).toMatchObject({
      state: 'done',
    });
    expect(await shell.run('ls /sys/class/net')).not.toContain('eth1');
    expect(
      (await client.call('domain.pendingChanges', { domain: 'demo' })).changes.filter(({ device }) => device),
    ).toEqual([]);
    // The image is let go of: another process can write it.
    await execa('qemu-img', ['resize', '-q', sandbox.path('extra.qcow2'), '32M']);
  });

  it('gives memory back to the balloon, and takes a processor', async () => {
    expect((await sandbox.cli('install', '--demo', '--name', 'demo')).stderr).toBe('');
    await client.call('domain.destroy', { domain: 'demo' });
    const two = (await client.xml('demo'))
      .replace(/<vcpu.*<\/vcpu>/, "<vcpu current='1'>2</vcpu>")
      .replace(/<topology[^>]*\/>/, '');
    await client.call('domain.define', { xml: two });
    await client.call('domain.start', { domain: 'demo' });
    using shell = await client.console('demo');
    await shell.ready();
    // The driver of the balloon is loaded behind the prompt.
    await shell.sees('ls /sys/bus/virtio/drivers/virtio_balloon', /virtio\d/);
    await client.call('domain.setMemory', { domain: 'demo', kib: 200 * 1024 });
    await client.hears('balloon-change', String(200 * 1024));
    expect(await client.xml('demo')).toContain(`<currentMemory unit='KiB'>${200 * 1024}</currentMemory>`);
    await client.call('domain.setVcpus', { domain: 'demo', count: 2 });
    await shell.sees('ls /sys/devices/system/cpu', /cpu1\b/);
    await shell.run('echo 1 > /sys/devices/system/cpu/cpu1/online');
    await shell.sees('nproc', /^2$/);
    expect(await client.code('domain.setVcpus', { domain: 'demo', count: 3 })).toBe('INVALID_ARG');
    // In software, QEMU would not long outlive one that goes.
    expect(await client.code('domain.setVcpus', { domain: 'demo', count: 1 })).toBe('CONFIG_UNSUPPORTED');
    expect(await client.xml('demo')).toContain("<vcpu placement='static'>2</vcpu>");
  });
});

describe('a guest that is saved', () => {
  it('has what was plugged into it when it is restored, and can let go of it', async () => {
    expect((await sandbox.cli('install', '--demo', '--name', 'demo')).stderr).toBe('');
    await client.call('domain.destroy', { domain: 'demo' });
    const roomy = (await client.xml('demo'))
      .replace(/<vcpu.*<\/vcpu>/, "<vcpu current='1'>2</vcpu>")
      .replace(/<topology[^>]*\/>/, '')
      .replace('</devices>', `${PORTS}</devices>`);
    await client.call('domain.define', { xml: roomy });
    await client.call('domain.start', { domain: 'demo' });
    using shell = await client.console('demo');
    await shell.ready();
    const disk = diskXml(await image('extra'), 'vdb');
    await client.call('domain.attachDevice', { domain: 'demo', xml: disk });
    await client.call('domain.attachDevice', { domain: 'demo', xml: nicXml('52:54:00:00:00:77') });
    await shell.sees('cat /proc/partitions', / 16384 vda/);
    // A disk's queues are counted by the processors of the start: a restore must begin with as few.
    await client.call('domain.setVcpus', { domain: 'demo', count: 2 });
    await shell.run('kept=from-before');
    await client.call('domain.managedSave', { domain: 'demo' });
    expect(await client.call('domain.start', { domain: 'demo' })).toMatchObject({ restored: true });
    using again = await client.console('demo');
    expect(await again.run('echo $kept; cat /proc/partitions; ls /sys/class/net')).toMatch(
      /^from-before[\s\S]* vda[\s\S]*eth1/,
    );
    const patient = { domain: 'demo', timeoutMs: 60_000 };
    expect(await client.call('domain.detachDevice', { ...patient, xml: disk })).toMatchObject({ state: 'done' });
    expect(await client.call('domain.detachDeviceAlias', { ...patient, alias: 'net1' })).toMatchObject({
      state: 'done',
    });
    await execa('qemu-img', ['resize', '-q', sandbox.path('extra.qcow2'), '32M']);
  });
});

describe('a disc that a guest has mounted', () => {
  it('stays in the drive, whose tray the guest has locked, until it is unmounted or force is used', async () => {
    expect((await sandbox.cli('install', '--demo', '--name', 'demo')).stderr).toBe('');
    await client.call('domain.destroy', { domain: 'demo' });
    const drive = `<disk type='file' device='cdrom'><source file='${GRUB}'/><target dev='sdb' bus='scsi'/></disk><controller type='scsi' model='virtio-scsi'/>`;
    await client.call('domain.define', { xml: (await client.xml('demo')).replace('</devices>', `${drive}</devices>`) });
    await client.call('domain.start', { domain: 'demo' });
    using shell = await client.console('demo');
    await shell.ready();
    await shell.sees('mkdir -p /mnt; mount -t iso9660 /dev/sr0 /mnt; ls /mnt', /boot/);
    const change = { domain: 'demo', target: 'sdb', source: MEMTEST };
    await expect(client.call('domain.changeMedia', change)).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      message: expect.stringMatching(/locked the tray.*--force/),
    });
    expect(await client.xml('demo')).toContain(GRUB);
    await client.call('domain.changeMedia', { ...change, force: true });
    expect(await client.xml('demo')).toContain(MEMTEST);
  });
});

describe('a guest without a system', () => {
  it('takes every kind that can be plugged in; what it would have to let go of is asked for, and is gone after a reset', async () => {
    const old = await image('old');
    await startBare(diskXml(old, 'sdd', 'scsi'));
    const attach = async (xml: string): Promise<string> =>
      (await client.call('domain.attachDevice', { domain, xml })).alias ?? '';
    const [a, b, c] = [await image('a'), await image('b'), await image('c')];
    const aliases = [
      await attach(diskXml(a, 'vdb')),
      await attach(diskXml(b, 'sdb', 'scsi')),
      await attach(diskXml(c, 'sdc', 'usb')),
      await attach(nicXml('52:54:00:00:00:01')),
      await attach("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"),
      await attach("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"),
      await attach("<serial type='pty'><target type='usb-serial'/></serial>"),
      await attach("<input type='tablet' bus='usb'/>"),
    ];
    expect(aliases).toEqual([
      'virtio-disk1',
      'scsi0-0-0-1',
      'usb-disk2',
      'net0',
      'rng0',
      'channel0',
      'serial0',
      'input2',
    ]);
    const asked = async (alias: string, timeoutMs: number): Promise<string> =>
      (await client.call('domain.detachDeviceAlias', { domain, alias, timeoutMs })).state;
    expect(await asked('virtio-disk1', 300)).toBe('asked');
    expect(targets(await client.xml(domain))).toContain('vdb');
    // USB and SCSI need no word of the guest's.
    for (const alias of ['usb-disk2', 'scsi0-0-0-1', 'scsi0-0-0-3', 'serial0', 'input2', 'channel0'])
      expect([alias, await asked(alias, 30_000)]).toEqual([alias, 'done']);
    await client.call('domain.reset', { domain });
    await client.hears('device-removed', 'virtio-disk1');
    expect(targets(await client.xml(domain))).toEqual(['sda']);
    for (const path of [old, a, b, c]) await execa('qemu-img', ['resize', '-q', path, '32M']);
  });

  it('is refused the same disk twice, and a disk that another one runs with', async () => {
    await startBare();
    const path = await image('a');
    await client.call('domain.attachDevice', { domain, xml: diskXml(path, 'vdb') });
    expect(await client.code('domain.attachDevice', { domain, xml: diskXml(path, 'vdc') })).toBe('RESOURCE_BUSY');
    await client.call('domain.define', { xml: tinyDomain({ name: 'other', devices: diskXml(path, 'vda') }) });
    expect(await client.code('domain.start', { domain: 'other' })).toBe('RESOURCE_BUSY');
  });

  it('is changed live, stored, or both, and what can’t be live is stored', async () => {
    await startBare();
    const [a, b, c] = [await image('a'), await image('b'), await image('c')];
    await client.call('domain.attachDevice', { domain, xml: diskXml(a, 'vdb'), config: true });
    expect([targets(await client.xml(domain)), targets(await client.xml(domain, true)).sort()]).toEqual([
      ['sda'],
      ['vdb', 'sda'].sort(),
    ]);
    await client.call('domain.attachDevice', { domain, xml: diskXml(b, 'vdc'), live: true, config: true });
    expect(targets(await client.xml(domain))).toEqual(['sda', 'vdc']);
    expect(targets(await client.xml(domain, true)).sort()).toEqual(['sda', 'vdb', 'vdc']);
    expect(await client.code('domain.attachDevice', { domain, xml: diskXml(c, 'sdd', 'sata') })).toBe(
      'CONFIG_UNSUPPORTED',
    );
    await client.call('domain.attachDevice', { domain, xml: diskXml(c, 'sdd', 'sata'), config: true });
    const { changes } = await client.call('domain.pendingChanges', { domain });
    expect(changes.map(({ field, kind }) => `${kind} ${field}`)).toEqual(
      expect.arrayContaining(['added devices.disk[vdb]', 'added devices.disk[sdd]']),
    );
    await client.call('domain.destroy', { domain });
    await client.call('domain.start', { domain });
    expect(targets(await client.xml(domain)).sort()).toEqual(['sda', 'sdd', 'vdb', 'vdc']);
  });

  it('keeps nothing of a device that QEMU refuses', async () => {
    await startBare();
    const path = sandbox.path('noise');
    await writeFile(path, Buffer.alloc(1024 * 1024, 'noise'));
    await expect(client.call('domain.attachDevice', { domain, xml: diskXml(path, 'vdb') })).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      message: expect.stringContaining('qcow2'),
    });
    expect(targets(await client.xml(domain))).toEqual(['sda']);
    // Were the file still open there, this would be refused by its lock.
    await client.call('domain.attachDevice', { domain, xml: diskXml(path, 'vdb', 'virtio', 'raw') });
    expect(targets(await client.xml(domain))).toEqual(['sda', 'vdb']);
  });

  it('starts with its processors that can go again, and without those that are switched off', async () => {
    const vcpus =
      "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='yes' hotpluggable='yes'/><vcpu id='2' enabled='no' hotpluggable='yes'/></vcpus>";
    const xml = tinyDomain({ name: domain, more: vcpus }).replace('<vcpu>1</vcpu>', "<vcpu current='2'>3</vcpu>");
    await client.call('domain.define', { xml });
    await client.call('domain.start', { domain });
    await client.call('domain.setVcpus', { domain, count: 3 });
    expect(await client.xml(domain)).toContain('>3</vcpu>');
    expect(await client.code('domain.setVcpus', { domain, count: 4 })).toBe('INVALID_ARG');
    const list = await client.call('domain.monitorCommand', {
      domain,
      command: JSON.stringify({ execute: 'query-cpus-fast' }),
    });
    expect(list.reply).toHaveLength(3);
  });

  it('gets another disc, none, and one again; one that is not there leaves the old one in', async () => {
    await startBare();
    const disc = async (): Promise<string> =>
      /<source file='[^']*\/([^']*)'/.exec(await client.xml(domain))?.[1] ?? 'none';
    await client.call('domain.changeMedia', { domain, target: 'sda', source: MEMTEST });
    expect(await disc()).toBe('memtest86+x64.iso');
    expect(await client.code('domain.changeMedia', { domain, target: 'sda', source: '/nowhere.iso' })).toBe(
      'NO_STORAGE_VOL',
    );
    expect(await disc()).toBe('memtest86+x64.iso');
    await client.call('domain.changeMedia', { domain, target: 'sda' });
    expect(await disc()).toBe('none');
    await client.call('domain.changeMedia', { domain, target: 'sda', source: GRUB, live: true, config: true });
    expect(await disc()).toBe('grub-rescue-cdrom.iso');
  });

  it('and what was plugged into it are known to the next engine', async () => {
    await startBare();
    await client.call('domain.attachDevice', { domain, xml: diskXml(await image('a'), 'sdb', 'scsi') });
    await client.call('domain.attachDevice', { domain, xml: nicXml('52:54:00:00:00:01') });
    await client.call('domain.changeMedia', { domain, target: 'sda', source: MEMTEST });
    const before = await client.xml(domain);
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    using next = await EngineClient.open(sandbox);
    expect(await next.xml(domain)).toBe(before);
    const removal = { domain, alias: 'scsi0-0-0-1', timeoutMs: 30_000 };
    expect(await next.call('domain.detachDeviceAlias', removal)).toMatchObject({ state: 'done' });
    await execa('qemu-img', ['resize', '-q', sandbox.path('a.qcow2'), '32M']);
  });

  it('that let go of a disk, or took a disc, while no engine looked is found as it is', async () => {
    await startBare();
    const path = await image('a');
    await client.call('domain.attachDevice', { domain, xml: diskXml(path, 'sdb', 'scsi') });
    await client.call('domain.attachDevice', { domain, xml: nicXml('52:54:00:00:00:01') });
    await client.call('domain.setLink', { domain, interface: 'net0', up: false });
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    const [run = ''] = await readdir(sandbox.path('r/vivarium/d'));
    const monitor = await Monitor.open({ path: sandbox.path(`r/vivarium/d/${run}/monitor.sock`), timeoutMs: 30_000 });
    await monitor.execute('device_del', { id: 'scsi0-0-0-1' });
    await monitor.execute('blockdev-open-tray', { id: 'sata0-0-0' });
    await monitor.execute('blockdev-remove-medium', { id: 'sata0-0-0' });
    await monitor.execute('set_link', { name: 'net0', up: true });
    monitor.close();
    using next = await EngineClient.open(sandbox);
    await sandbox.until(async () => !(await next.xml(domain)).includes("dev='sdb'"), 'the disk to be known as gone');
    await sandbox.until(async () => !(await next.xml(domain)).includes('grub-rescue'), 'the disc to be known as gone');
    // Its image was closed, too.
    await sandbox.until(
      () =>
        execa('qemu-img', ['resize', '-q', path, '32M']).then(
          () => true,
          () => false,
        ),
      'the image',
    );
    expect(await next.xml(domain)).toContain("<link state='down'/>");
    await next.call('domain.attachDevice', { domain, xml: diskXml(path, 'sdb', 'scsi') });
    await next.call('domain.changeMedia', { domain, target: 'sda', source: GRUB });
  });
});
