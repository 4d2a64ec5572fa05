// A long-lived shell, virsh's or ours, fed by its standard input: how a script that works for long uses either. A command is over when the `echo` behind it has
// answered.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

export class ShellPeer {
  readonly #child: ChildProcessWithoutNullStreams;
  #text = '';
  #count = 0;
  #hear: () => void = () => undefined;
  #end: Error | undefined;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    this.#child = spawn(command, args, { env: { ...env }, stdio: 'pipe' });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      this.#hear();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
    });
    this.#child.once('close', () => {
      this.#end = new Error(`the shell has ended: ${this.#text.slice(-500)}`);
      this.#hear();
    });
  }

  /** Runs `lines`, and returns what they and the shell's echo of them wrote. */
  async run(...lines: readonly string[]): Promise<string> {
    this.#count += 1;
    const mark = `done-${this.#count}`;
    const isOver = new RegExp(`^${mark}(?!\\d)`, 'm');
    this.#text = '';
    this.#child.stdin.write([...lines, `echo ${mark}`, ''].join('\n'));
    while (!isOver.test(this.#text.slice(-200))) {
      if (this.#end) throw this.#end;
      await new Promise<void>((resolve) => {
        this.#hear = resolve;
      });
    }
    return this.#text;
  }

  /** ms of `lines`. Throws where one of them failed. */
  async time(...lines: readonly string[]): Promise<number> {
    const begun = performance.now();
    const text = await this.run(...lines);
    const took = performance.now() - begun;
    const error = /^error: .*/m.exec(text)?.[0];
    if (error) throw new Error(error);
    return took;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (!this.#end) await new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
  }
}
