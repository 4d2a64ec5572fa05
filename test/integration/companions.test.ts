// The processes beside QEMU, for real: swtpm and passt come with a guest, go with it, and outlive an engine with it. What a person sees where one of them dies.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolvePaths } from '../../src/engine/client.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { changeEngines, client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';
import { PASST_PROBLEM, withPasst } from '../helpers/passt.ts';

const UUID = '5a0e5ee8-7f0c-4c4e-9d43-3f1c1c2b0a02';
const tpmXml = (attributes = ''): string =>
  `<tpm model='tpm-crb'><backend type='emulator' version='2.0' ${attributes}/></tpm>`;
const passtXml = (inside = '', mac = '52:54:00:00:00:31'): string =>
  `<interface type='user'><mac address='${mac}'/>${inside}<model type='virtio'/><backend type='passt'/></interface>`;
const PORTS = "<controller type='pci' model='pcie-root-port'/>".repeat(6);

eachWithEngine({ VIVARIUM_IDLE_SECONDS: '30' });

const domain = 'web';
const xmlOf = (devices: string): string => tinyDomain({ name: domain, uuid: UUID, devices: `${PORTS}${devices}` });
const tpmDir = (): string => join(resolvePaths(sandbox.env).tpmDir, UUID);
const programs = (): string[] =>
  sandbox.companions.map(({ args }) => (args.split(' ')[0] ?? '').replace(/^.*\//, '')).sort();
const pidOf = (program: string): number =>
  sandbox.companions.find(({ args }) => args.split(' ')[0]?.endsWith(`/${program}`))?.pid ?? 0;
const qemuPid = (): number => sandbox.guests[0]?.pid ?? 0;

async function start(devices = tpmXml() + passtXml()): Promise<void> {
  await client.call('domain.define', { xml: xmlOf(devices) });
  await client.call('domain.start', { domain });
}

const problem = async (): Promise<string> => (await client.call('domain.lookup', { domain })).problem?.message ?? '';
const hmp = async (line: string): Promise<string> =>
  (await sandbox.cli('qemu-monitor-command', domain, '--hmp', line)).stdout;

describe.skipIf(PASST_PROBLEM)(withPasst('a guest with a TPM and a passt interface'), () => {
  it('has both beside it while it runs, and none of them afterwards', async () => {
    await start();
    expect(programs()).toEqual(['passt', 'swtpm']);
    expect(await hmp('info tpm')).toMatch(/tpm0: model=tpm-crb[\s\S]*type=emulator/);
    expect(await hmp('info network')).toMatch(/type=stream,unix:\S*net0-passt\.sock/);
    await client.call('domain.destroy', { domain });
    expect(programs()).toEqual([]);
    expect(sandbox.guests).toEqual([]);
  });

  it('is taken over with them by a new engine, which ends them with it', async () => {
    await start();
    const pids = [pidOf('swtpm'), pidOf('passt')];
    await changeEngines();
    expect((await client.call('domain.lookup', { domain })).state).toBe('running');
    expect([pidOf('swtpm'), pidOf('passt')]).toEqual(pids);
    expect(await problem()).toBe('');
    await client.call('domain.destroy', { domain });
    expect(programs()).toEqual([]);
  });

  it('leaves none behind where QEMU and engine die together, not even one that hangs', async () => {
    await start();
    await changeEngines(() => {
      process.kill(pidOf('passt'), 'SIGSTOP');
      process.kill(qemuPid(), 'SIGKILL');
    });
    expect((await client.call('domain.lookup', { domain })).state).toBe('shutoff');
    expect(programs()).toEqual([]);
  });

  it('is destroyed though both hang', async () => {
    await start();
    for (const program of ['swtpm', 'passt']) process.kill(pidOf(program), 'SIGSTOP');
    await client.call('domain.destroy', { domain });
    expect(programs()).toEqual([]);
  });

  it('crashes alone where its QEMU does: nobody is told of the others', async () => {
    await start();
    process.kill(qemuPid(), 'SIGKILL');
    await sandbox.until(async () => (await problem()) !== '', 'the crash to be told');
    expect(await problem()).toMatch(/^QEMU of domain 'web' ended unexpectedly/);
    expect(programs()).toEqual([]);
  });
});

describe.skipIf(PASST_PROBLEM)(withPasst('a companion that dies while the guest runs'), () => {
  it.each([
    ['swtpm', /^the TPM of domain 'web' does not work any more, because swtpm \(process \d+\) ended; shut the domain/],
    ['passt', /^the network interface 'net0' of domain 'web' is cut off, because passt \(process \d+\) ended; detach/],
  ])('%s is missed in words, also by the next engine, and the guest runs on', async (program, words) => {
    await start();
    process.kill(pidOf(program), 'SIGKILL');
    await sandbox.until(async () => (await problem()) !== '', 'the death to be told');
    expect(await problem()).toMatch(words);
    expect((await client.call('domain.lookup', { domain })).state).toBe('running');
    await changeEngines();
    await sandbox.until(async () => (await problem()) !== '', 'the death to be told again');
    expect(await problem()).toMatch(words);
    await client.call('domain.destroy', { domain });
    expect(programs()).toEqual([]);
    await client.call('domain.start', { domain });
    expect(await problem()).toBe('');
    expect(programs()).toEqual(['passt', 'swtpm']);
  });

  it('is missed where it died while no engine ran', async () => {
    await start();
    await changeEngines(() => process.kill(pidOf('swtpm'), 'SIGKILL'));
    await sandbox.until(async () => (await problem()) !== '', 'the death to be told');
    expect(await problem()).toMatch(/^the TPM of domain 'web'/);
  });
});

describe('the TPM of a domain', () => {
  const hasTpm = (): boolean => existsSync(join(tpmDir(), 'tpm2/tpm2-00.permall'));

  it('stays from one start to the next', async () => {
    await start(tpmXml());
    const state = join(tpmDir(), 'tpm2/tpm2-00.permall');
    const before = await stat(state);
    expect((await stat(tpmDir())).mode & 0o777).toBe(0o700);
    await client.call('domain.destroy', { domain });
    await client.call('domain.start', { domain });
    expect((await stat(state)).birthtimeMs).toBe(before.birthtimeMs);
    expect(await readdir(tpmDir())).toEqual(['tpm2']);
  });

  it('goes with its definition, unless it is to be kept', async () => {
    await start(tpmXml());
    await client.call('domain.destroy', { domain });
    expect((await sandbox.cli('undefine', domain, '--keep-tpm')).stderr).toBe('');
    expect(hasTpm()).toBe(true);
    await client.call('domain.define', { xml: xmlOf(tpmXml()) });
    const { stdout } = await sandbox.cli('undefine', domain);
    expect(stdout).toBe(`Domain 'web' has been undefined\nRemoved ${tpmDir()}\n\n`);
    expect(existsSync(tpmDir())).toBe(false);
  });

  it('that is persistent stays, unless it is to go', async () => {
    await start(tpmXml("persistent_state='yes'"));
    await client.call('domain.destroy', { domain });
    await sandbox.cli('undefine', domain);
    expect(hasTpm()).toBe(true);
    await client.call('domain.define', { xml: xmlOf(tpmXml("persistent_state='yes'")) });
    expect(await client.code('domain.undefine', { domain, tpm: true, keepTpm: true })).toBe('INVALID_ARG');
    await sandbox.cli('undefine', domain, '--tpm');
    expect(existsSync(tpmDir())).toBe(false);
  });

  it('of a transient domain goes at its end, and stays where it is persistent', async () => {
    await client.call('domain.create', { xml: xmlOf(tpmXml("persistent_state='yes'")) });
    await client.call('domain.destroy', { domain });
    expect(hasTpm()).toBe(true);
    await client.call('domain.create', { xml: xmlOf(tpmXml()) });
    await client.call('domain.destroy', { domain });
    expect(existsSync(tpmDir())).toBe(false);
  });

  it('of a running domain that is undefined goes at its end, or is kept, also over a change of engines', async () => {
    await start(tpmXml());
    await client.call('domain.undefine', { domain, keepTpm: true });
    await changeEngines();
    await client.call('domain.destroy', { domain });
    expect(hasTpm()).toBe(true);
    await start(tpmXml());
    await client.call('domain.undefine', { domain });
    expect(hasTpm()).toBe(true);
    await client.call('domain.destroy', { domain });
    expect(existsSync(tpmDir())).toBe(false);
  });

  it('is not made by a start that is forced off in the middle of it, and no process of that is left', async () => {
    await client.call('domain.define', { xml: xmlOf(tpmXml()) });
    const started = client.code('domain.start', { domain });
    await sandbox.until(() => programs().includes('swtpm_setup'), 'swtpm_setup to run');
    await client.call('domain.destroy', { domain });
    expect(await started).toBe('OPERATION_ABORTED');
    expect(programs()).toEqual([]);
    expect(await readdir(tpmDir())).toEqual([]);
    await client.call('domain.start', { domain });
    expect(programs()).toEqual(['swtpm']);
  });

  it('can be a TPM 1.2', async () => {
    await start("<tpm model='tpm-tis'><backend type='emulator' version='1.2'/></tpm>");
    expect(await hmp('info tpm')).toMatch(/model=tpm-tis/);
    expect(await readdir(tpmDir())).toEqual(['tpm1.2']);
  });

  it('that is to be encrypted is refused before anything is made', async () => {
    const secret = tpmXml().replace('/></tpm>', `><encryption secret='${UUID}'/></backend></tpm>`);
    await client.call('domain.define', { xml: xmlOf(secret) });
    expect(await client.code('domain.start', { domain })).toBe('CONFIG_UNSUPPORTED');
    expect(existsSync(tpmDir())).toBe(false);
  });
});

describe.skipIf(PASST_PROBLEM)(withPasst('passt'), () => {
  it('that can’t have its port keeps the guest off, says which, and is gone', async () => {
    await using server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const forward = `<portForward proto='tcp' address='127.0.0.1'><range start='${port}' to='22'/></portForward>`;
    await client.call('domain.define', { xml: xmlOf(tpmXml() + passtXml(forward)) });
    expect(await client.code('domain.start', { domain })).toBe('RESOURCE_BUSY');
    expect(await problem()).toMatch(`a TCP port that domain 'web' forwards (127.0.0.1/${port}:22) can't be had`);
    expect(programs()).toEqual([]);
  });

  it('comes with an interface that is plugged in, and is found by the next engine', async () => {
    await start('');
    await client.call('domain.attachDevice', { domain, live: true, xml: passtXml() });
    expect(programs()).toEqual(['passt']);
    await changeEngines();
    expect(programs()).toEqual(['passt']);
    expect(await hmp('info network')).toMatch(/type=stream/);
    await client.call('domain.destroy', { domain });
    expect(programs()).toEqual([]);
  });

  it('is ended where QEMU does not take its interface', async () => {
    await start('');
    const rom = passtXml("<rom file='/no/such/rom'/>");
    expect(await client.code('domain.attachDevice', { domain, live: true, xml: rom })).toBe('OPERATION_FAILED');
    expect(programs()).toEqual([]);
    expect(await client.xml(domain)).not.toContain('passt');
  });
});

describe.skipIf(PASST_PROBLEM)(withPasst('a guest with a system'), () => {
  /** The demo guest with a TPM and passt. */
  async function startDemo(forward = ''): Promise<void> {
    expect((await sandbox.cli('install', '--demo', '--name', domain)).stderr).toBe('');
    await client.call('domain.destroy', { domain });
    const xml = (await client.xml(domain, true))
      .replace(/<interface type='user'>[\s\S]*?<\/interface>/, passtXml(forward))
      .replace('</devices>', `${PORTS}${tpmXml()}</devices>`);
    await client.call('domain.define', { xml });
    await client.call('domain.start', { domain });
  }

  it('gets an address from passt, reaches the host and is reached', async () => {
    await using host = createServer((socket) => socket.end('hello from the host\n'));
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    await using free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    await startDemo(`<portForward proto='tcp' address='127.0.0.1'><range start='${port}' to='7'/></portForward>`);
    using shell = await client.console(domain);
    await shell.ready();
    await shell.sees('ifconfig eth0', /inet addr:/);
    // passt has the gateway's address lead to the host. That of Debian 12 (2023-03-09) does not always hand on the end of a connection: nc waits for it.
    const gateway = /^0\.0\.0\.0\s+(\S+)/m.exec(await shell.run('route -n'))?.[1];
    const { port: service } = host.address() as { port: number };
    expect(await shell.run(`timeout 5 nc ${gateway} ${service} < /dev/null`)).toContain('hello from the host');
    await shell.run('(echo hello from the guest | nc -l -p 7) > /dev/null 2>&1 & true');
    await shell.sees('cat /proc/net/tcp /proc/net/tcp6', /:0007 \S+ 0A /);
    const heard = await new Promise<string>((resolve, reject) => {
      const socket = createConnection(port, '127.0.0.1', () => socket.write('hello\n'));
      socket
        .on('data', (data) => {
          resolve(String(data));
          socket.destroy();
        })
        .on('error', reject);
    });
    expect(heard).toBe('hello from the guest\n');
  });

  it('is saved and comes back with what its TPM held, and loses a card with its passt', async () => {
    await startDemo();
    using shell = await client.console(domain);
    await shell.ready();
    // TPM2_PCR_Extend of PCR 16 with a password session that is empty (TPM 2.0 library, part 3, 22.2).
    const words = [
      '8002',
      '00000041',
      '00000182',
      '00000010',
      '00000009',
      '40000009',
      '0000',
      '00',
      '0000',
      '00000001',
      '000b',
    ];
    const bytes = `${words.join('')}${'61'.repeat(32)}`.replace(/../g, '\\\\x$&');
    await shell.run(`exec 3<>/dev/tpm0; printf "${bytes}" >&3; head -c 19 <&3 > /dev/null; exec 3>&-`);
    const pcr = async (inside: typeof shell): Promise<string> =>
      /[\dA-F]{64}/.exec(await inside.run('cat /sys/class/tpm/tpm0/pcr-sha256/16'))?.[0] ?? '';
    const held = await pcr(shell);
    expect(held).toMatch(/[^0]/);
    await client.call('domain.managedSave', { domain });
    expect(programs()).toEqual([]);
    await client.call('domain.start', { domain });
    expect(programs()).toEqual(['passt', 'swtpm']);
    using again = await client.console(domain);
    expect(await pcr(again)).toBe(held);
    const card = passtXml('', '52:54:00:00:00:32');
    await client.call('domain.attachDevice', { domain, live: true, xml: card });
    expect(programs()).toEqual(['passt', 'passt', 'swtpm']);
    await client.call('domain.detachDevice', { domain, live: true, xml: card });
    expect(programs()).toEqual(['passt', 'swtpm']);
    expect(await problem()).toBe('');
    expect(await readFile(join(resolvePaths(sandbox.env).logDir, `${domain}-net0-passt.log`), 'utf8')).toMatch(
      /starting up/,
    );
  });
});
