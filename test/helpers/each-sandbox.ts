// What each test of the built program begins with, and leaves nothing of: `sandbox`, a user of its own, and where asked for `client`, a client of that user's engine.
// Both are the running test's, so a test file names them as if they were its own.
import { afterEach, beforeEach } from 'vitest';
import { EngineClient } from './engine-client.ts';
import { Sandbox } from './sandbox.ts';

export let sandbox: Sandbox;
export let client: EngineClient;

type Environment = Readonly<Record<string, string>>;

/** Called once in a test file, or in each of its outermost describes. */
export function eachInSandbox(env: Environment = {}): void {
  beforeEach(async () => {
    sandbox = await Sandbox.make(env);
  });
  afterEach(() => sandbox[Symbol.asyncDispose]());
}

/** The same, with an engine that runs. */
export function eachWithEngine(env: Environment = {}): void {
  eachInSandbox(env);
  beforeEach(async () => {
    client = await EngineClient.open(sandbox);
  });
  // Hooks behind a test run in reverse: the client goes before its sandbox.
  afterEach(() => client[Symbol.dispose]());
}

/** The engine dies, and `client` is the next one's. */
export async function changeEngines(meanwhile: () => unknown = () => undefined): Promise<void> {
  client[Symbol.dispose]();
  sandbox.killEngine();
  await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
  await meanwhile();
  client = await EngineClient.open(sandbox);
}
