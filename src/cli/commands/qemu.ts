// qemu-monitor-command and qemu-agent-command: QEMU's own protocol, past everything that the engine knows (tools/virsh-domain.c).
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, type Options, word, words } from '../context.ts';

/** The reply as QEMU wrote it, `id` apart; indented with --pretty; its `return` alone with --return-value. */
export function formatReply(reply: unknown, options: Options): string {
  const hasReturn = typeof reply === 'object' && reply !== null && 'return' in reply;
  const wrapped = hasReturn ? reply : { return: reply };
  const shown = options.returnValue ? wrapped.return : wrapped;
  return JSON.stringify(shown, null, options.pretty ? 2 : undefined);
}

const monitorCommand: CommandSpec = {
  usage: 'qemu-monitor-command <domain> <cmd...>',
  summary: 'QEMU Monitor Command',
  description:
    'Sends one QMP command, as JSON, or one of the human monitor (--hmp). What it changes the engine does not know.',
  options: [
    ['--hmp', 'the command is of the human monitor'],
    ['--pretty', 'indent the reply'],
    ['--return-value', 'what `return` holds only'],
    ['--pass-fds <fds>', 'not possible here'],
  ],
  domains: 'active',
  failure: "Failed to run a monitor command on domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    if (options.hmp && (options.pretty || options.returnValue))
      throw virError(
        'INVALID_ARG',
        `Options --hmp and --${options.pretty ? 'pretty' : 'return-value'} are mutually exclusive`,
      );
    if (options.passFds !== undefined) throw virError('NO_SUPPORT', '--pass-fds is not possible here');
    const command = words(positional, 1).join(' ');
    const { reply } = await (await client()).call('domain.monitorCommand', {
      domain: word(positional),
      command,
      ...(options.hmp ? { hmp: true } : {}),
    });
    out.result(reply, [options.hmp ? String(reply).replace(/\r\n/g, '\n') : formatReply(reply, options)]);
  },
};

const agentCommand: CommandSpec = {
  usage: 'qemu-agent-command <domain> <cmd...>',
  summary: 'QEMU Guest Agent Command',
  description: 'Sends one command, as JSON, to the guest agent.',
  options: [
    ['--timeout <seconds>', 'how long the agent may take'],
    ['--async', 'do not wait for its answer longer than a second'],
    ['--block', 'wait for its answer as long as it takes'],
    ['--pretty', 'indent the reply'],
  ],
  domains: 'active',
  failure: "Failed to run an agent command on domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const seconds = options.async ? 1 : options.block ? 86_400 : numberOption(options, 'timeout');
    const { reply } = await (await client()).call('agent.command', {
      domain: word(positional),
      command: words(positional, 1).join(' '),
      ...(seconds ? { timeoutMs: seconds * 1000 } : {}),
    });
    out.result(reply, [formatReply(reply, options)]);
  },
};

export const qemuCommands: readonly CommandSpec[] = [monitorCommand, agentCommand];
