// What scripts read: virsh's commands and ours, over a running guest and a real engine.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { Sandbox } from '../helpers/sandbox.ts';

let sandbox: Sandbox;
const run = promisify(execFile);
const xmlFile = (name: string, xml: string): Promise<string> => sandbox.write(`${name}.xml`, xml);
const out = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await sandbox.cli(...args);
  expect([args.join(' '), code, stderr]).toEqual([args.join(' '), 0, '']);
  return stdout;
};

const DEVICES = `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='DISK'/><target dev='vda' bus='virtio'/></disk>
  <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
  <interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>
  <serial type='pty'/><graphics type='vnc'/>`;

beforeAll(async () => {
  sandbox = await Sandbox.make();
  await writeFile(sandbox.path('web.raw'), Buffer.alloc(1024 * 1024));
  const devices = DEVICES.replace('DISK', sandbox.path('web.raw'));
  await out('define', await xmlFile('web', tinyDomain({ name: 'web', devices })));
  await out('define', await xmlFile('off', tinyDomain({ name: 'off' })));
  await out('start', 'web');
});
afterAll(() => sandbox[Symbol.asyncDispose]());

describe('the devices of a domain', () => {
  it('are listed as virsh lists them', async () => {
    expect((await out('domblklist', 'web')).split('\n')).toEqual([
      ' Target   Source',
      expect.stringMatching(/^-+$/),
      ` vda      ${sandbox.path('web.raw')}`,
      ' sda      -',
      '',
      '',
    ]);
    expect(await out('domblklist', '--details', '--inactive', '--domain', 'web')).toMatch(
      /^ Type {3}Device {3}Target {3}Source\n-+\n file {3}disk {5}vda {6}\/.*web\.raw\n file {3}cdrom {4}sda {6}-\n\n$/,
    );
    expect(await out('domiflist', 'web')).toMatch(
      /^ Interface {3}Type {3}Source {3}Model {4}MAC\n-+\n -\s+user\s+-\s+virtio\s+52:54:00:11:22:33\n\n$/,
    );
    expect(await sandbox.json('domiflist', 'web')).toMatchObject([{ type: 'user', mac: '52:54:00:11:22:33' }]);
  });

  it('that a person looks at have addresses while it runs', async () => {
    expect(await out('domdisplay', 'web')).toMatch(/^vnc\+unix:\/\/\/.*\/vnc\.sock\n\n$/);
    expect(await out('ttyconsole', 'web')).toMatch(/^\/.*\/serial0\.sock\n\n$/);
    expect((await sandbox.cli('domdisplay', 'web', '--type', 'spice')).stderr).toBe(
      "error: No graphical display with type 'spice' found\n",
    );
    for (const command of ['domdisplay', 'ttyconsole'])
      expect(await sandbox.cli(command, 'off')).toMatchObject({
        code: 4,
        stderr: "error: domain 'off' is not running\n",
      });
  });
});

describe('the figures of domains', () => {
  it('are told by libvirt’s names', async () => {
    const text = await out('domstats', '--state', '--vcpu', 'web');
    expect(text).toMatch(
      /^Domain: 'web'\n {2}state\.state=1\n {2}state\.reason=1\n {2}vcpu\.current=1\n {2}vcpu\.maximum=1\n {2}vcpu\.0\.state=1\n {2}vcpu\.0\.time=\d+\n {2}vcpu\.0\.delay=\d+\n\n$/,
    );
    const [stats] = await sandbox.json<Record<string, number>[]>('domstats', '--domain', 'web');
    expect(stats).toMatchObject({ domain: 'web', 'balloon.maximum': 32 * 1024 });
    expect(stats?.['cpu.time']).toBeGreaterThan(0);
    expect(stats?.['balloon.rss']).toBeGreaterThan(1024);
  });

  it('are those of all domains, or of the active ones', async () => {
    const names = async (...args: string[]) =>
      (await sandbox.json<{ domain: string }[]>('domstats', ...args)).map(({ domain }) => domain).sort();
    expect(await names()).toEqual(['off', 'web']);
    expect(await names('--list-active')).toEqual(['web']);
    expect(await names('--list-inactive')).toEqual(['off']);
    expect((await sandbox.cli('domstats', 'nope')).code).toBe(3);
  });
});

