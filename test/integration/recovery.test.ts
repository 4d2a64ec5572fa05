// What survives: a killed engine, a half-done start, a handed-over window, fifty starts at once.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import type { EngineInfo } from '../../src/common/model/host.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';
import { Sandbox, SERVER } from '../helpers/sandbox.ts';

eachInSandbox();

const create = async (name: string): Promise<void> => {
  const path = await sandbox.write(`${name}.xml`, tinyDomain({ name }));
  expect((await sandbox.cli('create', path)).stderr).toBe('');
};

describe('fifty starts of the same transient domain at once', () => {
  it('make one QEMU; the others are told that it is active or being started; nothing is left after destroy', async () => {
    const path = sandbox.path('t.xml');
    await writeFile(path, tinyDomain({ name: 'demo-transient' }));
    const results = await Promise.all(Array.from({ length: 50 }, () => sandbox.cli('create', path)));
    const refused = results.filter(({ code }) => code !== 0);
    expect(refused).toHaveLength(49);
    for (const { stderr } of refused)
      expect(stderr).toMatch(
        /^error: Failed to create domain from .*\nerror: domain (is already active as 'demo-transient'|'demo-transient' is already being started)\n$/,
      );
    expect(sandbox.guests).toHaveLength(1);
    expect(sandbox.engines).toHaveLength(1);
    await sandbox.cli('destroy', 'demo-transient');
    expect(sandbox.guests).toEqual([]);
    expect(await sandbox.json<DomainSummary[]>('list', '--all')).toEqual([]);
  });
});

describe('an engine that is killed', () => {
  it('leaves its guests to the next one, which lists them and can destroy them', async () => {
    for (const name of ['a', 'b', 'c']) await create(name);
    const before = await sandbox.json<DomainSummary[]>('list');
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    const after = await sandbox.json<DomainSummary[]>('list');
    expect(after.map(({ name, uuid, pid, id, state }) => ({ name, uuid, pid, id, state }))).toEqual(
      before.map(({ name, uuid, pid, id, state }) => ({ name, uuid, pid, id, state })),
    );
    expect((await sandbox.json<EngineInfo>('engine-info')).adoption.sort()).toEqual(
      ['a', 'b', 'c'].map((name) => `'${name}' is running and was taken over`),
    );
    for (const name of ['a', 'b', 'c']) expect((await sandbox.cli('destroy', name)).code).toBe(0);
    expect(sandbox.guests).toEqual([]);
  });

  it('is noticed by the next one where a guest ended meanwhile', async () => {
    await create('a');
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    process.kill(sandbox.guests[0]?.pid ?? 0, 'SIGKILL');
    await sandbox.until(() => sandbox.guests.length === 0, 'the guest’s end');
    expect(await sandbox.json<DomainSummary[]>('list', '--all')).toEqual([]);
    expect((await sandbox.json<EngineInfo>('engine-info')).adoption).toEqual(["'a' had ended meanwhile"]);
    expect(await readdir(join(sandbox.dir, 'r/vivarium/status'))).toEqual([]);
  });

  it('in the middle of a start leaves no orphan: the half-started QEMU is found by its start id and ended', async () => {
    await create('a');
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    // As the file was between the spawn and the record of the pid.
    const dir = join(sandbox.dir, 'r/vivarium/status');
    const [file = ''] = await readdir(dir);
    const status = JSON.parse(await readFile(join(dir, file), 'utf8'));
    await writeFile(join(dir, file), JSON.stringify({ ...status, phase: 'starting', process: undefined }));
    expect(await sandbox.json<DomainSummary[]>('list', '--all')).toEqual([]);
    expect(sandbox.guests).toEqual([]);
    expect((await sandbox.json<EngineInfo>('engine-info')).adoption).toEqual(["'a' was half started and was ended"]);
  });

  it('never takes a foreign process for a guest because of its pid', async () => {
    await create('a');
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    process.kill(sandbox.guests[0]?.pid ?? 0, 'SIGKILL');
    const dir = join(sandbox.dir, 'r/vivarium/status');
    const [file = ''] = await readdir(dir);
    const status = JSON.parse(await readFile(join(dir, file), 'utf8'));
    // The pid is somebody else's by now: this test's own.
    await writeFile(join(dir, file), JSON.stringify({ ...status, process: { ...status.process, pid: process.pid } }));
    expect(await sandbox.json<DomainSummary[]>('list', '--all')).toEqual([]);
    expect((await sandbox.json<EngineInfo>('engine-info')).adoption).toEqual(["'a' had ended meanwhile"]);
  });

  it('leaves a status file that can’t be understood where it is, and says so', async () => {
    const dir = join(sandbox.dir, 'r/vivarium/status');
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writeFile(join(dir, 'x.json'), '{"format":');
    expect((await sandbox.json<EngineInfo>('engine-info')).adoption).toEqual([
      expect.stringContaining("x.json can't be understood and was left"),
    ]);
    expect(await readdir(dir)).toEqual(['x.json']);
  });
});

