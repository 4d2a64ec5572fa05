// The shell: `vivarium` without a command, fed by a pipe as virsh's is, and by a terminal.
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { CLI, Sandbox } from '../helpers/sandbox.ts';
import { ShellPeer } from '../helpers/shell-peer.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.make();
  await sandbox.write('web.xml', tinyDomain({ name: 'web' }));
  expect((await sandbox.cli('define', sandbox.path('web.xml'))).code).toBe(0);
});
afterAll(() => sandbox[Symbol.asyncDispose]());

/** What `vivarium ARGS` makes of `input`. */
function feed(
  input: string,
  ...args: readonly string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], { env: sandbox.env, cwd: sandbox.dir });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += String(text);
    });
    child.stderr.on('data', (text) => {
      stderr += String(text);
    });
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}

describe('the shell on a pipe', () => {
  it('echoes prompts and lines as virsh does, goes on after errors, and ends well', async () => {
    const { code, stdout, stderr } = await feed('domstate web; domid web\nfoo\n\n# nothing\nstart nope\ndomstate web');
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'Welcome to vivarium, the virtualization interactive terminal.\n',
        "Type:  'help' for help with commands",
        "       'quit' to quit\n",
        'vivarium # domstate web; domid web',
        'shut off\n',
        '-\n',
        'vivarium # foo',
        'vivarium # ',
        'vivarium # # nothing',
        'vivarium # start nope',
        '',
        'vivarium # domstate web',
        'shut off\n',
        'vivarium # \n',
      ].join('\n'),
    );
    expect(stderr).toBe(
      "error: unknown command: 'foo'\nerror: failed to get domain 'nope'\nerror: no domain has this name, UUID or id\n",
    );
  });

  it('is quiet with -q, and ends at quit', async () => {
    const { stdout } = await feed('list --all\nquit\nlist', '-q');
    expect(stdout).toBe('vivarium # list --all\n -   web   shut off\nvivarium # quit\n');
  });

  it('has virsh’s words of its own: cd, pwd, echo', async () => {
    const { stdout } = await feed('cd /usr\npwd\necho "a  b" c\ncd /nowhere', '-q');
    expect(stdout).toContain('# pwd\n/usr\n');
    expect(stdout).toContain('# echo "a  b" c\na  b c\n');
  });

  it('runs one argument as a list of commands', async () => {
    expect(await sandbox.cli('domstate web; domid web')).toMatchObject({ code: 0, stdout: 'shut off\n\n-\n\n' });
    expect(await sandbox.cli('domid web; domstate nope')).toMatchObject({ code: 3 });
    expect((await sandbox.cli('domstate "web')).code).toBe(1);
  });

  it('keeps one connection, and makes another one when the engine has ended', async () => {
    const shell = new ShellPeer(process.execPath, [CLI, '-q'], sandbox.env);
    const pidOf = async () => /^PID: +(\d+)$/m.exec(await shell.run('engine-info'))?.[1];
    const first = await pidOf();
    expect(await pidOf()).toBe(first);
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    expect(await shell.run('domstate web')).toContain('shut off');
    const second = await pidOf();
    expect(second).not.toBe(first);
    expect(second).toMatch(/^\d+$/);
    await shell.close();
  });
});

describe('options before the command', () => {
  it('choose the engine, or are refused', async () => {
    expect((await sandbox.cli('-c', 'qemu:///session', 'domstate', 'web')).stdout).toBe('shut off\n\n');
    expect(await sandbox.cli('-c', 'qemu:///system', 'list')).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(
        /^error: failed to connect to the engine\nerror: no connection driver available for qemu:\/\/\/system/,
      ),
    });
  });

  it('refuse changes with --readonly, not look-ups', async () => {
    expect((await sandbox.cli('-r', 'domstate', 'web')).code).toBe(0);
    expect(await sandbox.cli('-r', 'start', 'web')).toMatchObject({
      code: 1,
      stderr:
        "error: Failed to start domain 'web'\nerror: operation forbidden: read only access prevents domain.start\n",
    });
  });

  it('tell how long it took, and write what was called to a file', async () => {
    expect((await sandbox.cli('-t', 'domid', 'web')).stdout).toMatch(/^-\n\n\(Time: \d+\.\d{3} ms\)\n\n$/);
    await sandbox.cli('-l', sandbox.path('log'), 'domid', 'web');
    expect(readFileSync(sandbox.path('log'), 'utf8')).toMatch(/domain\.lookup \(\d+\.\d ms\)\n$/);
  });
});

describe('Ctrl+C', () => {
  it('cancels what the engine has not done yet, and says so', async () => {
    await sandbox.cli('start', 'web');
    onTestFinished(() => sandbox.cli('destroy', 'web').then(() => undefined));
    const call = sandbox.spawnCli('-d', '0', 'shutdown', 'web', '--timeout', '600');
    const asked = Promise.withResolvers<void>();
    let stderr = '';
    call.stderr?.on('data', (text) => {
      stderr += String(text);
      if (stderr.includes('domain.shutdown …')) asked.resolve();
    });
    await asked.promise;
    const ended = new Promise((resolve) => call.once('close', resolve));
    call.kill('SIGINT');
    expect([await ended, stderr]).toEqual([
      6,
      // It may come before the guest was asked or after it: both are said.
      expect.stringMatching(/^error: Failed to shutdown domain 'web'\nerror: .* was cancelled(: before it began)?\n/m),
    ]);
    expect((await sandbox.cli('domstate', 'web')).stdout).toBe('running\n\n');
  });
});

describe('the shell on a terminal', () => {
  it('completes, remembers for the next shell, and survives Ctrl+C', async () => {
    // script(1) makes a terminal of its own for the command.
    const command = `'${process.execPath}' '${CLI}'`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...sandbox.env, TERM: 'xterm' } });
    let text = '';
    const heard = { again: Promise.withResolvers<void>() };
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      heard.again.resolve();
    });
    const says = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(stripVTControlCharacters(text))) {
        await heard.again.promise;
        heard.again = Promise.withResolvers();
      }
      text = '';
    };
    await says(/vivarium # $/);
    child.stdin.write('domst\t');
    await says(/domstat$/);
    child.stdin.write('e w\t');
    await says(/web/);
    child.stdin.write('\r');
    await says(/shut off[\s\S]*vivarium # $/);
    child.stdin.write('undone\x03');
    await says(/\^C[\s\S]*vivarium # $/);
    child.stdin.write('\x1b[A\r');
    await says(/shut off[\s\S]*vivarium # $/);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.end('quit\r');
    expect(await ended).toBe(0);
    const history = sandbox.path('h/s/vivarium/history');
    expect(readFileSync(history, 'utf8')).toMatch(/^domstate web\s*\n[\s\S]*quit\n$/);
    expect(statSync(history).mode & 0o777).toBe(0o600);
  });
});
