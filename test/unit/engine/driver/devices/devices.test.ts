// Device changes by the engine's real verbs, on a QEMU that is only a model: what is changed by which flags, what is taken back, what the guest decides, and what a new
// engine makes of each instant.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeviceEngine, settle, until, WEB } from '../../../../helpers/device-engine.ts';

afterEach(() => void vi.useRealTimers());

const diskXml = (path: string, dev = 'vdb', format = 'qcow2'): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${path}'/><target dev='${dev}' bus='virtio'/></disk>`;
const NIC = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>";
const live = (engine: DeviceEngine): readonly string[] => engine.disks.slice(1);
const stored = (engine: DeviceEngine): readonly string[] => engine.storedDisks.slice(1);

describe('what a change is for', () => {
  it.each<[object, string[], string[]]>([
    [{}, ['vdb b'], []],
    [{ live: true }, ['vdb b'], []],
    [{ config: true }, [], ['vdb b']],
    [{ live: true, config: true }, ['vdb b'], ['vdb b']],
  ])('of a running domain with %j', async (flags, inLive, inStored) => {
    const engine = await DeviceEngine.start();
    await engine.call('domain.attachDevice', { domain: 'web', xml: diskXml(engine.file('b')), ...flags });
    expect([live(engine), stored(engine)]).toEqual([inLive, inStored]);
    expect(engine.qemu.devices.has('virtio-disk1')).toBe(inLive.length > 0);
    expect(engine.host.definitions.get('web')?.includes("dev='vdb'")).toBe(inStored.length > 0);
  });

  it('of an inactive domain is its definition, and live is refused', async () => {
    const engine = await DeviceEngine.start();
    await engine.call('domain.destroy', { domain: 'web' });
    const xml = diskXml(engine.file('b'));
    expect(await engine.on('attachDevice', { xml, live: true })).toBe('OPERATION_INVALID');
    expect(await engine.on('attachDevice', { xml, live: true, config: true })).toBe('OPERATION_INVALID');
    expect([await engine.on('attachDevice', { xml }), stored(engine)]).toEqual(['done', ['vdb b']]);
  });

  it('of a transient domain is never a definition', async () => {
    const engine = await DeviceEngine.start();
    await engine.call('domain.undefine', { domain: 'web' });
    const xml = diskXml(engine.file('b'));
    expect(await engine.on('attachDevice', { xml, config: true })).toBe('OPERATION_INVALID');
    expect(await engine.on('attachDevice', { xml, live: true, config: true })).toBe('OPERATION_INVALID');
    expect([live(engine), engine.qemu.changes]).toEqual([[], []]);
    expect(await engine.on('attachDevice', { xml })).toEqual({ alias: 'virtio-disk1' });
  });

  it('of both is looked at before either is done', async () => {
    const engine = await DeviceEngine.start();
    const xml = diskXml(engine.file('b'));
    await engine.on('attachDevice', { xml, config: true });
    // The definition has a vdb already; the running domain would take one.
    expect(await engine.on('attachDevice', { xml, live: true, config: true })).toBe('OPERATION_FAILED');
    expect([live(engine), engine.qemu.changes]).toEqual([[], []]);
    // The running domain can't take a SATA disk; the definition could.
    const sata = diskXml(engine.file('c'), 'sdb').replace("bus='virtio'", "bus='sata'");
    expect(await engine.on('attachDevice', { xml: sata, live: true, config: true })).toBe('CONFIG_UNSUPPORTED');
    expect(stored(engine)).toEqual(['vdb b']);
  });

  it('of both gives both the card that was made up', async () => {
    const engine = await DeviceEngine.start();
    await engine.on('attachDevice', {
      xml: "<interface type='user'><model type='virtio'/></interface>",
      live: true,
      config: true,
    });
    const macs = [engine.live.def, engine.obj.def].map((def) => def.devices.interfaces[0]?.mac?.address);
    expect(macs[0]).toMatch(/^52:54:00:/);
    expect(macs[1]).toBe(macs[0]);
  });
});

