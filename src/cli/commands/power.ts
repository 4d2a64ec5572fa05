// Less common verbs: inject-nmi, dompmsuspend, dompmwakeup (tools/virsh-domain.c).
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, word } from '../context.ts';

const injectNmi: CommandSpec = {
  usage: 'inject-nmi <domain>',
  summary: 'Inject NMI to the guest',
  domains: 'active',
  failure: "Failed to inject an NMI into domain '<domain>'",
  run: async ({ client, out }, positional) =>
    out.result(await (await client()).call('domain.injectNmi', { domain: word(positional) }), []),
};

const TARGETS = ['mem', 'disk', 'hybrid'] as const;

const dompmsuspend: CommandSpec = {
  usage: 'dompmsuspend <domain> <target>',
  summary: 'suspend a domain gracefully using power management functions',
  options: [
    ['--duration <seconds>', 'not possible with QEMU'],
    ['--wait', 'return when the guest sleeps'],
    ['--timeout <seconds>', 'how long to wait; exit status 5 after that'],
  ],
  domains: 'active',
  values: { target: TARGETS },
  failure: "Domain '<domain>' could not be suspended",
  run: async ({ client, out }, positional, options) => {
    const target = TARGETS.find((known) => known === word(positional, 1));
    if (!target) throw virError('INVALID_ARG', `Invalid target: ${word(positional, 1)}`);
    if ((numberOption(options, 'duration') ?? 0) > 0)
      throw virError('NO_SUPPORT', 'Duration not supported. Use 0 for now');
    const seconds = numberOption(options, 'timeout');
    const connection = await client();
    const ref = await connection.call('domain.pmSuspend', { domain: word(positional), target });
    if (options.wait || seconds !== undefined) {
      const { waitForState } = await import('./wait.ts');
      const state = target === 'disk' ? 'shutoff' : 'pmsuspended';
      await waitForState(connection, ref.uuid, state, seconds === undefined ? undefined : seconds * 1000);
    }
    out.done(ref, `Domain '${ref.name}' successfully suspended`);
  },
};

const dompmwakeup: CommandSpec = {
  usage: 'dompmwakeup <domain>',
  summary: 'wakeup a domain from pmsuspended state',
  domains: 'active',
  failure: "Domain '<domain>' could not be woken up",
  run: async ({ client, out }, positional) => {
    const ref = await (await client()).call('domain.pmWakeup', { domain: word(positional) });
    out.done(ref, `Domain '${ref.name}' successfully woken up`);
  },
};

export const powerCommands: readonly CommandSpec[] = [injectNmi, dompmsuspend, dompmwakeup];
