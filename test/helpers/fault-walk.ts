// Walks an operation of the engine through its failpoints: at the N-th one the engine dies (or an effect fails), a new engine starts, and nothing may be lost.
// Each step has a user of its own (Sandbox), a real engine process and real QEMUs.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContractClient } from '../../src/common/contract/client.ts';
import { toVirError } from '../../src/common/errors.ts';
import { connectClient, type EnginePaths, resolvePaths } from '../../src/engine/client.ts';
import { CLI, Sandbox } from './sandbox.ts';

/** 'count': nothing fails, the points are counted. */
export type FaultAction = 'crash' | 'error' | 'count';

export interface World {
  readonly sandbox: Sandbox;
  readonly paths: EnginePaths;
  readonly client: ContractClient;
}

export interface Operation {
  readonly name: string;
  /** Where the points are counted: a procedure, 'adopt' or 'close'. */
  readonly scope: string;
  /** Runs on a healthy engine. */
  prepare(world: World): Promise<void>;
  /** Changes the world while no engine runs. */
  between?(world: Omit<World, 'client'>): Promise<void>;
  /** What is walked. */
  run(world: World): Promise<unknown>;
  /** After the recovery: whether it happened, wholly, or not at all. Throws where it is neither. */
  happened(world: World): Promise<boolean>;
  /** What a person would do next; must work whether it happened or not. */
  after(world: World, happened: boolean): Promise<void>;
  /** An error may be told though it happened: QEMU did it and its answer was lost. */
  readonly mayHappenUntold?: boolean;
  /** The engine ends with it, behind its answer. */
  readonly endsEngine?: boolean;
  /** Why it can't be done on this host. */
  readonly cannot?: string;
}

