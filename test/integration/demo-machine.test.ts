// The demo guest through the command line: made, worked in over its serial console, looked at, rebooted, shut down by ACPI, and found again by a new engine.
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';

eachInSandbox();
beforeEach(async () => {
  expect((await sandbox.cli('install', '--demo', '--name', 'demo')).stderr).toBe('');
});

/** An open console: what it has said so far, and a wait for words. */
class OpenConsole implements Disposable {
  readonly #process: ChildProcess;
  #said = '';

  constructor() {
    this.#process = sandbox.spawnCli('console', 'demo');
    this.#process.stdout?.on('data', (chunk) => {
      this.#said += String(chunk);
    });
  }

  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  async says(words: RegExp): Promise<void> {
    await sandbox.until(() => words.test(this.#said), `${words} in ${JSON.stringify(this.#said.slice(-400))}`, 60);
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}

const state = async (): Promise<string> => (await sandbox.cli('domstate', 'demo')).stdout.trim();

describe('the demo guest', () => {
  it('answers on its serial console, to several at once, and tells latecomers what it said', async () => {
    using first = new OpenConsole();
    await first.says(/Connected to domain 'demo'\nEscape character is \^\] \(Ctrl \+ \]\)[\s\S]*demo:~# /);
    first.type('echo $((6 * 7)) is it');
    await first.says(/42 is it/);
    using second = new OpenConsole();
    await second.says(/42 is it/);
    second.type('echo from the $((1 + 1))nd');
    await Promise.all([first, second].map((console) => console.says(/from the 2nd/)));
  });

  it('shows its screen as a picture, and takes keys there', async () => {
    using console = new OpenConsole();
    await console.says(/demo:~# /);
    const file = sandbox.path('screen.png');
    expect((await sandbox.cli('screenshot', 'demo', file)).stdout).toBe(
      `Screenshot saved to ${file}, with type of image/png\n\n`,
    );
    expect((await readFile(file)).subarray(1, 4).toString()).toBe('PNG');
    expect((await sandbox.cli('vncdisplay', 'demo')).stdout.trim()).toMatch(/\/vnc\.sock$/);
    // The screen's own shell, told by keys, writes to the serial port.
    for (const key of [
      ...'dd'.split(''),
      'spc',
      ...'if'.split(''),
      'equal',
      'slash',
      ...'proc'.split(''),
      'slash',
      ...'version'.split(''),
      'spc',
      ...'of'.split(''),
      'equal',
      'slash',
      ...'dev'.split(''),
      'slash',
      ...'tty'.split(''),
    ]) {
      await sandbox.cli('send-key', 'demo', key);
    }
    await sandbox.cli('send-key', 'demo', 'shift', 's');
    await sandbox.cli('send-key', 'demo', '0');
    await sandbox.cli('send-key', 'demo', 'ret');
    await console.says(/Linux version/);
    expect((await sandbox.cli('send-key', 'demo', 'anykey')).stderr).toMatch(
      /^error: QEMU refused send-key: .*anykey/m,
    );
  });

  it('shuts down by ACPI, and reboots by ACPI without leaving its QEMU', async () => {
    using console = new OpenConsole();
    await console.says(/demo:~# /);
    const [guest] = sandbox.guests;
    expect((await sandbox.cli('reboot', 'demo')).stdout).toBe("Domain 'demo' is being rebooted\n\n");
    await console.says(/demo:~# [\s\S]*vivarium-demo ready[\s\S]*demo:~# /);
    expect(sandbox.guests).toEqual([guest]);
    expect((await sandbox.cli('shutdown', 'demo')).stdout).toBe("Domain 'demo' is being shutdown\n\n");
    await sandbox.until(async () => (await state()) === 'shut off', 'the guest to power off');
    expect(sandbox.guests).toEqual([]);
  });

  it('that reboots or powers off while no engine looks is brought on its way by the next one', async () => {
    using console = new OpenConsole();
    await console.says(/demo:~# /);
    console.type('poweroff; sleep 1');
    await console.says(/poweroff; sleep 1\r?\n/); // the guest has it
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    // QEMU stays until an engine has decided; which it does as soon as there is one.
    await sandbox.until(async () => (await state()) === 'shut off', 'the guest to be off');
    expect(sandbox.guests).toEqual([]);
  });
});
