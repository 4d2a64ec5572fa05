// Faults of the world: full and read-only disks, no descriptors left, QEMUs that babble or hang, definitions that are damaged. Each is told in words, nothing is lost,
// and the engine goes on.
import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContractClient } from '../../src/common/contract/client.ts';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import { connectClient, resolvePaths } from '../../src/engine/client.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';
import { connectTo, EngineProcess, violations } from '../helpers/fault-walk.ts';
import { CLI } from '../helpers/sandbox.ts';
import { Tmpfs, tmpfsMissing } from '../helpers/tmpfs.ts';

eachInSandbox();

const paths = () => resolvePaths(sandbox.env);
const worldOf = (client: ContractClient) => ({ sandbox, paths: paths(), client });
const xmlOf = (name: string, memoryMiB = 16, uuid = ''): string => tinyDomain({ name, memoryMiB, uuid });
const UUID = '7b1e4a62-57a5-4b0e-8f0e-6d2a5f1c9a01';

/** Fills what is left of a file system. */
async function fill(folder: string): Promise<void> {
  for (let size = 1024 * 1024; size >= 1024; size /= 2) {
    for (let at = 0; ; at += 1) {
      try {
        await writeFile(join(folder, `filler-${size}-${at}`), Buffer.alloc(size));
      } catch {
        break; // full, for files of this size
      }
    }
  }
}

describe.skipIf(tmpfsMissing !== undefined)(`a disk without space${tmpfsMissing ? ` (${tmpfsMissing})` : ''}`, () => {
  it('for definitions: a new one is refused, a changed one stays as it was, none is lost', async () => {
    await mkdir(join(sandbox.dir, 'h/c'), { recursive: true });
    using disk = new Tmpfs(join(sandbox.dir, 'h/c/vivarium'), 128);
    await using _engine = await EngineProcess.start(sandbox);
    const client = await connectTo(sandbox);
    await client.call('domain.define', { xml: xmlOf('web', 16, UUID) });
    await fill(disk.path);
    for (const xml of [xmlOf('db'), xmlOf('web', 24, UUID)])
      await expect(client.call('domain.define', { xml })).rejects.toMatchObject({
        code: 'SYSTEM_ERROR',
        message: expect.stringMatching(/no space left/),
      });
    expect((await client.call('domain.list', {})).domains.map(({ name }) => name)).toEqual(['web']);
    expect((await client.call('domain.dumpxml', { domain: 'web' })).xml).toContain('>16384<');
    expect(await violations(worldOf(client))).toEqual([]);
    client.dispose();
  });

  it('for runtime files: a start is refused, no QEMU is left, and it works when there is space again', async () => {
    using disk = new Tmpfs(join(sandbox.dir, 'r'), 256);
    await using _engine = await EngineProcess.start(sandbox);
    const client = await connectTo(sandbox);
    await client.call('domain.define', { xml: xmlOf('web') });
    await fill(disk.path);
    await expect(client.call('domain.start', { domain: 'web' })).rejects.toMatchObject({
      message: expect.stringMatching(/no space left/i),
    });
    expect(sandbox.guests).toEqual([]);
    disk.remount('size=2048k');
    await client.call('domain.start', { domain: 'web' });
    expect(await violations(worldOf(client))).toEqual([]);
    client.dispose();
  });

  it('for who the engine is: it begins all the same, and has its guests', async () => {
    using disk = new Tmpfs(join(sandbox.dir, 'r'), 256);
    {
      await using _engine = await EngineProcess.start(sandbox);
      const client = await connectTo(sandbox);
      await client.call('domain.create', { xml: xmlOf('web') });
      client.dispose();
    }
    await rm(join(paths().runtimeDir, 'engine.json'));
    await fill(disk.path);
    await using engine = await EngineProcess.start(sandbox);
    expect(engine.isAlive).toBe(true);
    const client = await connectTo(sandbox);
    expect((await client.call('domain.lookup', { domain: 'web' })).state).toBe('running');
    await client.call('domain.destroy', { domain: 'web' });
    client.dispose();
    expect(await readFile(join(paths().logDir, 'engine.log'), 'utf8')).toContain('could not be written down');
  });

  it('for a save: the guest runs on, and nothing of the save is left', async () => {
    using disk = new Tmpfs(join(sandbox.dir, 'small'), 96);
    await using _engine = await EngineProcess.start(sandbox);
    const client = await connectTo(sandbox);
    await client.call('domain.create', { xml: xmlOf('web', 64) });
    await expect(client.call('domain.save', { domain: 'web', path: join(disk.path, 'web.sav') })).rejects.toMatchObject(
      {
        code: 'SYSTEM_ERROR',
        message: expect.stringMatching(/was not saved: .*no space left/),
      },
    );
    expect(await readdir(disk.path)).toEqual([]);
    expect(await client.call('domain.lookup', { domain: 'web' })).toMatchObject({ state: 'running' });
    // A second try, elsewhere, is not harmed by the first.
    await client.call('domain.save', { domain: 'web', path: sandbox.path('web.sav') });
    await client.call('domain.restore', { path: sandbox.path('web.sav') });
    expect(await violations(worldOf(client))).toEqual([]);
    client.dispose();
  });

  it('that is read-only: define and undefine are refused, and everything that is stored stays', async () => {
    await mkdir(join(sandbox.dir, 'h/c'), { recursive: true });
    using disk = new Tmpfs(join(sandbox.dir, 'h/c/vivarium'), 512);
    await using _engine = await EngineProcess.start(sandbox);
    const client = await connectTo(sandbox);
    await client.call('domain.define', { xml: xmlOf('web') });
    disk.remount('ro');
    const readOnly = { code: 'SYSTEM_ERROR', message: expect.stringMatching(/read-only/) };
    await expect(client.call('domain.define', { xml: xmlOf('db') })).rejects.toMatchObject(readOnly);
    await expect(client.call('domain.undefine', { domain: 'web' })).rejects.toMatchObject(readOnly);
    await client.call('domain.start', { domain: 'web' });
    expect(await violations(worldOf(client))).toEqual([]);
    client.dispose();
  });
});