describe('what an engine finds', () => {
  it('that runs by an older definition is still marked so', async () => {
    await writeFile(sandbox.path('a.xml'), tinyDomain({ name: 'a' }));
    await sandbox.cli('define', sandbox.path('a.xml'));
    await sandbox.cli('start', 'a');
    const { uuid } = (await sandbox.json<DomainSummary[]>('list'))[0] as DomainSummary;
    await writeFile(sandbox.path('a.xml'), tinyDomain({ name: 'a', uuid, memoryMiB: 48 }));
    await sandbox.cli('define', sandbox.path('a.xml'));
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    expect(await sandbox.json<DomainSummary[]>('list')).toMatchObject([
      { name: 'a', hasNewDefinition: true, memoryKiB: 32 * 1024 },
    ]);
  });

  it('hanging holds up neither itself nor the others, and works again when it goes on', async () => {
    for (const name of ['a', 'b']) await create(name);
    const hanging = sandbox.guests.find(({ args }) => args.includes('guest=a,'))?.pid ?? 0;
    process.kill(hanging, 'SIGSTOP');
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    expect((await sandbox.json<DomainSummary[]>('list')).map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect((await sandbox.cli('suspend', 'b')).stderr).toBe('');
    process.kill(hanging, 'SIGCONT');
    await sandbox.until(async () => (await sandbox.cli('suspend', 'a')).code === 0, 'the guest to answer again');
    expect((await sandbox.json<DomainSummary[]>('list')).map(({ state, problem }) => [state, problem])).toEqual([
      ['paused', undefined],
      ['paused', undefined],
    ]);
  });
});

describe('a run that can’t be taken over', () => {
  it('is told, and no second one is started beside it', async () => {
    await writeFile(sandbox.path('a.xml'), tinyDomain({ name: 'a' }));
    await sandbox.cli('define', sandbox.path('a.xml'));
    await sandbox.cli('start', 'a');
    const [guest] = sandbox.guests;
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    const dir = join(sandbox.dir, 'r/vivarium/status');
    const [file = ''] = await readdir(dir);
    const status = JSON.parse(await readFile(join(dir, file), 'utf8'));
    await writeFile(join(dir, file), JSON.stringify({ ...status, xml: '<domain' }));
    const { stderr } = await sandbox.cli('start', 'a');
    expect(stderr).toContain(
      `error: domain 'a' may still run: its QEMU (process ${guest?.pid}) could not be taken over: `,
    );
    expect(sandbox.guests).toEqual([guest]);
    expect(await readdir(dir)).toEqual([file]);
  });
});

describe('QEMU that dies', () => {
  it('is told with its last words, and the definition stays', async () => {
    const path = sandbox.path('a.xml');
    await writeFile(path, tinyDomain({ name: 'a' }));
    await sandbox.cli('define', path);
    await sandbox.cli('start', 'a');
    process.kill(sandbox.guests[0]?.pid ?? 0, 'SIGSEGV');
    await sandbox.until(
      async () => (await sandbox.cli('domstate', '--reason', 'a')).stdout.trim() === 'shut off (crashed)',
      'the crash to be noticed',
    );
    const [summary] = await sandbox.json<DomainSummary[]>('list', '--all');
    expect(summary?.problem).toMatchObject({
      code: 'OPERATION_FAILED',
      message: expect.stringContaining("QEMU of domain 'a' ended unexpectedly"),
    });
    expect((await sandbox.cli('start', 'a')).code).toBe(0);
  });

  it('that is stopped by SIGSTOP does not hold up the list, and can be destroyed', async () => {
    await create('a');
    process.kill(sandbox.guests[0]?.pid ?? 0, 'SIGSTOP');
    expect((await sandbox.cli('list')).stdout).toContain('running');
    expect((await sandbox.cli('destroy', 'a')).code).toBe(0);
    expect(sandbox.guests).toEqual([]);
  });
});

describe('the engine', () => {
  it('ends by itself when it is idle, and not while a guest runs', async () => {
    await create('a');
    const [engine] = sandbox.engines;
    await sandbox.cli('destroy', 'a');
    expect(sandbox.engines.map(({ pid }) => pid)).toEqual([engine?.pid]);
    await sandbox.until(() => sandbox.engines.length === 0, 'the idle engine’s end');
  });

  it('is one: a second that is started finds the first and goes', async () => {
    await create('a');
    const [first] = sandbox.engines;
    const second = sandbox.spawnCli('engine', 'run');
    await new Promise((resolve) => second.once('exit', resolve));
    expect(sandbox.engines.map(({ pid }) => pid)).toEqual([first?.pid]);
    expect(await sandbox.json<EngineInfo>('engine-info')).toMatchObject({
      pid: first?.pid,
      shell: 'background',
      runningDomains: 1,
    });
  });

  it('works without XDG_RUNTIME_DIR, in a folder of the user’s own below TMPDIR', async () => {
    await using own = await Sandbox.make({ XDG_RUNTIME_DIR: '', TMPDIR: sandbox.dir });
    const { socket } = await own.json<EngineInfo>('engine-info');
    expect(socket).toBe(`${sandbox.dir}/vivarium-${process.getuid?.()}/engine.sock`);
    await own.cli('engine', 'stop');
  });

  it('refuses a runtime folder that somebody else made first', async () => {
    const own = await Sandbox.make({ XDG_RUNTIME_DIR: '', TMPDIR: sandbox.dir });
    await mkdir(`${sandbox.dir}/theirs`);
    await symlink(`${sandbox.dir}/theirs`, `${sandbox.dir}/vivarium-${process.getuid?.()}`);
    const { code, stderr } = await own.cli('list');
    expect([code, stderr]).toEqual([1, expect.stringContaining('belongs to somebody else; set XDG_RUNTIME_DIR')]);
    await own[Symbol.asyncDispose]();
  });
});

describe('a window that is closed', () => {
  const startServer = async (): Promise<ChildProcess> => {
    const server = spawn(process.execPath, [SERVER, '--headless'], {
      env: sandbox.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => server.stdout?.once('data', resolve));
    return server;
  };
  const end = async (server: ChildProcess): Promise<void> => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await gone;
  };

  it('leaves its guests to a background engine that takes over by itself', async () => {
    const server = await startServer();
    await create('a');
    const [guest] = sandbox.guests;
    await end(server);
    await sandbox.until(() => sandbox.processes(/engine run/).length === 1, 'the background engine');
    expect(await sandbox.json<EngineInfo>('engine-info')).toMatchObject({
      shell: 'background',
      runningDomains: 1,
      adoption: ["'a' is running and was taken over"],
    });
    expect(sandbox.guests).toEqual([guest]);
  });

  it('leaves nothing behind where nothing runs', async () => {
    await end(await startServer());
    expect(sandbox.processes(/./)).toEqual([]);
  });
});

describe('autostart', () => {
  it('starts the marked domains with the first engine of a login, and not with the next', async () => {
    for (const name of ['a', 'b']) {
      await writeFile(sandbox.path(`${name}.xml`), tinyDomain({ name }));
      await sandbox.cli('define', sandbox.path(`${name}.xml`));
    }
    await sandbox.cli('autostart', 'a');
    await sandbox.cli('engine', 'stop');
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    // A new login: its runtime folder is empty.
    await rm(join(sandbox.dir, 'r'), { recursive: true });
    await mkdir(join(sandbox.dir, 'r'), { mode: 0o700 });
    await sandbox.until(async () => (await sandbox.cli('list', '--name')).stdout.trim() === 'a', 'the autostart');
    await sandbox.cli('destroy', 'a');
    await sandbox.cli('engine', 'stop');
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    expect((await sandbox.cli('list', '--name')).stdout.trim()).toBe('');
  });
});