describe('a device that is plugged in', () => {
  it('has an alias, is recorded on disk, told, and pending until it is stored too', async () => {
    const engine = await DeviceEngine.start();
    expect(await engine.on('attachDevice', { xml: NIC })).toEqual({ alias: 'net0' });
    expect(engine.host.statuses.get(WEB)?.xml).toContain("<alias name='net0'/>");
    expect(engine.events).toEqual(['device-added net0', 'updated']);
    expect(engine.obj.hasNewDefinition).toBe(true);
    expect(await engine.on('pendingChanges', {})).toMatchObject({
      changes: [{ field: 'devices.interface[52:54:00:00:00:01]', kind: 'removed', device: 'interface' }],
    });
    await engine.on('attachDevice', { xml: NIC, config: true });
    expect([engine.obj.hasNewDefinition, await engine.on('pendingChanges', {})]).toEqual([false, { changes: [] }]);
  });

  it.each([0, 1, 2])('leaves nothing behind where QEMU refuses its step %i', async (at) => {
    const engine = await DeviceEngine.start();
    const before = [engine.host.statuses.get(WEB)?.xml.replace(/ index='\d+'/g, ''), [...engine.qemu.backends.keys()]];
    engine.qemu.refusal = () => (engine.qemu.changes.length === at + 1 ? 'no' : undefined);
    const both = { live: true, config: true };
    expect(await engine.on('attachDevice', { xml: diskXml(engine.file('b')), ...both })).toBe('OPERATION_FAILED');
    expect([engine.host.statuses.get(WEB)?.xml.replace(/ index='\d+'/g, ''), [...engine.qemu.backends.keys()]]).toEqual(
      before,
    );
    expect([live(engine), stored(engine), engine.qemu.changes.length]).toEqual([[], [], at * 2 + 1]);
  });

  it('is not begun where its record can’t be written', async () => {
    const engine = await DeviceEngine.start();
    engine.host.saveStatus = async () => Promise.reject(new Error('no space'));
    await expect(engine.call('domain.attachDevice', { domain: 'web', xml: NIC })).rejects.toThrow('no space');
    expect([engine.live.def.devices.interfaces, engine.qemu.changes]).toEqual([[], []]);
  });

  it.each([
    ['twice', (engine: DeviceEngine) => diskXml(`${engine.dir}/b`, 'vdc'), 'RESOURCE_BUSY'],
    ['under a target that is taken', (engine: DeviceEngine) => diskXml(engine.file('c')), 'OPERATION_FAILED'],
    ['without its file', (engine: DeviceEngine) => diskXml(`${engine.dir}/nothing`, 'vdc'), 'NO_STORAGE_VOL'],
    ['as a folder', (engine: DeviceEngine) => diskXml(engine.dir, 'vdc'), 'INVALID_ARG'],
    ['as no device', () => '<domain/>', 'XML_ERROR'],
    ['as a whole screen', () => "<graphics type='vnc'/>", 'CONFIG_UNSUPPORTED'],
  ])('is refused %s', async (_title, xmlOf, code) => {
    const engine = await DeviceEngine.start();
    await engine.on('attachDevice', { xml: diskXml(engine.file('b')) });
    const { length } = engine.qemu.changes;
    expect([await engine.on('attachDevice', { xml: xmlOf(engine) }), engine.qemu.changes.length]).toEqual([
      code,
      length,
    ]);
  });

  it('is refused where there is no slot left, with the way out', async () => {
    const engine = await DeviceEngine.start();
    const rng = "<rng model='virtio'><backend model='builtin'/></rng>";
    const attach = () => engine.call('domain.attachDevice', { domain: 'web', xml: rng });
    const fill = async (): Promise<never> => {
      for (;;) await attach();
    };
    await expect(fill()).rejects.toMatchObject({
      code: 'CONFIG_UNSUPPORTED',
      message: expect.stringMatching(/no free slot left.*use --config/),
    });
    expect(engine.qemu.strays).toEqual([]);
  });

  it('is not taken from another running domain, nor by one that starts meanwhile', async () => {
    const engine = await DeviceEngine.start();
    const path = engine.file('b');
    const other = `<domain type='qemu'><name>other</name><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${diskXml(path)}</devices></domain>`;
    await engine.call('domain.define', { xml: other });
    await engine.on('attachDevice', { xml: diskXml(path) });
    await expect(engine.call('domain.start', { domain: 'other' })).rejects.toMatchObject({ code: 'RESOURCE_BUSY' });
    await engine.on('detachDevice', { xml: diskXml(path) });
    await engine.call('domain.start', { domain: 'other' });
    expect(await engine.on('attachDevice', { xml: diskXml(path) })).toBe('RESOURCE_BUSY');
  });
});

