// An engine in the test's own process, for a user of its own, and its contract called as a client does. At the end its guests are ended, and it is closed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EventData, Input, Output, ParsedInput, ProcedureName } from '../../src/common/contract/procedures.ts';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import { createEngine, type EngineDoor } from '../../src/engine/index.ts';

export class LocalEngine implements AsyncDisposable {
  readonly dir: string;
  #door: EngineDoor;

  private constructor(dir: string, door: EngineDoor) {
    this.dir = dir;
    this.#door = door;
  }

  static async start(): Promise<LocalEngine> {
    const dir = await mkdtemp(join(tmpdir(), 've-'));
    return new LocalEngine(dir, await openDoor(dir));
  }

  /** Ends this engine, its guests running on, and starts the next one, which adopts them. */
  async restart(): Promise<void> {
    await this.#door.close();
    this.#door = await openDoor(this.dir);
  }

  get handler(): EngineDoor['handler'] {
    return this.#door.handler;
  }

  call<N extends ProcedureName>(
    procedure: N,
    input: Input<N>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Output<N>> {
    return this.#door.handler.call(procedure, input as ParsedInput<N>, { signal });
  }

  /** The domain, once its summary is as `isWanted` says; it hears of it by events. Rejects after a minute. */
  async until(name: string, isWanted: (summary: DomainSummary) => boolean): Promise<DomainSummary> {
    const { promise, resolve: done, reject } = Promise.withResolvers<DomainSummary>();
    const subscription = this.#door.handler.subscribe('domain', ({ summary }: EventData<'domain'>) => {
      if (summary?.name === name && isWanted(summary)) done(summary);
    });
    const timer = setTimeout(() => reject(new Error(`waited a minute for domain '${name}'`)), 60_000);
    try {
      const now = await this.call('domain.lookup', { domain: name });
      return isWanted(now) ? now : await promise;
    } finally {
      clearTimeout(timer);
      subscription.dispose();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { domains } = await this.call('domain.list', {});
    for (const { name, isActive } of domains) if (isActive) await this.call('domain.destroy', { domain: name });
    await this.#door.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

const openDoor = (dir: string): Promise<EngineDoor> =>
  createEngine({
    shell: 'background',
    version: 'test',
    onStopRequest: () => undefined,
    env: { HOME: dir, XDG_RUNTIME_DIR: dir, XDG_CACHE_HOME: resolve('.cache/test-cache') },
  });
