// One call of the command line, or one shell: runs commands over one connection, which is made when the first command needs it and made again after the
// engine has ended, and tells their failures. It knows no terminal.
import type { ContractClient } from '../common/contract/client.ts';
import type { ProcedureName } from '../common/contract/procedures.ts';
import { toEnvelope, toVirError, VirError, virError } from '../common/errors.ts';
import { catalog } from './commands.ts';
import type { CliContext, CommandSpec, GlobalOptions, Positional } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { createOutput, formatError, writeStdout } from './output.ts';
import { parseCommand } from './parse-command.ts';
import { slotsOf } from './slots.ts';

/** `vivarium`, `vivarium --help`, `vivarium COMMAND --help` are `vivarium help …`. */
function withHelp([name = '', ...args]: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  const isAsked = (end < 0 ? args : args.slice(0, end)).includes('--help');
  return isAsked ? ['help', name] : [name, ...args];
}

/** "Failed to start domain '<domain>'" with the words of the call. */
function describeFailure(spec: CommandSpec, positional: Positional): string | undefined {
  return spec.failure?.replace(/<([a-z-]+)>/g, (whole, name: string) => {
    const index = slotsOf(spec.usage).findIndex((slot) => slot.name === name);
    return String(positional[index] ?? whole);
  });
}

/** Whether a procedure changes nothing. Loads the contract's table, so ask only when something went wrong. */
const isLookup = async (procedure: ProcedureName): Promise<boolean> => {
  const { changesNothing } = await import('./readonly.ts');
  return changesNothing(procedure);
};

export class Session {
  readonly #global: GlobalOptions;
  readonly #fromEngine = new WeakSet<VirError>();
  #client: Promise<ContractClient> | undefined;
  #hasQuit = false;
  #hasAskedAgain = false;
  #isDisposed = false;
  #interrupted = new AbortController();
  #callsUnderWay = 0;

  constructor(global: GlobalOptions) {
    this.#global = global;
  }

  get hasQuit(): boolean {
    return this.#hasQuit;
  }

  /** The one connection: for completion. */
  client(): Promise<ContractClient> {
    return this.#connect();
  }

  /** Runs one command; tells its failure, and returns the exit status. Never rejects. */
  async run(given: readonly string[]): Promise<number> {
    const [name = '', ...args] = withHelp(given);
    const isJson = args.includes('--json');
    const begun = performance.now();
    let what: (() => string | undefined) | undefined;
    let status = 0;
    this.#hasAskedAgain = false;
    this.#interrupted = new AbortController();
    try {
      const spec = await catalog.find(name);
      if (!spec) throw virError('INVALID_ARG', `unknown command: '${name}'`);
      const { positional, options } = parseCommand(spec, args);
      what = () => describeFailure(spec, positional);
      const out = createOutput({ isJson, isQuiet: this.#global.isQuiet });
      const fail = (): void => {
        status = 1;
      };
      const context: CliContext = {
        out,
        global: this.#global,
        client: () => this.#connect(),
        catalog,
        quit: () => {
          this.#hasQuit = true;
        },
        fail,
      };
      await spec.run(context, positional, options);
    } catch (error) {
      status = this.#tell(error, isJson, what);
    }
    // A command that was not one has no blank line behind it.
    if (what && !this.#hasQuit && !isJson) this.#finish(begun);
    return status;
  }

  /** Ctrl+C: cancels what was asked of the engine and is not answered yet. False where there is no such thing, or it was cancelled before. */
  interrupt(): boolean {
    if (this.#callsUnderWay === 0 || this.#interrupted.signal.aborted) return false;
    this.#interrupted.abort();
    return true;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#client?.then(
      (client) => client.dispose(),
      () => undefined, // a connection that failed was told by the command
    );
    this.#client = undefined;
  }

  #finish(begun: number): void {
    if (this.#global.isTimed) writeStdout(`\n(Time: ${(performance.now() - begun).toFixed(3)} ms)\n\n`);
    else if (!this.#global.isQuiet) writeStdout('\n');
  }

  #tell(error: unknown, isJson: boolean, what: (() => string | undefined) | undefined): number {
    const failure = toVirError(error);
    const head =
      failure.code === 'NO_CONNECT' && !this.#fromEngine.has(failure)
        ? 'failed to connect to the engine'
        : this.#fromEngine.has(failure)
          ? what?.()
          : undefined;
    process.stderr.write(formatError(toEnvelope(failure), { isJson, what: head }));
    this.#trace(() => `error ${failure.code}: ${failure.message}`, 4);
    return EXIT_CODES[failure.code] ?? 1;
  }

  #connect(): Promise<ContractClient> {
    this.#client ??= this.#open().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #open(): Promise<ContractClient> {
    const { connectToEngine } = await import('./connection.ts');
    const client = await connectToEngine();
    client.onClose(() => {
      this.#client = undefined;
    });
    const guard = this.#global.isReadonly ? (await import('./readonly.ts')).refuseCommands : undefined;
    const call: ContractClient['call'] = async (procedure, input, given) => {
      const begun = performance.now();
      const options = { signal: this.#interrupted.signal, ...given };
      this.#callsUnderWay += 1;
      this.#trace(() => `${procedure} …`, 0);
      try {
        guard?.(procedure);
        return await client.call(procedure, input, options).catch(async (error: unknown) => {
          // An engine that was replaced meanwhile: what changes nothing is asked of the next one, once.
          if (
            toVirError(error).code !== 'NO_CONNECT' ||
            this.#hasAskedAgain ||
            this.#isDisposed ||
            !(await isLookup(procedure))
          )
            throw error;
          this.#hasAskedAgain = true;
          return (await this.#connect()).call(procedure, input, options);
        });
      } catch (error) {
        // Which tells it from what the command itself complains of: only these are failures to do something.
        if (error instanceof VirError) this.#fromEngine.add(error);
        throw error;
      } finally {
        this.#callsUnderWay -= 1;
        this.#trace(() => `${procedure} (${(performance.now() - begun).toFixed(1)} ms)`, 1);
      }
    };
    return { ...client, call };
  }

  /** Levels are virsh's: 0 tells all, 4 errors only. Into the log file where there is one, else to standard error. */
  #trace(text: () => string, level: number): void {
    const { debug, logFile } = this.#global;
    if (debug === undefined ? logFile === undefined : level < debug) return;
    const line = `${new Date().toISOString()} vivarium[${process.pid}]: ${text()}\n`;
    if (logFile === undefined) process.stderr.write(line);
    else process.getBuiltinModule('node:fs').appendFileSync(logFile, line, { mode: 0o600 });
  }
}
