// A host that does not play along: a full or read-only disk, no home, a broken emulator, a KVM that gives up, a port that is taken. Each is told in a sentence, and
// nothing is lost.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';
import { domains, failure } from '../helpers/refusal.ts';
import { Sandbox, SERVER } from '../helpers/sandbox.ts';

eachInSandbox();

describe('a file system', () => {
  const mounts: string[] = [];
  afterEach(() => {
    for (const path of mounts.splice(0)) execFileSync('umount', ['-l', path]);
  });
  const mount = async (path: string, options: string): Promise<void> => {
    await mkdir(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
    mounts.push(path);
  };

  it.skipIf(process.getuid?.() !== 0)(
    'that is full loses no definition, and leaves no half of one (skipped unless root: it mounts a small tmpfs)',
    async () => {
      const dir = join(sandbox.env.XDG_CONFIG_HOME ?? '', 'vivarium/qemu');
      await mount(dir, 'size=16k');
      expect((await sandbox.cli('define', await sandbox.write('a.xml', tinyDomain({ name: 'a' })))).stderr).toBe('');
      const before = await readFile(join(dir, 'a.xml'), 'utf8');
      const { uuid } = (await sandbox.json<DomainSummary[]>('list', '--all'))[0] as DomainSummary;
      const huge = tinyDomain({ name: 'a', uuid, more: `<description>${'x'.repeat(30_000)}</description>` });
      expect(await failure('define', await sandbox.write('b.xml', huge))).toMatch(
        /^error: .*a\.xml can't be written: there is no space left on its file system; free some and try again\n$/,
      );
      expect(await readFile(join(dir, 'a.xml'), 'utf8')).toBe(before);
      expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect((await sandbox.cli('dumpxml', 'a')).stdout).toBe(`${before}\n`);
    },
  );

  it.skipIf(process.getuid?.() !== 0)(
    'that is read-only keeps nobody from running what is defined (skipped unless root: it mounts one)',
    async () => {
      await sandbox.cli('define', await sandbox.write('a.xml', tinyDomain({ name: 'a' })));
      await sandbox.cli('engine', 'stop');
      const home = join(sandbox.env.XDG_CONFIG_HOME ?? '', 'vivarium');
      execFileSync('mount', ['--bind', home, home]);
      mounts.push(home);
      execFileSync('mount', ['-o', 'remount,ro,bind', home]);
      await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
      expect((await sandbox.cli('start', 'a')).stderr).toBe('');
      await sandbox.cli('destroy', 'a');
      expect(await failure('define', await sandbox.write('b.xml', tinyDomain({ name: 'b' })))).toMatch(
        /b\.xml can't be written: its file system is read-only\n$/,
      );
      expect(await domains()).toEqual(['a']);
    },
  );

  it('whose home can’t be made still lets the engine run', async () => {
    await using own = await Sandbox.make({
      HOME: '/dev/null/home',
      XDG_CONFIG_HOME: '/dev/null/home/c',
      XDG_DATA_HOME: '/dev/null/home/d',
      XDG_STATE_HOME: '/dev/null/home/s',
      XDG_RUNTIME_DIR: sandbox.path('r2'),
    });
    await mkdir(sandbox.path('r2'), { mode: 0o700 });
    expect((await own.cli('list', '--all')).stderr).toBe('');
    expect((await own.cli('define', await sandbox.write('a.xml', tinyDomain({ name: 'a' })))).stderr).toMatch(
      /\/dev\/null\/home\/c\/vivarium\/qemu\/a\.xml can't be written/,
    );
    await own.cli('engine', 'stop');
  });
});

describe('an emulator', () => {
  const script = async (name: string, body: string): Promise<string> => {
    const path = await sandbox.write(name, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  };

  it('that is missing, is no program, or dies is named with how to go on', async () => {
    expect(
      await failure('create', await sandbox.write('a.xml', tinyDomain({ name: 'a', emulator: '/nowhere/qemu' }))),
    ).toMatch(/the emulator \/nowhere\/qemu does not exist; install QEMU/);
    expect(
      await failure(
        'create',
        await sandbox.write('a.xml', tinyDomain({ name: 'a', emulator: await sandbox.write('data', 'x') })),
      ),
    ).toMatch(/the emulator .*data can't be run/);
    const dying = await script('fake-qemu-dying', 'echo "qemu: I am broken" >&2; exit 1');
    expect(await failure('create', await sandbox.write('a.xml', tinyDomain({ name: 'a', emulator: dying })))).toMatch(
      /fake-qemu-dying does not answer \(qemu: I am broken\)/,
    );
    expect(await domains()).toEqual([]);
  });

  it('that dies at a start tells its last words, and the definition stays', async () => {
    const flaky = await script(
      'fake-qemu-flaky',
      'case "$*" in *"-machine none"*) exec qemu-system-x86_64 "$@";; *) echo "qemu-system-x86_64: cannot set up guest memory: Cannot allocate memory" >&2; exit 1;; esac',
    );
    await sandbox.cli('define', await sandbox.write('a.xml', tinyDomain({ name: 'a', emulator: flaky })));
    expect(await failure('start', 'a')).toMatch(
      /^error: QEMU ended while domain 'a' was starting: cannot set up guest memory/,
    );
    expect(await domains()).toEqual(['a']);
    expect((await sandbox.json<DomainSummary[]>('list', '--all'))[0]?.problem?.detail).toContain(
      'Cannot allocate memory',
    );
  });

  it('on a host where KVM is there but broken falls back to software, and says why', async () => {
    const flaky = await script(
      'fake-qemu-kvm',
      'case "$*" in *"-accel kvm"*) echo "KVM internal error. Suberror: 1" >&2; exit 1;; *) exec qemu-system-x86_64 "$@";; esac',
    );
    await using own = await Sandbox.make({ VIVARIUM_EMULATOR: flaky, VIVARIUM_KVM_DEVICE: '/dev/null' });
    expect(
      (await own.cli('create', await sandbox.write('k.xml', tinyDomain({ name: 'k', type: 'kvm', emulator: flaky }))))
        .stderr,
    ).toBe('');
    expect(await own.json<DomainSummary[]>('list')).toMatchObject([
      { name: 'k', accelerator: 'tcg', state: 'running' },
    ]);
    expect((await own.cli('doctor')).stdout).toMatch(
      /KVM is there but does not run guests on this host \(KVM internal error\. Suberror: 1\)/,
    );
  });

  it('whose KVM gives up on a running guest stops it with the reason, and runs it in software from then on', async () => {
    // Passes the test of a few instructions, and then stops with an internal error as a guest runs: told by its log and its run state.
    const body = [
      'case "$*" in',
      '  *isa-debug-exit*) exit 85;;',
      '  *"-accel kvm"*) echo "KVM internal error. Suberror: 3" >&2; args=$(printf "%s " "$@");',
      '     set -- $(printf "%s" "$args" | sed "s/-accel kvm/-accel tcg/; s/-cpu [^ ]*/-cpu max/"); exec qemu-system-x86_64 "$@";;',
      '  *) exec qemu-system-x86_64 "$@";;',
      'esac',
    ].join('\n');
    const flaky = await script('fake-qemu-late', body);
    await using own = await Sandbox.make({ VIVARIUM_EMULATOR: flaky, VIVARIUM_KVM_DEVICE: '/dev/null' });
    await own.cli('define', await sandbox.write('k.xml', tinyDomain({ name: 'k', type: 'kvm', emulator: flaky })));
    expect((await own.cli('start', 'k')).stderr).toBe('');
    expect((await own.json<DomainSummary[]>('list'))[0]?.accelerator).toBe('kvm');
    process.kill(own.guests[0]?.pid ?? 0, 'SIGABRT');
    await own.until(
      async () => (await own.json<DomainSummary[]>('list', '--all'))[0]?.isActive === false,
      'the end of the guest',
    );
    expect((await own.json<DomainSummary[]>('list', '--all'))[0]?.problem).toMatchObject({
      code: 'NO_SUPPORT',
      message: expect.stringContaining('KVM'),
      detail: expect.stringContaining('KVM internal error'),
    });
    expect((await own.cli('start', 'k')).stderr).toBe('');
    expect((await own.json<DomainSummary[]>('list'))[0]?.accelerator).toBe('tcg');
  });
});

describe('the server', () => {
  it('says which port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const words = (() => {
      try {
        return execFileSync(process.execPath, [SERVER, '--headless', '--port', String(port)], {
          env: sandbox.env,
          encoding: 'utf8',
          stdio: 'pipe',
        });
      } catch (error) {
        return String((error as { stderr: string }).stderr);
      }
    })();
    expect(words).toBe(
      `Vivarium can't start: port ${port} is taken by another program; choose another one with --port, or leave it out\n`,
    );
    other.close();
  });
});