describe('an engine without descriptors', () => {
  it('refuses what it can’t do, loses nothing, and works again when there are some', async () => {
    // 60 are enough for itself and a few guests.
    const engine = spawn('sh', ['-c', `ulimit -n 60; exec ${process.execPath} ${CLI} engine run`], {
      env: sandbox.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => engine.stdout.once('data', resolve));
    const client = await connectTo(sandbox);
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => client.call('domain.create', { xml: xmlOf(`g${index}`) })),
    );
    const failures = results.filter((result) => result.status === 'rejected');
    expect(failures.length).toBeGreaterThan(0);
    for (const { reason } of failures)
      expect(String(reason.message)).toMatch(/EMFILE|too many open files|could not|can't/i);
    const { domains } = await client.call('domain.list', {});
    expect(domains.filter(({ isActive }) => isActive)).toHaveLength(30 - failures.length);
    expect(sandbox.guests).toHaveLength(30 - failures.length);
    for (const { name } of domains) await client.call('domain.destroy', { domain: name });
    await client.call('domain.create', { xml: xmlOf('again') });
    expect(await violations(worldOf(client))).toEqual([]);
    client.dispose();
    engine.kill('SIGKILL');
  });
});

describe('a QEMU that babbles', () => {
  const emulator = async (): Promise<string> => {
    const path = sandbox.path('fake-qemu-babbling');
    const babbler = new URL('../helpers/babbling-qemu.mjs', import.meta.url).pathname;
    const script = `#!/bin/sh\ncase "$*" in *none,accel*) exec /usr/bin/qemu-system-x86_64 "$@" ;; esac\nexec ${process.execPath} ${babbler} "$@"\n`;
    await writeFile(path, script);
    await chmod(path, 0o755);
    return path;
  };

  it.each(['garbage', 'flood'])('(%s) is ended as crashed, and the others do not notice', async (manner) => {
    await using _engine = await EngineProcess.start(sandbox, { VIVARIUM_BABBLE: manner });
    const client = await connectTo(sandbox);
    await client.call('domain.create', { xml: xmlOf('good') });
    await client.call('domain.define', { xml: tinyDomain({ name: 'bad', emulator: await emulator() }) });
    await client.call('domain.start', { domain: 'bad' }).catch(() => undefined); // it may be quicker than the answer
    await sandbox.until(
      async () => !(await client.call('domain.lookup', { domain: 'bad' })).isActive,
      'the end of the babbler',
    );
    expect(await client.call('domain.lookup', { domain: 'good' })).toMatchObject({ state: 'running' });
    expect(sandbox.guests).toHaveLength(1);
    expect(await violations(worldOf(client))).toEqual([]);
    client.dispose();
  });

  it('(hang) keeps nobody from anything, and can be forced off', async () => {
    await using _engine = await EngineProcess.start(sandbox, { VIVARIUM_BABBLE: 'hang' });
    const client = await connectTo(sandbox);
    await client.call('domain.define', { xml: tinyDomain({ name: 'bad', emulator: await emulator() }) });
    await client.call('domain.start', { domain: 'bad' });
    let isPausing = true;
    const pausing = client.call('domain.suspend', { domain: 'bad' }).finally(() => {
      isPausing = false;
    });
    pausing.catch(() => undefined);
    expect((await client.call('domain.list', {})).domains).toHaveLength(1);
    await client.call('domain.create', { xml: xmlOf('good') });
    await client.call('domain.suspend', { domain: 'good' });
    expect(isPausing).toBe(true);
    await client.call('domain.destroy', { domain: 'bad' });
    await expect(pausing).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
    expect(sandbox.guests).toHaveLength(1);
    client.dispose();
  });
});