describe('waiting for a state', () => {
  it('returns at once where the domain is in it, and gives up in time where it is not', async () => {
    expect(await out('wait', 'web', '--state', 'running')).toBe("Domain 'web' is running\n\n");
    expect(await sandbox.cli('wait', 'web', '--state', 'shutoff', '--timeout', '1')).toMatchObject({
      code: 5,
      stderr: "error: domain 'web' is running, not shutoff, after 1 s\n",
    });
    expect((await sandbox.cli('wait', 'nope')).code).toBe(3);
  });

  it('ends with the change that it waits for, also of a domain that is gone with it', async () => {
    const file = await xmlFile('brief', tinyDomain({ name: 'brief', memoryMiB: 16 }));
    await out('create', file);
    const waits = [out('wait', 'brief', '--state', 'paused'), out('wait', 'brief', '--state', 'shutoff')];
    await sandbox.until(() => sandbox.processes(/wait brief/).length === 2, 'both to wait');
    await out('suspend', 'brief');
    expect(await waits[0]).toBe("Domain 'brief' is paused\n\n");
    await out('destroy', 'brief');
    expect(await waits[1]).toBe("Domain 'brief' is shutoff\n\n");
  });
});

describe('the command line', () => {
  it('takes the domain as a word or as --domain, before options or after', async () => {
    for (const args of [['web'], ['--domain', 'web'], ['--domain=web']])
      expect(await out('domstate', ...args, '--reason')).toBe('running (booted)\n\n');
    expect(await out('domstate', '--reason', 'web')).toBe('running (booted)\n\n');
    expect((await sandbox.cli('domstate')).stderr).toBe("error: command 'domstate' requires <domain> option\n");
    expect((await sandbox.cli('domstate', 'web', '--nope')).stderr).toBe(
      "error: command 'domstate' doesn't support option --nope\n",
    );
    expect((await sandbox.cli('explode')).stderr).toMatch(/^error: unknown command: 'explode'/);
  });

  it('lists those that are started with the session, and those that are not', async () => {
    const names = async (...args: string[]) =>
      (await sandbox.json<DomainSummary[]>('list', '--all', ...args)).map(({ name }) => name);
    await out('autostart', 'off');
    expect(await names('--autostart')).toEqual(['off']);
    expect(await names('--no-autostart')).toEqual(['web']);
    expect(await names()).toEqual(['web', 'off']);
    await out('autostart', '--disable', 'off');
  });

  it('prints what it did not understand of a definition that it starts', async () => {
    const xml = tinyDomain({ name: 'odd', memoryMiB: 16, more: '<unheardOf/>' });
    const { code, stdout, stderr } = await sandbox.cli('create', await xmlFile('odd', xml));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Domain 'odd' created from /)]);
    expect(stderr).toMatch(/^warning: .*unheardOf/);
    await out('destroy', 'odd');
  });

  it('tells of the host, and helps', async () => {
    expect(await out('hostname')).toBe(`${hostname()}\n\n`);
    expect(await out('uri')).toBe(`vivarium:///session?socket=${sandbox.path('r/vivarium/engine.sock')}\n\n`);
    expect(await out('nodeinfo')).toMatch(/^CPU model: {11}x86_64\nCPU\(s\): {14}\d+\n/);
    expect(await out('help')).toMatch(/^Grouped commands:\n\n Domain Management \(help keyword 'domain'\):\n/);
    expect(await out('start', '--help')).toBe(await out('help', 'start'));
    expect((await sandbox.cli('help', 'nope')).stderr).toBe("error: command or command group 'nope' doesn't exist\n");
  });

  it('completes commands, options and the domains that there are, in bash', async () => {
    const script = sandbox.path('completion.bash');
    await writeFile(script, await out('completion', 'bash'));
    const wrapper = sandbox.path('vivarium');
    await writeFile(
      wrapper,
      `#!/bin/sh\nexec '${process.execPath}' '${new URL('../../out/cli/index.mjs', import.meta.url).pathname}' "$@"\n`,
      {
        mode: 0o755,
      },
    );
    const complete = async (...words: string[]): Promise<string> => {
      const list = [wrapper, ...words].map((word) => `'${word}'`).join(' ');
      const ask = `source ${script}; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _vivarium; echo "\${COMPREPLY[*]}"`;
      return (await run('bash', ['-c', ask], { env: sandbox.env })).stdout.trim();
    };
    expect(await complete('domb')).toBe('domblklist domblkinfo domblkstat domblkerror');
    expect(await complete('start', '--no')).toBe('--no-kvm');
    expect(await complete('start', '')).toBe('off');
    expect(await complete('destroy', '')).toBe('web');
    expect(await complete('dominfo', 'w')).toBe('web');
    expect(await complete('domblkinfo', 'web', '')).toBe('vda sda');
    expect(await complete('domif-getlink', '--domain', 'web', '')).toBe('52:54:00:11:22:33');
    expect(await complete('wait', 'web', '--state', 'pa')).toBe('paused');
  });
});