describe('a device that is pulled out', () => {
  const plugged = async (): Promise<DeviceEngine> => {
    const engine = await DeviceEngine.start();
    await engine.on('attachDevice', { xml: diskXml(engine.file('b')) });
    engine.events.length = 0;
    return engine;
  };
  const xml = "<disk><target dev='vdb'/></disk>";

  it('is gone with its back ends where the guest obeys', async () => {
    const engine = await plugged();
    expect(await engine.on('detachDevice', { xml })).toEqual({ state: 'done' });
    expect([live(engine), engine.qemu.strays, engine.qemu.backends.has('libvirt-2-storage')]).toEqual([[], [], false]);
    expect(engine.host.statuses.get(WEB)?.xml).not.toContain('vdb');
    expect(engine.events).toEqual(['device-removed virtio-disk1', 'updated']);
  });

  it('is asked for where the guest does not obey in 5 s, and is gone when it does', async () => {
    const engine = await plugged();
    engine.qemu.guest = 'ignores';
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = engine.on('detachDevice', { xml });
    await settle();
    await vi.advanceTimersByTimeAsync(4_900);
    let isAnswered = false;
    void answer.then(() => {
      isAnswered = true;
    });
    await settle();
    expect(isAnswered).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(await answer).toEqual({ state: 'asked' });
    expect([live(engine), engine.events]).toEqual([['vdb b'], ['updated']]);
    engine.qemu.release('virtio-disk1');
    await settle();
    expect([live(engine), engine.qemu.strays, engine.events.at(-1)]).toEqual([[], [], 'device-removed virtio-disk1']);
  });

  it('stays where the guest refuses, and the refusal is told', async () => {
    const engine = await plugged();
    engine.qemu.guest = 'refuses';
    expect(await engine.on('detachDevice', { xml })).toBe('OPERATION_FAILED');
    expect([live(engine), engine.events[0]]).toEqual([['vdb b'], 'device-removal-failed virtio-disk1']);
  });

  it('that QEMU does not know any more is forgotten', async () => {
    const engine = await plugged();
    engine.qemu.devices.delete('virtio-disk1');
    expect(await engine.on('detachDevice', { xml })).toEqual({ state: 'done' });
    expect([live(engine), engine.qemu.strays]).toEqual([[], []]);
  });

  it('goes from the definition alone, or from both', async () => {
    const engine = await plugged();
    await engine.on('attachDevice', { xml: diskXml(`${engine.dir}/b`), config: true });
    expect(await engine.on('detachDevice', { xml, config: true })).toEqual({ state: 'done' });
    expect([live(engine), stored(engine)]).toEqual([['vdb b'], []]);
    expect(await engine.on('detachDevice', { xml, live: true, config: true })).toBe('DEVICE_MISSING');
    expect(live(engine)).toEqual(['vdb b']);
    await engine.on('attachDevice', { xml: diskXml(`${engine.dir}/b`), config: true });
    expect(await engine.on('detachDeviceAlias', { alias: 'virtio-disk1', live: true, config: true })).toEqual({
      state: 'done',
    });
    expect([live(engine), stored(engine)]).toEqual([[], []]);
  });

  it.each([
    ["<disk><target dev='vdz'/></disk>", 'DEVICE_MISSING'],
    ["<disk><target dev='sda'/></disk>", 'CONFIG_UNSUPPORTED'],
    ["<memballoon model='virtio'/>", 'CONFIG_UNSUPPORTED'],
  ])('is refused: %s', async (given, code) => {
    const engine = await plugged();
    const { length } = engine.qemu.changes;
    expect([await engine.on('detachDevice', { xml: given }), engine.qemu.changes.length]).toEqual([code, length]);
  });
});

