// Guests in trouble, with the real hardware that tells of it: a system that panics, a watchdog that runs out, a disk whose host has no space. The states, reasons and events
// are those that libvirt names, and what the definition says is done.
import { execFileSync } from 'node:child_process';
import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { panickingImage, writingImage } from '../helpers/boot-sector.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';
import type { GuestShell } from '../helpers/engine-client.ts';
import { Tmpfs, tmpfsMissing } from '../helpers/tmpfs.ts';

eachWithEngine();

const domain = 'web';
/** 'running crashed' */
const state = async (name = domain): Promise<string> => {
  const { state: now, reason } = await client.call('domain.lookup', { domain: name });
  return `${now} ${reason}`;
};
const until = (wanted: string, name = domain) => sandbox.until(async () => (await state(name)) === wanted, wanted, 60);
const problem = async (name = domain) => (await client.call('domain.lookup', { domain: name })).problem?.message;
const cores = (): readonly string[] => {
  try {
    return readdirSync(join(sandbox.dir, 'h/d/vivarium/dump')).filter((name) => name.endsWith('.core'));
  } catch {
    return []; // none was ever written
  }
};
/** With a place in the boot order: a BIOS that is held to it sees no other disk. */
const rawDisk = (path: string, dev: 'vda' | 'vdb', driver = ''): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='raw'${driver}/><source file='${path}'/><target dev='${dev}' bus='virtio'/><boot order='${dev === 'vda' ? 1 : 2}'/></disk>`;

/** Lifecycle events behind the start, in virsh's words. */
const afterStart = (): readonly string[] => {
  const said = client.events.flatMap(({ kind, event, detail }) => (kind === 'lifecycle' ? [`${event} ${detail}`] : []));
  return said.slice(said.indexOf('Started Booted') + 1);
};

describe('a system that panics', () => {
  async function startPanicking(onCrash: string): Promise<void> {
    const path = sandbox.path('boot.raw');
    writeFileSync(path, panickingImage());
    const xml = tinyDomain({
      name: domain,
      more: `<on_crash>${onCrash}</on_crash>`,
      devices: `${rawDisk(path, 'vda')}<panic model='isa'/>`,
    });
    await client.call('domain.define', { xml });
    await client.call('domain.start', { domain });
  }

  it('is crashed, panicked, and kept to be looked at (preserve)', async () => {
    await startPanicking('preserve');
    await until('crashed panicked');
    expect((await sandbox.cli('domstate', domain, '--reason')).stdout.trim()).toBe('crashed (panicked)');
    await sandbox.until(() => afterStart().length > 0, 'the event');
    expect(afterStart()).toEqual(['Crashed Panicked']);
    expect(sandbox.guests).toHaveLength(1);
    await client.call('domain.reset', { domain });
  });

  it('is ended where the definition says so (destroy), which is told with its reason', async () => {
    await startPanicking('destroy');
    await until('shutoff crashed');
    expect(await problem()).toMatch(/panicked, and the domain was ended \(on_crash destroy\)/);
    await sandbox.until(() => afterStart().length > 1, 'the events');
    expect(afterStart()).toEqual(['Crashed Panicked', 'Stopped Crashed']);
    expect(cores()).toEqual([]);
  });

  it('begins again (restart), and no pause of its own is told between', async () => {
    await startPanicking('restart');
    await until('running crashed');
    await sandbox.until(() => afterStart().includes('Resumed Unpaused'), 'the event');
    expect(afterStart()).toEqual(['Crashed Panicked', 'Resumed Unpaused']);
  });

  it.each([
    ['coredump-destroy', 'shutoff crashed'],
    ['coredump-restart', 'running crashed'],
  ])('leaves a core of its memory (%s)', async (action, end) => {
    await startPanicking(action);
    await until(end);
    expect(cores()).toHaveLength(1);
    expect(await readMagic(cores()[0] ?? '')).toBe('\x7fELF');
  });
});

async function readMagic(name: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return (await readFile(join(sandbox.dir, 'h/d/vivarium/dump', name))).toString('latin1', 0, 4);
}

/** The demo guest with these devices more, at its prompt. */
async function startDemo(devices: string, onCrash = 'preserve') {
  expect((await sandbox.cli('install', '--demo', '--name', domain)).stderr).toBe('');
  await client.call('domain.destroy', { domain });
  const xml = (await client.xml(domain))
    .replace(/<watchdog[^>]*>(?:[^<]*<alias[^>]*>)?(?:\s*<\/watchdog>)?/g, '')
    .replace(/<on_crash>\w+<\/on_crash>/, `<on_crash>${onCrash}</on_crash>`)
    .replace('</devices>', `${devices}</devices>`);
  await client.call('domain.define', { xml });
  await client.call('domain.start', { domain });
  const shell = await client.console(domain);
  await shell.ready();
  return shell;
}

describe('a Linux', () => {
  it('that panics tells by the PCI notifier', async () => {
    using shell = await startDemo("<panic model='pvpanic'/>");
    await shell.sees('lsmod', /pvpanic_pci/);
    shell.run('echo c > /proc/sysrq-trigger').catch(() => undefined); // no prompt comes after it
    await until('crashed panicked');
  });
});

describe('a watchdog that runs out', () => {
  const watchdogs = (action: string): string =>
    ['itco', 'i6300esb'].map((model) => `<watchdog model='${model}' action='${action}'/>`).join('');

  /** Arms the i6300esb from inside the guest, by its registers: 0.2 s twice. Nobody feeds it. */
  async function expire(shell: GuestShell): Promise<void> {
    const device = await shell.run('dirname $(grep -l 0x25ab /sys/bus/pci/devices/*/device)');
    const base = Number((await shell.run(`head -1 ${device}/resource`)).split(' ')[0]);
    const write = (offset: number, bits: number, value: number): string => `devmem ${base + offset} ${bits} ${value}`;
    const unlock = [write(12, 16, 0x80), write(12, 16, 0x86)];
    const set = (value: number): string =>
      `printf '\\00${value}' | dd of=${device}/config bs=1 seek=104 conv=notrunc 2>/dev/null`;
    const arm = [
      set(0),
      `echo 1 > ${device}/enable`,
      ...unlock,
      write(0, 32, 200),
      ...unlock,
      write(4, 32, 200),
      set(2),
    ];
    shell.run(arm.join('; ')).catch(() => undefined); // it may not live to answer
  }
  /** What the next expiry does, as QEMU is told at a start. */
  const setAction = (watchdog: string) =>
    client.call('domain.monitorCommand', {
      domain,
      command: JSON.stringify({ execute: 'set-action', arguments: { watchdog } }),
    });

  it('pauses the guest, which can be resumed; injects an NMI; powers it off, and QEMU is not blamed', async () => {
    using shell = await startDemo(watchdogs('pause'));
    await expire(shell);
    await until('paused watchdog');
    await client.hears('watchdog', 'pause');
    await client.call('domain.resume', { domain });
    await until('running unpaused');
    await setAction('inject-nmi');
    await expire(shell);
    await client.hears('watchdog', 'inject-nmi');
    await shell.sees('dmesg | grep -i nmi', /NMI received/);
    await setAction('poweroff');
    // QEMU tells of its watchdog once a second at the most (monitor/monitor.c), and does not live to tell the second one of a second.
    await shell.run('sleep 2');
    await expire(shell);
    await until('shutoff crashed');
    expect(await problem()).toMatch(/the watchdog of domain 'web' ran out, and the domain was ended/);
  });

  it('leaves a core, and the guest runs on (dump); resets it (reset)', async () => {
    using shell = await startDemo(watchdogs('dump'));
    await expire(shell);
    await client.hears('job-completed', 'dump completed');
    await until('running unpaused');
    expect(cores()).toHaveLength(1);
    expect(await shell.run('echo still here')).toBe('still here');
    await client.call('domain.destroy', { domain });
    await client.call('domain.define', {
      xml: (await client.xml(domain)).replaceAll("action='dump'", "action='reset'"),
    });
    await client.call('domain.start', { domain });
    using again = await client.console(domain);
    await again.ready();
    await expire(again);
    await client.hears('watchdog', 'reset');
    expect(await state()).toMatch(/^running/);
  });
});

describe.skipIf(tmpfsMissing !== undefined)(`a disk without space${tmpfsMissing ? ` (${tmpfsMissing})` : ''}`, () => {
  /** A guest that writes half a MiB to a disk of a MiB on 256 KiB of space, and panics when it is done. */
  async function startWriting(folder: string, driver: string): Promise<void> {
    writeFileSync(sandbox.path('boot.raw'), writingImage());
    const small = join(folder, 'small.raw');
    writeFileSync(small, '');
    truncateSync(small, 1024 * 1024);
    const devices = `${rawDisk(sandbox.path('boot.raw'), 'vda')}${rawDisk(small, 'vdb', driver)}<panic model='isa'/>`;
    await client.call('domain.define', {
      xml: tinyDomain({ name: domain, more: '<on_crash>preserve</on_crash>', devices }),
    });
    await client.call('domain.start', { domain });
  }

  it('pauses the guest, says what to do, and once there is space the guest goes on where it was', async () => {
    using disk = new Tmpfs(join(sandbox.dir, 'small'), 256);
    await startWriting(disk.path, '');
    await until('paused ioerror');
    expect((await sandbox.cli('domstate', domain, '--reason')).stdout.trim()).toBe('paused (I/O error)');
    expect(await problem()).toMatch(
      /disk vdb could not be written, there is no space left on the host; free some space, then resume/,
    );
    expect((await sandbox.cli('domblkerror', domain)).stdout.trim()).toBe('vdb: no space');
    // Resumed without more space it is paused again.
    await client.call('domain.resume', { domain });
    await until('paused ioerror');
    disk.remount('size=2048k');
    await client.call('domain.resume', { domain });
    await until('crashed panicked');
    expect(await problem()).toBeUndefined();
    const blocks = Number(execFileSync('stat', ['-c', '%b', join(disk.path, 'small.raw')], { encoding: 'utf8' }));
    expect(blocks * 512).toBeGreaterThan(500 * 1024);
  });

  it('is told to the guest where the definition says so (report)', async () => {
    using disk = new Tmpfs(join(sandbox.dir, 'small'), 256);
    await startWriting(disk.path, " error_policy='report'");
    await until('crashed panicked');
    await client.hears('io-error', 'vdb report: No space left on device');
  });
});
