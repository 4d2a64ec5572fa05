// A domain's life through the command line, with real QEMU under TCG.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';
import { openFiles } from '../helpers/sandbox.ts';

eachInSandbox();

const xmlFile = (name: string, xml: string): Promise<string> => sandbox.write(`${name}.xml`, xml);
const define = async (name: string): Promise<void> => {
  const { code, stderr } = await sandbox.cli('define', await xmlFile(name, tinyDomain({ name })));
  expect([code, stderr]).toEqual([0, '']);
};
const state = async (name: string): Promise<string> => (await sandbox.cli('domstate', name)).stdout.trim();

describe('a domain’s life', () => {
  it('goes through define, start, suspend, resume, reset, destroy and undefine, in virsh’s words', async () => {
    const said: string[] = [];
    const say = async (...args: string[]): Promise<void> => void said.push((await sandbox.cli(...args)).stdout.trim());
    const file = await xmlFile('web', tinyDomain({ name: 'web' }));
    await say('define', file);
    expect(await state('web')).toBe('shut off');
    await say('start', 'web');
    await say('suspend', 'web');
    expect(await state('web')).toBe('paused');
    await say('resume', 'web');
    expect(await state('web')).toBe('running');
    await say('reset', 'web');
    await say('destroy', 'web');
    expect(await state('web')).toBe('shut off');
    await say('undefine', 'web');
    expect(said).toEqual([
      `Domain 'web' defined from ${file}`,
      "Domain 'web' started",
      "Domain 'web' suspended",
      "Domain 'web' resumed",
      "Domain 'web' was reset",
      "Domain 'web' destroyed",
      "Domain 'web' has been undefined",
    ]);
    expect((await sandbox.cli('list', '--all', '--name')).stdout.trim()).toBe('');
    expect(sandbox.guests).toEqual([]);
  });

  it('refuses what its state does not allow, and names the domain', async () => {
    await define('web');
    for (const verb of ['suspend', 'shutdown', 'destroy', 'screenshot', 'console']) {
      const { code, stderr } = await sandbox.cli(verb, 'web');
      expect([verb, code, stderr]).toEqual([verb, 4, expect.stringMatching(/^error: domain 'web' is not running/m)]);
    }
    await sandbox.cli('start', 'web');
    expect((await sandbox.cli('start', 'web')).stderr).toBe(
      "error: Failed to start domain 'web'\nerror: domain is already active as 'web'\n",
    );
    expect(await sandbox.cli('start', 'nope')).toMatchObject({
      code: 3,
      stderr: "error: failed to get domain 'nope'\nerror: no domain has this name, UUID or id\n",
    });
  });

  it('keeps a running domain whose definition is removed until it stops', async () => {
    await define('web');
    await sandbox.cli('start', 'web');
    await sandbox.cli('undefine', 'web');
    expect(await sandbox.json<DomainSummary[]>('list')).toMatchObject([
      { name: 'web', isPersistent: false, state: 'running' },
    ]);
    await sandbox.cli('destroy', 'web');
    expect(await sandbox.json<DomainSummary[]>('list', '--all')).toEqual([]);
  });

  it('keeps the next definition apart from the running one', async () => {
    await define('web');
    await sandbox.cli('start', 'web');
    const { uuid } = (await sandbox.json<DomainSummary[]>('list'))[0] as DomainSummary;
    await sandbox.cli('define', await xmlFile('web', tinyDomain({ name: 'web', uuid, memoryMiB: 48 })));
    expect(await sandbox.json<DomainSummary[]>('list')).toMatchObject([
      { hasNewDefinition: true, memoryKiB: 32 * 1024 },
    ]);
    expect((await sandbox.cli('dumpxml', '--inactive', 'web')).stdout).toContain("<memory unit='KiB'>49152</memory>");
    await sandbox.cli('destroy', 'web');
    expect(await sandbox.json<DomainSummary[]>('list', '--all')).toMatchObject([
      { hasNewDefinition: false, memoryKiB: 48 * 1024 },
    ]);
  });

  it('marks autostart by a link beside the definition', async () => {
    await define('web');
    const link = join(sandbox.env.XDG_CONFIG_HOME ?? '', 'vivarium/qemu/autostart/web.xml');
    expect((await sandbox.cli('autostart', 'web')).stdout).toBe("Domain 'web' marked as autostarted\n\n");
    expect((await readFile(link, 'utf8')).length).toBeGreaterThan(0);
    await sandbox.cli('autostart', '--disable', 'web');
    await expect(stat(link)).rejects.toThrow('ENOENT');
  });

  it('tells its events in order', async () => {
    const listener = sandbox.spawnCli('event', '--all', '--loop', '--json');
    const lines: string[] = [];
    const text = Promise.withResolvers<void>();
    listener.stdout?.on('data', (chunk) => {
      lines.push(...String(chunk).trim().split('\n'));
      if (lines.some((line) => line.includes('Undefined'))) text.resolve();
    });
    // The engine takes subscriptions in order with calls: once this client is served, the listener's connection exists.
    await sandbox.until(
      async () => (await sandbox.cli('engine-info')).code === 0 && sandbox.processes(/event --all/).length > 0,
      'the listener',
    );
    await define('web');
    for (const verb of ['start', 'suspend', 'resume', 'destroy', 'undefine']) await sandbox.cli(verb, 'web');
    await text.promise;
    listener.kill();
    const events = lines.map((line) => JSON.parse(line) as { sequence: number; event: string; detail: string });
    expect(events.map(({ event, detail }) => `${event} ${detail}`)).toEqual([
      'Defined Added',
      'Resumed Unpaused',
      'Started Booted',
      'Suspended Paused',
      'Resumed Unpaused',
      'Shutdown Finished after host request',
      'Stopped Destroyed',
      'Undefined Removed',
    ]);
    expect(events.every(({ sequence }, index) => index === 0 || sequence > (events[index - 1]?.sequence ?? 0))).toBe(
      true,
    );
  });

  it('runs twenty guests at once, each with its own process, and lists them all', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `g${String(index).padStart(2, '0')}`);
    const files = await Promise.all(names.map((name) => xmlFile(name, tinyDomain({ name, memoryMiB: 16 }))));
    const results = await Promise.all(files.map((file) => sandbox.cli('create', file)));
    expect(results.map(({ stderr }) => stderr).filter((text) => text !== '')).toEqual([]);
    expect((await sandbox.cli('list', '--name')).stdout.trim().split('\n').sort()).toEqual(names);
    expect(sandbox.guests).toHaveLength(20);
    await Promise.all(names.map((name) => sandbox.cli('destroy', name)));
    expect(sandbox.guests).toEqual([]);
  });

  it('leaks no descriptor into QEMU, and its sockets are this user’s alone', async () => {
    await sandbox.cli(
      'create',
      await xmlFile('web', tinyDomain({ name: 'web', devices: "<serial type='pty'/><graphics type='vnc'/>" })),
    );
    const [guest] = sandbox.guests;
    const foreign = openFiles(guest?.pid ?? 0).filter(
      (file) => !/^(socket|pipe|anon_inode|\/dev\/(null|urandom|shm)|\/memfd)|\.log$|eventfd/.test(file),
    );
    expect(foreign).toEqual([]);
    const runtime = join(sandbox.dir, 'r/vivarium');
    for (const [path, mode] of [
      [runtime, 0o700],
      [join(runtime, 'engine.sock'), 0o600],
      [join(runtime, 'status'), 0o700],
    ] as const) {
      expect([path, (await stat(path)).mode & 0o777]).toEqual([path, mode]);
    }
  });
});