describe('the medium in a drive', () => {
  const change = (engine: DeviceEngine, source: string | undefined, more = {}) =>
    engine.on('changeMedia', { target: 'sda', ...(source === undefined ? {} : { source }), ...more });
  const inDrive = (engine: DeviceEngine): unknown => {
    const drive = engine.qemu.drives.get('sata0-0-0');
    return [drive?.node && String(engine.qemu.backends.get(drive.node)?.filename).replace(/.*\//, ''), drive?.isOpen];
  };

  it('is changed, taken out and put in, and no image stays open', async () => {
    const engine = await DeviceEngine.start();
    expect([await change(engine, engine.file('b.iso')), engine.disks, inDrive(engine)]).toEqual([
      'done',
      ['sda b.iso'],
      ['b.iso', false],
    ]);
    expect([await change(engine, undefined), engine.disks, inDrive(engine)]).toEqual([
      'done',
      ['sda empty'],
      [undefined, false],
    ]);
    expect([...engine.qemu.backends.keys()].filter((id) => id.startsWith('libvirt'))).toEqual([]);
    expect([await change(engine, engine.file('c.iso')), inDrive(engine)]).toEqual(['done', ['c.iso', false]]);
    expect(engine.storedDisks).toEqual(['sda a.iso']);
  });

  it('is changed by attaching and by updating the drive, too', async () => {
    const engine = await DeviceEngine.start();
    const cd = (file: string) =>
      `<disk type='file' device='cdrom'><source file='${file}'/><target dev='sda' bus='sata'/></disk>`;
    expect([await engine.on('attachDevice', { xml: cd(engine.file('b.iso')) }), inDrive(engine)]).toEqual([
      'done',
      ['b.iso', false],
    ]);
    const both = { live: true, config: true };
    expect([await engine.on('updateDevice', { xml: cd(engine.file('c.iso')), ...both }), inDrive(engine)]).toEqual([
      'done',
      ['c.iso', false],
    ]);
    expect([engine.disks, engine.storedDisks]).toEqual([['sda c.iso'], ['sda c.iso']]);
  });

  it.each(['blockdev-add', 'blockdev-open-tray', 'blockdev-insert-medium'])(
    'is the old one where %s is refused',
    async (refusedCommand) => {
      const engine = await DeviceEngine.start();
      let times = 0;
      engine.qemu.refusal = (command) => (command === refusedCommand && times++ === 0 ? 'no' : undefined);
      expect(await change(engine, engine.file('b.iso'))).toBe('OPERATION_FAILED');
      expect([engine.disks, inDrive(engine), engine.qemu.strays]).toEqual([['sda a.iso'], ['a.iso', false], []]);
    },
  );

  it('stays where the guest has locked the tray and does not open it; force opens it', async () => {
    const engine = await DeviceEngine.start();
    engine.qemu.isTrayLocked = true;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = change(engine, engine.file('b.iso'));
    await until(() => engine.qemu.changes.includes('blockdev-open-tray'));
    await settle();
    await vi.advanceTimersByTimeAsync(5_100);
    expect([await answer, engine.disks, inDrive(engine), engine.qemu.strays]).toEqual([
      'OPERATION_FAILED',
      ['sda a.iso'],
      ['a.iso', false],
      [],
    ]);
    vi.useRealTimers();
    expect([await change(engine, `${engine.dir}/b.iso`, { force: true }), inDrive(engine)]).toEqual([
      'done',
      ['b.iso', false],
    ]);
  });

  it('is refused for a disk, and for a drive that is not there', async () => {
    const engine = await DeviceEngine.start();
    await engine.on('attachDevice', { xml: diskXml(engine.file('b')) });
    expect(await engine.on('changeMedia', { target: 'vdb' })).toBe('OPERATION_INVALID');
    expect(await engine.on('changeMedia', { target: 'sdz' })).toBe('DEVICE_MISSING');
  });
});

describe('a device that is changed', () => {
  it('has its cable pulled and plugged by MAC address or alias, live and stored', async () => {
    const engine = await DeviceEngine.start(NIC);
    expect(await engine.on('setLink', { interface: '52:54:00:00:00:01', up: false, live: true, config: true })).toBe(
      'done',
    );
    expect(engine.qemu.links.get('net0')).toBe(false);
    expect([engine.live.def, engine.obj.def].map((def) => def.devices.interfaces[0]?.link?.state)).toEqual([
      'down',
      'down',
    ]);
    expect(engine.obj.hasNewDefinition).toBe(false);
    // A cable that is not spoken of is plugged in.
    expect(await engine.on('updateDevice', { xml: NIC })).toBe('done');
    expect([engine.qemu.links.get('net0'), engine.obj.hasNewDefinition]).toEqual([true, true]);
    expect(await engine.on('setLink', { interface: 'net9', up: true })).toBe('DEVICE_MISSING');
    engine.qemu.refusal = () => 'no';
    expect(await engine.on('setLink', { interface: 'net0', up: false })).toBe('OPERATION_FAILED');
    expect(engine.live.def.devices.interfaces[0]?.link?.state).toBe('up');
  });

  it.each([
    [
      'what is fixed while it is plugged in, by name',
      NIC.replace("type='virtio'", "type='e1000'"),
      /^model type of interface/,
    ],
    ['another kind', "<memballoon model='virtio' autodeflate='on'/>", /memballoon/],
  ])('is refused %s', async (_title, xml, message) => {
    const engine = await DeviceEngine.start(NIC);
    const update = engine.call('domain.updateDevice', { domain: 'web', xml });
    await expect(update).rejects.toMatchObject({ message: expect.stringMatching(message) });
    expect(engine.qemu.changes).toEqual([]);
  });

  it('keeps its place in the definition', async () => {
    const engine = await DeviceEngine.start(NIC);
    const address = engine.obj.def.devices.interfaces[0]?.address;
    await engine.on('updateDevice', {
      xml: NIC.replace("type='virtio'", "type='virtio-non-transitional'"),
      config: true,
    });
    expect(engine.obj.def.devices.interfaces[0]).toMatchObject({ model: { type: 'virtio-non-transitional' }, address });
  });
});

describe('a start', () => {
  it('pulls the cables and holds back the memory that its definition says, before the guest runs', async () => {
    const down = NIC.replace('<model', "<link state='down'/><model");
    const engine = await DeviceEngine.start(down, '<currentMemory>32768</currentMemory>');
    expect([engine.qemu.links.get('net0'), engine.qemu.balloonBytes]).toEqual([false, 32768 * 1024]);
    expect(await engine.on('pendingChanges', {})).toEqual({ changes: [] });
  });
});

describe('memory and processors', () => {
  it('follow the balloon, and are bounded by what there is', async () => {
    const engine = await DeviceEngine.start();
    expect(await engine.on('setMemory', { kib: 32768 })).toBe('done');
    await settle();
    expect([engine.live.def.currentMemory, engine.obj.def.currentMemory]).toEqual([32768, 65536]);
    expect(engine.events).toContain('balloon-change 32768');
    expect(await engine.on('setMemory', { kib: 65537 })).toBe('INVALID_ARG');
    expect(await engine.on('setMaxMemory', { kib: 131072 })).toBe('OPERATION_INVALID');
    expect(await engine.on('setMaxMemory', { kib: 131072, config: true })).toBe('done');
    expect([engine.obj.def.memory?.kib, engine.obj.def.currentMemory]).toEqual([131072, 65536]);
  });

  it('of the definition have a most and a current number', async () => {
    const engine = await DeviceEngine.start();
    const counts = () => [engine.obj.def.vcpu?.max, engine.obj.def.vcpu?.current];
    expect(await engine.on('setVcpus', { count: 2, config: true })).toBe('INVALID_ARG');
    expect([await engine.on('setVcpus', { count: 4, maximum: true, config: true }), counts()]).toEqual([
      'done',
      [4, 1],
    ]);
    expect([await engine.on('setVcpus', { count: 4, config: true }), counts()]).toEqual(['done', [4, undefined]]);
    expect(await engine.on('setVcpus', { count: 2, maximum: true })).toBe('INVALID_ARG');
  });
});
