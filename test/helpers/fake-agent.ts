// A guest agent that we script, behind a unix socket as QEMU serves one: well-behaved by default, and as bad as a test wants. It takes one client at a
// time, as QEMU's socket does, and remembers what it was asked.
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from './temp-dir.ts';

export interface AgentRequest {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** What it says to a command: a result, an error by throwing `refusal`, nothing (`SILENCE`), or bytes that it writes to the socket itself. */
export type Answer = (request: AgentRequest, socket: Socket) => unknown;
export const SILENCE = Symbol('silence');

export class Refusal extends Error {
  readonly kind: string;
  readonly desc: string;

  constructor(kind: string, desc: string) {
    super(desc);
    this.kind = kind;
    this.desc = desc;
  }
}

export interface FakeAgentOptions {
  readonly answer?: Answer;
  /** Instead of the right answer to guest-sync-delimited. */
  readonly sync?: (id: number, socket: Socket) => void;
}

export class FakeAgent {
  readonly path = join(tempDir(), 'agent.sock');
  /** Commands but for syncs. */
  readonly asked: AgentRequest[] = [];
  /** Ids of syncs. */
  readonly synced: number[] = [];
  answer: Answer;
  sync: (id: number, socket: Socket) => void;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();

  private constructor({ answer = () => ({}), sync }: FakeAgentOptions) {
    this.answer = answer;
    this.sync = sync ?? ((id, socket) => this.sendSync(id, socket));
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(options: FakeAgentOptions = {}): Promise<FakeAgent> {
    const agent = new FakeAgent(options);
    await new Promise<void>((resolve) => agent.#server.listen(agent.path, resolve));
    onTestFinished(() => agent.stop());
    return agent;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  /** Of the clients that are connected. */
  get sockets(): readonly Socket[] {
    return [...this.#sockets];
  }

  sendSync(id: number, socket: Socket): void {
    socket.write(Buffer.concat([Buffer.of(0xff), Buffer.from(`{"return": ${id}}\n`)]));
  }

  /** Resolves when `condition` holds; it is looked at after everything that this agent hears. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('error', () => undefined); // a client that gave up
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#stir();
    });
    let rest = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      // As the real one: what stands before a sentinel is forgotten.
      rest = (rest + chunk).replace(/^[\s\S]*\xff/, '');
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) this.#hear(JSON.parse(Buffer.from(text, 'latin1').toString('utf8')), socket);
      this.#stir();
    });
  }

  #stir(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #hear(request: AgentRequest, socket: Socket): void {
    if (request.execute === 'guest-sync-delimited') {
      const id = Number(request.arguments?.id);
      this.synced.push(id);
      return this.sync(id, socket);
    }
    this.asked.push(request);
    try {
      const said = this.answer(request, socket);
      if (said !== SILENCE) socket.write(`${JSON.stringify({ return: said })}\n`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      socket.write(`${JSON.stringify({ error: { class: error.kind, desc: error.desc } })}\n`);
    }
  }
}
