// What the agent is told to change. These are commands of the queue, seen and cancelled there, in lanes apart from the domain's own: an agent that hangs
// keeps nobody from pulling the plug. Changes of one guest go one after the other; a program that runs in it, and a thaw, keep nobody and wait for nobody.
import type { ParsedInput, ProcedureName } from '../../../common/contract/procedures.ts';
import type { CallContext } from '../../../common/contract/server.ts';
import { virError } from '../../../common/errors.ts';
import type { AgentCommand } from '../../qemu/agent-commands.ts';
import { parseBoundedJson } from '../../util/bounded-json.ts';
import type { DriverContext } from '../context.ts';
import { ref, stillThere, type Verbs } from '../jobs/on-domain.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { requireAgent } from './agent-port.ts';
import { execInGuest } from './exec.ts';
import { freezeGuest, thawGuest } from './freeze.ts';
import { switchVcpus } from './vcpus.ts';
import { viewTrim } from './views.ts';

interface AgentInput {
  readonly domain: string;
  readonly timeoutMs?: number | undefined;
}

export function createAgentChanges(context: DriverContext): Verbs {
  const submit = <T>(
    procedure: ProcedureName,
    label: string,
    { domain }: AgentInput,
    call: CallContext,
    run: (obj: DomainObj, signal: AbortSignal) => Promise<T>,
    hasLaneOfItsOwn = false,
  ): Promise<T> => {
    const obj = context.list.lookup(domain);
    return context.queue.submit({
      procedure,
      label: `${label} ${obj.name}`,
      domain: ref(obj),
      lane: hasLaneOfItsOwn ? undefined : `agent:${obj.name}`,
      canCancel: true,
      signal: call.signal,
      run: ({ signal }) => run(stillThere(context, obj), signal),
    });
  };
  /** A command without a result. */
  const tell = async (
    [procedure, label]: readonly [ProcedureName, string],
    input: AgentInput,
    call: CallContext,
    [command, args]: readonly [AgentCommand, Readonly<Record<string, unknown>>?],
  ): Promise<Record<string, never>> => {
    await submit(procedure, label, input, call, (obj, signal) =>
      requireAgent(obj).agent.execute(command, args, { signal, timeoutMs: input.timeoutMs }),
    );
    return {};
  };
  return {
    'agent.setVcpus': async (input, call) => {
      await submit('agent.setVcpus', 'Switch processors of', input, call, (obj, signal) =>
        switchVcpus(obj, input, signal),
      );
      return {};
    },
    'agent.command': async (input, call) => {
      const { execute, args } = readCommand(input.command);
      const reply = await submit('agent.command', `Tell the agent ${execute} in`, input, call, (obj, signal) =>
        requireAgent(obj).agent.executeRaw(execute, args, { signal, timeoutMs: input.timeoutMs }),
      );
      return { reply };
    },
    'agent.setTime': (input, call) =>
      tell(['agent.setTime', 'Set the time of'], input, call, [
        'guest-set-time',
        input.timeMs === undefined ? {} : { time: input.timeMs * 1e6 },
      ]),
    'agent.fsFreeze': async (input, call) => ({
      count: await submit('agent.fsFreeze', 'Freeze filesystems of', input, call, (obj, signal) =>
        freezeGuest(context, obj, { signal, timeoutMs: input.timeoutMs, mountpoints: input.mountpoints }),
      ),
    }),
    'agent.fsThaw': async (input, call) => ({
      count: await submit(
        'agent.fsThaw',
        'Thaw filesystems of',
        input,
        call,
        (obj, signal) => thawGuest(context, obj, { signal, timeoutMs: input.timeoutMs }),
        true,
      ),
    }),
    'agent.fsTrim': async (input, call) => {
      const args = input.minimumBytes === undefined ? undefined : { minimum: input.minimumBytes };
      const reply = await submit('agent.fsTrim', 'Trim filesystems of', input, call, (obj, signal) =>
        requireAgent(obj).agent.execute('guest-fstrim', args, { signal, timeoutMs: input.timeoutMs }),
      );
      return { paths: viewTrim(reply) };
    },
    'agent.setPassword': (input, call) =>
      tell(['agent.setPassword', `Set the password of ${input.user} in`], input, call, [
        'guest-set-user-password',
        {
          username: input.user,
          password: Buffer.from(input.password).toString('base64'),
          crypted: input.crypted ?? false,
        },
      ]),
    'agent.setSshKeys': (input, call) =>
      tell(['agent.setSshKeys', `Set SSH keys of ${input.user} in`], input, call, sshCommand(input)),
    'agent.exec': (input, call) =>
      submit(
        'agent.exec',
        `Run ${input.path} in`,
        input,
        call,
        (obj, signal) => execInGuest(requireAgent(obj).agent, input, signal),
        true,
      ),
  };
}

const MAX_DEPTH = 64;

/** A command as virsh's qemu-agent-command takes it: {"execute": "guest-…", "arguments": {…}}. Throws INVALID_ARG. */
function readCommand(text: string): { readonly execute: string; readonly args: Record<string, unknown> | undefined } {
  const bad = (why: string) =>
    virError('INVALID_ARG', `the agent's command is no {"execute": "…", "arguments": {…}}: ${why}`);
  let parsed: unknown;
  try {
    parsed = parseBoundedJson(text, MAX_DEPTH);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  if (!isRecord(parsed) || typeof parsed.execute !== 'string') throw bad('there is no text "execute"');
  const { execute, arguments: args, ...rest } = parsed;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw bad(`'${unknown}' is nothing that an agent takes`);
  if (args !== undefined && !isRecord(args)) throw bad('"arguments" is no object');
  return { execute: execute as string, args };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws INVALID_ARG where keys are to be added and removed at once. */
function sshCommand({
  user,
  keys,
  append = false,
  remove = false,
}: ParsedInput<'agent.setSshKeys'>): readonly [AgentCommand, Readonly<Record<string, unknown>>] {
  if (append && remove) throw virError('INVALID_ARG', 'keys can be added or removed, not both at once');
  return remove
    ? ['guest-ssh-remove-authorized-keys', { username: user, keys }]
    : ['guest-ssh-add-authorized-keys', { username: user, keys, reset: !append }];
}