export class EngineProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Starts one and waits until it is ready, or has ended. */
  static async start(sandbox: Sandbox, env: Readonly<Record<string, string>> = {}): Promise<EngineProcess> {
    const child = spawn(process.execPath, [process.env.VIVARIUM_TEST_ENGINE ?? CLI, 'engine', 'run'], {
      env: { ...sandbox.env, VIVARIUM_IDLE_SECONDS: '60', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const engine = new EngineProcess(child);
    await Promise.race([new Promise((resolve) => child.stdout?.once('data', resolve)), engine.ended]);
    return engine;
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

export async function connectTo(sandbox: Sandbox): Promise<ContractClient> {
  const client = await connectClient(resolvePaths(sandbox.env).socket);
  if (!client) throw new Error('no engine listens');
  return client;
}

const names = (dir: string): string[] => {
  try {
    return readdirSync(dir);
  } catch {
    return []; // nothing was ever put there
  }
};

/** Files that a crash may leave and a new engine must take away. */
const leftovers = (dir: string): string[] => names(dir).filter((name) => /\.(tmp|saving)$/.test(name));

/** Of the runs that there are, by their status files. */
const startIds = (paths: EnginePaths): string[] =>
  names(paths.statusDir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => (JSON.parse(readFileSync(join(paths.statusDir, name), 'utf8')) as { startId: string }).startId);

/** What must hold whenever an engine is at rest; each violation is one sentence. */
export async function violations({ sandbox, paths, client }: World, isSameEngine = false): Promise<string[]> {
  const found: string[] = [];
  const { domains, broken } = await client.call('domain.list', {});
  for (const file of broken) found.push(`${file.path} can't be read: ${file.message}`);
  const active = domains.filter(({ isActive }) => isActive);
  const known = new Set(active.map(({ pid }) => pid));
  for (const { pid } of sandbox.guests) if (!known.has(pid)) found.push(`QEMU ${pid} is nobody's`);
  const running = new Set(sandbox.guests.map(({ pid }) => pid));
  for (const { name, pid } of active) if (!running.has(pid ?? 0)) found.push(`'${name}' has no QEMU`);
  const starts = new Set(startIds(paths));
  for (const { pid, args } of sandbox.companions) {
    const startId = /\.([\da-f-]{36})\.(?:pid|log)/.exec(args)?.[1];
    if (startId === undefined || !starts.has(startId)) found.push(`${args.split(' ')[0]} ${pid} is nobody's`);
  }
  for (const name of names(paths.tpmDir)) {
    // What could not be removed the next engine removes.
    if (isSameEngine && name.startsWith('.')) continue;
    if (!domains.some(({ uuid }) => uuid === name)) found.push(`the TPM ${name} is nobody's`);
    if (!isSameEngine && names(join(paths.tpmDir, name)).some((one) => one.endsWith('.new')))
      found.push(`half a TPM was left in ${name}`);
  }
  for (const dir of [paths.definitionDir, paths.statusDir, paths.saveDir, paths.dumpDir, sandbox.dir])
    for (const name of leftovers(dir)) found.push(`${name} was left in ${dir}`);
  // What could not be removed the next engine removes.
  if (!isSameEngine) {
    const statuses = names(paths.statusDir).filter((name) => name.endsWith('.json'));
    if (statuses.length !== active.length)
      found.push(`${statuses.length} status files for ${active.length} active domains`);
    const folders = names(join(paths.runtimeDir, 'd'));
    if (folders.length !== active.length)
      found.push(`${folders.length} runtime folders for ${active.length} active domains`);
  }
  for (const { name, isPersistent } of domains) {
    const has = names(paths.definitionDir).includes(`${name}.xml`);
    if (isPersistent !== has)
      found.push(`'${name}' is ${isPersistent ? '' : 'not '}persistent, but its file is ${has ? '' : 'not '}there`);
    if (isPersistent) await client.call('domain.dumpxml', { domain: name, inactive: true });
  }
  for (const { name, hasManagedSave } of domains) {
    const has = names(paths.saveDir).includes(`${name}.save`);
    if (has !== (hasManagedSave ?? false))
      found.push(`the managed save of '${name}' is ${has ? 'there but not known' : 'known but not there'}`);
    if (has) await client.call('domain.savedXml', { domain: name });
  }
  // What could not be removed the next engine removes.
  for (const name of isSameEngine ? [] : names(paths.saveDir))
    if (!domains.some((domain) => `${domain.name}.save` === name)) found.push(`${name} is nobody's`);
  return found;
}

/** The same, of the engine that had the fault. It may be on its way out (a handover), or meet its fault only now, in what this asks of it. */
async function ownViolations({ sandbox, paths }: Omit<World, 'client'>): Promise<string[]> {
  const client = await connectTo(sandbox).catch(() => undefined); // it has ended
  if (!client) return [];
  const isAtRest = async (): Promise<boolean> => {
    const { commands } = await client.call('command.list', {});
    return commands.every(({ state }) => state !== 'queued' && state !== 'running');
  };
  try {
    // What it does behind an answer, such as storing a definition after a job, has a temporary file for a moment.
    await sandbox.until(isAtRest, 'the engine to come to rest');
    return await violations({ sandbox, paths, client }, true);
  } catch (error) {
    const { code, message } = toVirError(error);
    return code === 'NO_CONNECT' || message.startsWith('failpoint:') ? [] : [message];
  } finally {
    client.dispose();
  }
}

export interface StepResult {
  /** Undefined once the operation passed all its points. */
  readonly point: string | undefined;
  readonly problems: readonly string[];
  /** The names of the points that were passed, in order. */
  readonly passed: readonly string[];
}

/** One step of the walk: the operation with a fault at point `at`. */
export async function walkStep(operation: Operation, at: number, action: FaultAction): Promise<StepResult> {
  await using sandbox = await Sandbox.make();
  const paths = resolvePaths(sandbox.env);
  const log = sandbox.path('points');
  {
    await using engine = await EngineProcess.start(sandbox);
    const client = await connectTo(sandbox);
    await operation.prepare({ sandbox, paths, client });
    client.dispose();
    // What an engine writes behind its answers is part of what was prepared: it ends as it does for a closed window.
    engine.child.kill('SIGTERM');
    await engine.ended;
  }
  await operation.between?.({ sandbox, paths });
  let told: 'done' | 'refused' | 'unknown' = 'unknown';
  let refusal = '';
  {
    await using engine = await EngineProcess.start(sandbox, {
      VIVARIUM_FAILPOINTS: `${operation.scope}#${at}=${action}`,
      VIVARIUM_FAILPOINTS_LOG: log,
    });
    const client = engine.isAlive ? await connectTo(sandbox).catch(() => undefined) : undefined; // it died at its start
    if (client) {
      try {
        await operation.run({ sandbox, paths, client });
        told = 'done';
      } catch (error) {
        const { code, message } = toVirError(error);
        told = code === 'NO_CONNECT' ? 'unknown' : 'refused';
        refusal = `${code}: ${message}`;
      }
      client.dispose();
    }
    if (operation.endsEngine) await engine.ended;
    if (action === 'error' && engine.isAlive) {
      // It goes on: first with itself, then with the one after it.
      const problems = await ownViolations({ sandbox, paths });
      if (problems.length > 0) return { point: readPoints(log)[at - 1], problems, passed: readPoints(log) };
    }
  }
  const points = readPoints(log);
  await using _next = await EngineProcess.start(sandbox);
  const client = await connectTo(sandbox);
  const world = { sandbox, paths, client };
  const problems = [...(await violations(world))];
  try {
    const happened = await operation.happened(world);
    if (told === 'done' && !happened) problems.push('it was told to be done, but is not');
    if (told === 'refused' && happened && !operation.mayHappenUntold)
      problems.push(`it was refused (${refusal}), but happened`);
    await operation.after(world, happened);
    problems.push(...(await violations(world)));
  } catch (error) {
    problems.push(`${toVirError(error).message}${refusal ? ` (after: ${refusal})` : ''}`);
  }
  client.dispose();
  return { point: points[at - 1], problems, passed: points };
}

/** The points that were passed, in order. */
const readPoints = (log: string): string[] => {
  try {
    return readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.slice(line.indexOf(' ') + 1));
  } catch {
    return []; // no point was passed at all
  }
};
