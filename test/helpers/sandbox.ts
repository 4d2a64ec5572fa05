// A user of their own for an integration test: short temporary folders for everything that the XDG variables name, the built command line run in them, and
// at the end every engine and QEMU of that user ended and counted. Uses out/, as a person's checkout does.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const CLI = here('../../out/cli/index.mjs');
export const SERVER = here('../../out/server/index.mjs');

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SandboxProcess {
  readonly pid: number;
  readonly args: string;
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it was quicker
  }
}

export class Sandbox implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'vv-'));
  readonly env: Readonly<Record<string, string>>;

  constructor(extra: Readonly<Record<string, string>> = {}) {
    if (!existsSync(CLI)) throw new Error('out/cli is not built; run npm run build');
    this.env = {
      PATH: process.env.PATH ?? '',
      HOME: join(this.dir, 'h'),
      XDG_RUNTIME_DIR: join(this.dir, 'r'),
      XDG_CONFIG_HOME: join(this.dir, 'h/c'),
      XDG_DATA_HOME: join(this.dir, 'h/d'),
      XDG_STATE_HOME: join(this.dir, 'h/s'),
      // Shared by all tests: the demo guest and the emulator's capabilities are made once.
      XDG_CACHE_HOME: here('../../.cache/test-cache'),
      VIVARIUM_IDLE_SECONDS: '3',
      ...extra,
    };
  }

  static async make(extra: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
    const sandbox = new Sandbox(extra);
    for (const name of ['r', 'h']) await mkdir(join(sandbox.dir, name), { mode: 0o700 });
    return sandbox;
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** A file of the sandbox; its path. */
  async write(name: string, content: string | Buffer): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  /** Runs the command line; never rejects for a command that fails. */
  cli(...args: readonly string[]): Promise<CliResult> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [CLI, ...args],
        { env: this.env, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
          resolve({ code, stdout, stderr });
        },
      );
    });
  }

  /** Runs the command line with --json and returns its answer. Rejects with the error's text. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.cli(...args, '--json');
    if (code !== 0) throw new Error(`vivarium ${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** What a call that must go well prints, without blank lines around it. */
  async said(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(...args);
    if (code !== 0) throw new Error(`vivarium ${args.join(' ')}: ${stderr}`);
    return stdout.replace(/^\n+/, '').trimEnd();
  }

  spawnCli(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], { env: this.env, stdio: 'pipe' });
  }

  /** Live processes with this sandbox's home in their environment. */
  processes(match: RegExp): readonly SandboxProcess[] {
    const marker = `HOME=${this.env.HOME}`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
          const isOurs = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(marker);
          const isZombie = /\) [ZX] /.test(readFileSync(`/proc/${name}/stat`, 'utf8'));
          return isOurs && !isZombie && match.test(args) ? [{ pid: Number(name), args }] : [];
        } catch {
          return []; // ended while we looked
        }
      });
  }

  get guests(): readonly SandboxProcess[] {
    return this.processes(/qemu-system|fake-qemu/);
  }

  /** swtpm, its setup, and passt: by their command line, as passt lets nobody read its environment. */
  get companions(): readonly SandboxProcess[] {
    return this.#all().filter(({ args }) => /^\S*\/(swtpm|swtpm_setup|passt) /.test(args) && args.includes(this.dir));
  }

  #all(): readonly SandboxProcess[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          return [{ pid: Number(name), args: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
        } catch {
          return []; // ended while we looked
        }
      });
  }

  get engines(): readonly SandboxProcess[] {
    return this.processes(/engine run|server\/index\.mjs/).filter(({ args }) => !args.includes('qemu-system'));
  }

  killEngine(): void {
    for (const { pid } of this.engines) process.kill(pid, 'SIGKILL');
  }

  /** Waits until `condition` holds, looking every 20 ms: for what only /proc tells. Rejects after `seconds`. */
  async until(condition: () => boolean | Promise<boolean>, what: string, seconds = 30): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const kind of [/engine run|server\/index\.mjs|cli\/index\.mjs/, /qemu-system|fake-qemu/])
      for (const { pid } of this.processes(kind)) endNow(pid);
    // A companion that never had a QEMU does not end with it.
    for (const { pid } of this.companions) endNow(pid);
    await this.until(() => this.processes(/./).length === 0, 'the sandbox’s processes to end');
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Open files of a process, for tests that look for leaks. */
export const openFiles = (pid: number): readonly string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // closed while we looked
    }
  });