describe('a QEMU that is stopped (SIGSTOP)', () => {
  it('keeps neither the list nor other domains nor its own end waiting, whatever job it hangs in', async () => {
    await using _engine = await EngineProcess.start(sandbox);
    const client = await connectTo(sandbox);
    await client.call('domain.create', { xml: xmlOf('web') });
    await client.call('domain.create', { xml: xmlOf('db') });
    const { pid = 0 } = await client.call('domain.lookup', { domain: 'web' });
    process.kill(pid, 'SIGSTOP');
    // A long job, and one behind it: neither ends by itself.
    const ends: string[] = [];
    const jobs = [
      client.call('domain.save', { domain: 'web', path: sandbox.path('web.sav') }),
      client.call('domain.reset', { domain: 'web' }),
    ].map((job, index) =>
      job.then(
        () => ends.push(`${index} done`),
        (error: { code: string }) => {
          ends.push(`${index} ${error.code}`);
        },
      ),
    );
    expect((await client.call('domain.list', {})).domains).toHaveLength(2);
    await client.call('domain.suspend', { domain: 'db' });
    await client.call('domain.destroy', { domain: 'db' });
    expect(ends).toEqual([]);
    await client.call('domain.destroy', { domain: 'web' });
    await Promise.all(jobs);
    expect(ends.sort()).toEqual(['0 OPERATION_ABORTED', expect.stringMatching(/^1 (NO_DOMAIN|OPERATION_INVALID)$/)]);
    expect(sandbox.guests).toEqual([]);
    expect(await readdir(sandbox.dir)).not.toContain('web.sav');
    expect(await violations(worldOf(client))).toEqual([]);
    client.dispose();
  });
});

describe('a thousand definitions, fifty of them damaged', () => {
  it('are loaded but for the fifty, which are named, kept as they are, and stop nothing', async () => {
    const dir = paths().definitionDir;
    await mkdir(dir, { recursive: true });
    const good = (index: number): string =>
      tinyDomain({ name: `d${index}`, uuid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}` });
    const damage: readonly ((xml: string) => string)[] = [
      (xml) => xml.slice(0, xml.length / 2),
      () => '',
      () => '\0\0\0\0',
      (xml) => xml.replace('<domain', '<dominion'),
      (xml) => xml.replace(/<uuid>.*<\/uuid>/, ''),
    ];
    for (let index = 0; index < 1_000; index += 1) {
      const xml = index % 20 === 0 ? (damage[(index / 20) % damage.length]?.(good(index)) ?? '') : good(index);
      await writeFile(join(dir, `d${index}.xml`), xml);
    }
    const before = await readFile(join(dir, 'd0.xml'), 'utf8');
    await using _engine = await EngineProcess.start(sandbox);
    const client = await connectTo(sandbox);
    const { domains, broken } = await client.call('domain.list', {});
    expect([domains.length, broken.length]).toEqual([950, 50]);
    expect(new Set(broken.map(({ name }) => name))).toEqual(
      new Set(Array.from({ length: 50 }, (_, index) => `d${index * 20}`)),
    );
    for (const { message } of broken) expect(message).not.toMatch(/undefined|\n\s+at /);
    await client.call('domain.start', { domain: 'd1' });
    // A damaged one can be defined anew; what was there is kept beside it.
    await client.call('domain.define', { xml: good(0) });
    const kept = (await readdir(dir)).filter((name) => name.startsWith('d0.xml.broken-'));
    expect(kept).toHaveLength(1);
    expect(await readFile(join(dir, kept[0] ?? ''), 'utf8')).toBe(before);
    expect((await client.call('domain.list', {})).broken).toHaveLength(49);
    client.dispose();
  });
});

describe('an engine that is stopped (SIGSTOP)', () => {
  it('is replaced by nobody, and works on when it goes on', async () => {
    await using engine = await EngineProcess.start(sandbox);
    const client = await connectTo(sandbox);
    await client.call('domain.create', { xml: xmlOf('web') });
    engine.child.kill('SIGSTOP');
    const answer = client.call('domain.list', {});
    const second = await connectClient(paths().socket);
    expect(second).toBeDefined();
    second?.dispose();
    engine.child.kill('SIGCONT');
    expect((await answer).domains.map(({ name }: DomainSummary) => name)).toEqual(['web']);
    client.dispose();
  });
});
