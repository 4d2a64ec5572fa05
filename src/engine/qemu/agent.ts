// The guest agent of one domain (libvirt: src/qemu/qemu_agent.c). One command at a time; before each the stream is brought in step with
// guest-sync-delimited, because a reply has no id: the late answer to a command that timed out must never be taken for the next one's. Everything here
// ends by a deadline, and an agent that hangs, lies, floods or goes away is a coded error of that one call.
import { randomInt } from 'node:crypto';
import { VirError, virError } from '../../common/errors.ts';
import { withDeadline } from '../util/deadline.ts';
import {
  type AgentCommand,
  type AgentReply,
  agentMessageSchema,
  agentReplies,
  agentTimeoutMs,
  plainText,
  type SilentAgentCommand,
} from './agent-commands.ts';
import { AgentConnection } from './agent-connection.ts';
import { AgentTurns } from './agent-turns.ts';

/** An agent that can answer does so at once, so this is how long a dead one holds somebody up. */
const SYNC_TIMEOUT_MS = 5_000;
const MAX_ERROR_TEXT = 2_000;
const MAX_ID = 2 ** 47;

export interface AgentCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the answer, once the agent is in step. */
  readonly timeoutMs?: number | undefined;
  /** For the agent to be in step. */
  readonly syncTimeoutMs?: number | undefined;
  /** Goes before the calls that wait for their turn. */
  readonly isUrgent?: boolean;
}

export interface AgentOptions {
  readonly path: string;
  /** The domain's, for messages. */
  readonly name: string;
}

export class Agent {
  readonly #path: string;
  readonly #who: string;
  readonly #turns: AgentTurns;
  #connection: AgentConnection | undefined;
  #closeReason: string | undefined;

  constructor({ path, name }: AgentOptions) {
    this.#path = path;
    this.#who = `the guest agent of domain '${name}'`;
    this.#turns = new AgentTurns(this.#who);
  }

  /**
   * Sends one command and returns its checked result. Throws AGENT_UNRESPONSIVE (it can't be reached, or does not get in step), AGENT_COMMAND_TIMEOUT,
   * AGENT_COMMAND_FAILED (its own refusal, or an answer that makes no sense), NO_SUPPORT (it does not know the command), OPERATION_ABORTED, RESOURCE_BUSY.
   */
  async execute<C extends AgentCommand>(
    command: C,
    args?: Readonly<Record<string, unknown>>,
    options: AgentCallOptions = {},
  ): Promise<AgentReply<C>> {
    const reply = await this.executeRaw(command, args, options);
    const parsed = agentReplies[command].safeParse(reply.return);
    if (!parsed.success)
      throw virError('AGENT_COMMAND_FAILED', `the answer of ${this.#who} to ${command} is malformed`, {
        detail: parsed.error.message.slice(0, MAX_ERROR_TEXT),
      });
    return parsed.data as AgentReply<C>;
  }

