// Commands that open an editor, and calls whose reader goes away.
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { CLI, type CliResult, Sandbox } from '../helpers/sandbox.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.make();
  await sandbox.write('web.xml', tinyDomain({ name: 'web' }));
  expect((await sandbox.cli('define', sandbox.path('web.xml'))).code).toBe(0);
});
afterAll(() => sandbox[Symbol.asyncDispose]());

/** `vivarium ARGS` with an editor, whose words are split at blanks. */
function withEditor(editor: string, ...args: readonly string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...sandbox.env, EDITOR: editor },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += String(text);
    });
    child.stderr.on('data', (text) => {
      stderr += String(text);
    });
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

const inactive = async (): Promise<string> => (await sandbox.cli('dumpxml', '--inactive', 'web')).stdout;

describe('edit', () => {
  it('says when nothing was changed', async () => {
    expect(await withEditor('true', 'edit', 'web')).toEqual({
      code: 0,
      stdout: "Domain 'web' XML configuration not changed.\n\n",
      stderr: '',
    });
  });

  it('stores what was changed', async () => {
    expect((await withEditor('sed -i s/32768/40960/', 'edit', 'web')).stdout).toBe(
      "Domain 'web' XML configuration edited.\n\n",
    );
    expect(await inactive()).toContain("<memory unit='KiB'>40960</memory>");
  });

  it('keeps the definition where the new one is refused, and says why', async () => {
    const before = await inactive();
    const { code, stderr } = await withEditor('sed -i s/<vcpu/<vcpuu/', 'edit', 'web');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: Failed to edit domain 'web'\nerror: \d+:\d+: /)]);
    expect(await inactive()).toBe(before);
  });

  it('tells of an editor that is not there, or fails', async () => {
    expect((await withEditor('nowhere', 'edit', 'web')).stderr).toMatch(
      /^error: the editor 'nowhere' can't be started/,
    );
    expect((await withEditor('false', 'edit', 'web')).stderr).toBe("error: the editor 'false' ended with status 1\n");
  });

  it('of a description and of metadata works alike', async () => {
    await sandbox.cli('desc', 'web', 'an', 'old', 'text');
    expect((await sandbox.cli('desc', 'web')).stdout).toBe('an old text\n\n');
    expect((await withEditor('sed -i s/old/new/', 'desc', 'web', '--edit')).code).toBe(0);
    expect((await sandbox.cli('desc', 'web')).stdout).toBe('an new text\n\n');
    expect((await sandbox.cli('metadata', 'web', 'http://x.y/', '--key', 'x', '--set', '<a b="1"/>')).stdout).toBe(
      'Metadata modified\n\n',
    );
    expect((await withEditor('sed -i s/1/2/', 'metadata', 'web', 'http://x.y/', '--key', 'x', '--edit')).code).toBe(0);
    expect((await sandbox.cli('metadata', 'web', 'http://x.y/')).stdout).toMatch(/b=.2./);
  });
});

describe('a reader that has enough', () => {
  it('ends the call without a word', async () => {
    const child = spawn(process.execPath, [CLI, '-q', 'help', '--man'], { env: sandbox.env, stdio: 'pipe' });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += String(text);
    });
    child.stdout.destroy();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(141);
    expect(stderr).toBe('');
  });
});
