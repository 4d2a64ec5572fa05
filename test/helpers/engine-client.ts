// A client of a sandbox's engine that speaks the contract and not the command line: answers as data, error codes, events to wait for, a guest's serial console.
import type { Duplex } from 'node:stream';
import type { ContractClient } from '../../src/common/contract/client.ts';
import type { Input, Output, ProcedureName } from '../../src/common/contract/procedures.ts';
import type { VirError } from '../../src/common/errors.ts';
import type { DomainEvent } from '../../src/common/model/event.ts';
import { connectClient, connectConsole } from '../../src/engine/client.ts';
import type { Sandbox } from './sandbox.ts';

export class EngineClient implements Disposable {
  readonly #client: ContractClient;
  readonly #sandbox: Sandbox;
  readonly #events: DomainEvent[] = [];

  private constructor(client: ContractClient, sandbox: Sandbox) {
    this.#client = client;
    this.#sandbox = sandbox;
    client.subscribe('domain', (event) => this.#events.push(event));
  }

  /** Starts an engine where none runs. */
  static async open(sandbox: Sandbox): Promise<EngineClient> {
    await sandbox.cli('list');
    const client = await connectClient(sandbox.path('r/vivarium/engine.sock'));
    if (!client) throw new Error('no engine runs');
    return new EngineClient(client, sandbox);
  }

  call<N extends ProcedureName>(procedure: N, input: Input<N>): Promise<Output<N>> {
    return this.#client.call(procedure, input);
  }

  /** The code of the error with which a call ends; 'done' where it does not. */
  code<N extends ProcedureName>(procedure: N, input: Input<N>): Promise<string> {
    return this.call(procedure, input).then(
      () => 'done',
      (error: VirError) => error.code,
    );
  }

  async xml(domain: string, inactive = false): Promise<string> {
    return (await this.call('domain.dumpxml', { domain, inactive })).xml;
  }

  /** What was heard since the beginning, in order. */
  get events(): readonly DomainEvent[] {
    return this.#events;
  }

  /** Until an event of this kind and detail was heard, now or before. */
  async hears(kind: DomainEvent['kind'], detail: string): Promise<void> {
    const isIt = (event: DomainEvent): boolean => event.kind === kind && event.detail === detail;
    await this.#sandbox.until(() => this.#events.some(isIt), `${kind} ${detail}`);
  }

  async console(domain: string): Promise<GuestShell> {
    const { ticket } = await this.call('console.open', { domain, console: 'serial' });
    return new GuestShell(await connectConsole(this.#sandbox.path('r/vivarium/engine.sock'), ticket), this.#sandbox);
  }

  [Symbol.dispose](): void {
    this.#client.dispose();
  }
}

/** The shell of the demo guest on its serial port. */
export class GuestShell implements Disposable {
  readonly #stream: Duplex;
  readonly #sandbox: Sandbox;
  #said = '';
  #asked = 0;

  constructor(stream: Duplex, sandbox: Sandbox) {
    this.#stream = stream;
    this.#sandbox = sandbox;
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      this.#said += chunk;
    });
    stream.resume();
  }

  /** Until the prompt is there. */
  async ready(): Promise<void> {
    await this.#sandbox.until(() => this.#said.includes('demo:~# '), 'the guest’s prompt', 90);
  }

  /** What a command prints. */
  async run(command: string): Promise<string> {
    this.#asked += 1;
    const [begin, end] = [`<${this.#asked}>`, `</${this.#asked}>`];
    // The marks are put together by the guest's shell, so that the echo of what is typed is not taken for them.
    this.#stream.write(`echo '<'${this.#asked}'>'; ${command}; echo '</'${this.#asked}'>'\n`);
    await this.#sandbox.until(
      () => this.#said.includes(end),
      `${command} in ${JSON.stringify(this.#said.slice(-300))}`,
      60,
    );
    const from = this.#said.indexOf(begin) + begin.length;
    return this.#said.slice(from, this.#said.indexOf(end)).trim().replaceAll('\r', '');
  }

  /** Until a command prints what is wanted: for what the guest's kernel does in its own time. */
  async sees(command: string, wanted: RegExp): Promise<void> {
    await this.#sandbox.until(async () => wanted.test(await this.run(command)), `${wanted} from ${command}`, 60);
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }
}