  /** As `execute`, for any command; the reply unread. */
  executeRaw(
    command: string,
    args?: Readonly<Record<string, unknown>>,
    options: AgentCallOptions = {},
  ): Promise<{ readonly return: unknown }> {
    const request = args === undefined ? { execute: command } : { execute: command, arguments: args };
    return this.#inTurn(options, async (connection) => {
      const timeoutMs = options.timeoutMs ?? agentTimeoutMs(command);
      const what = `the answer of ${this.#who} to ${command}`;
      return this.#read(command, await withDeadline(connection.ask(request), { ...options, timeoutMs, what }));
    });
  }

  /**
   * Sends a command that says nothing where it succeeds. Resolves when `done` does, when the agent goes away, or when it answers all the same; rejects
   * as `execute` does, and with AGENT_COMMAND_TIMEOUT where nothing of that happens.
   */
  tell(
    command: SilentAgentCommand,
    args: Readonly<Record<string, unknown>>,
    options: AgentCallOptions & { readonly done: Promise<void>; readonly timeoutMs: number },
  ): Promise<void> {
    return this.#inTurn(options, async (connection) => {
      const what = `what ${this.#who} does about ${command}`;
      const answer = connection.ask({ execute: command, arguments: args }).catch((error: unknown) => {
        if (connection.isClosed) return undefined; // the guest took it along
        throw error;
      });
      const reply = await withDeadline(Promise.race([answer, options.done.then(() => undefined)]), {
        ...options,
        what,
      });
      if (reply !== undefined) this.#read(command, reply);
      else this.#dropConnection('it was told to go'); // an answer may still come, and nobody waits for it
    });
  }

  /** The guest's end of the channel was closed: what is under way will have no answer. */
  portClosed(): void {
    this.#dropConnection('the guest closed its channel');
  }

  /** For good. Calls under way and those that wait end with AGENT_UNRESPONSIVE. */
  close(reason: string): void {
    this.#closeReason = reason;
    this.#dropConnection(reason);
  }

  async #inTurn<T>(options: AgentCallOptions, use: (connection: AgentConnection) => Promise<T>): Promise<T> {
    const timeoutMs = options.timeoutMs ?? SYNC_TIMEOUT_MS;
    const turn = await this.#turns.take({ ...options, timeoutMs: timeoutMs + SYNC_TIMEOUT_MS });
    try {
      return await use(await this.#inStep(options));
    } catch (error) {
      const told = this.#explain(error);
      // Only a guest's refusal leaves the stream as it should be. Whatever else: what was sent or is still to come goes with the connection.
      if (!(error instanceof GuestRefusal)) this.#dropConnection(told.message);
      if (told.code === 'AGENT_UNRESPONSIVE') this.#turns.failWaiting(told);
      throw told;
    } finally {
      turn.dispose();
    }
  }

  async #inStep({ signal, syncTimeoutMs = SYNC_TIMEOUT_MS }: AgentCallOptions): Promise<AgentConnection> {
    if (this.#closeReason !== undefined) throw virError('AGENT_UNRESPONSIVE', this.#closeReason);
    if (!this.#connection || this.#connection.isClosed) this.#connection = new AgentConnection(this.#path);
    const connection = this.#connection;
    const wait = { signal, timeoutMs: syncTimeoutMs, what: 'guest-sync' };
    try {
      await withDeadline(
        connection.opened.then(() => connection.sync(randomInt(1, MAX_ID))),
        wait,
      );
    } catch (error) {
      if (error instanceof VirError && error.code === 'OPERATION_TIMEOUT')
        throw virError(
          'AGENT_UNRESPONSIVE',
          `it did not answer within ${syncTimeoutMs / 1000} s; see whether qemu-guest-agent runs in the guest`,
        );
      throw error;
    }
    return connection;
  }

  #read(command: string, reply: unknown): { readonly return: unknown } {
    const message = agentMessageSchema.safeParse(reply);
    if (!message.success) throw virError('AGENT_COMMAND_FAILED', `its answer to ${command} is none`);
    if ('error' in message.data) {
      const { class: kind, desc } = message.data.error as { readonly class: string; readonly desc: string };
      throw new GuestRefusal(command, kind, plainText(desc.slice(0, MAX_ERROR_TEXT)), this.#who);
    }
    return message.data as { readonly return: unknown };
  }

  #explain(error: unknown): VirError {
    if (error instanceof GuestRefusal) return error;
    if (!(error instanceof VirError))
      return virError('AGENT_COMMAND_FAILED', `${this.#who} failed: ${String(error)}`, { cause: error });
    if (error.code === 'OPERATION_TIMEOUT') return virError('AGENT_COMMAND_TIMEOUT', error.message, { cause: error });
    if (error.code === 'OPERATION_ABORTED')
      return virError('OPERATION_ABORTED', `what ${this.#who} was asked was cancelled`);
    return virError(error.code, `${this.#who} can't be used: ${error.message}`, { cause: error });
  }

  #dropConnection(reason: string): void {
    this.#connection?.close(reason);
    this.#connection = undefined;
  }
}

/** The agent is well and says no. */
class GuestRefusal extends VirError {
  constructor(command: string, kind: string, words: string, who: string) {
    // Also the class of a command that the guest's administrator switched off.
    const isUnknown = kind === 'CommandNotFound';
    super({
      code: isUnknown ? 'NO_SUPPORT' : 'AGENT_COMMAND_FAILED',
      message: `${who} refused ${command}: ${words}`,
    });
  }
}
