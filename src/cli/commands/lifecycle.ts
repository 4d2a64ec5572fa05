// Starting and stopping: names, options and notices are virsh's (tools/virsh-domain.c).
import type { ContractClient } from '../../common/contract/client.ts';
import type { ProcedureName } from '../../common/contract/procedures.ts';
import { toVirError, type VirError, virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, type Options, text, word, words } from '../context.ts';
import { exclusive } from '../flags.ts';

/** What virsh has and can't be here, with the reason. Throws NO_SUPPORT. */
export function refuse(options: Options, reasons: Readonly<Record<string, string>>): void {
  for (const [name, reason] of Object.entries(reasons))
    if (options[name] !== undefined) throw virError('NO_SUPPORT', reason);
}

const AUTODESTROY =
  '--autodestroy is not possible: guests here outlive the one who starts them. Destroy it when you are done (trap in a shell script)';
const PASS_FDS = '--pass-fds is not possible: the engine is another process, and its socket hands over no descriptors';
export const NOT_HERE = { autodestroy: AUTODESTROY, passFds: PASS_FDS } as const;
export const START_OPTIONS = [
  ['--console', 'connect to the serial console after the start'],
  ['--paused', 'leave the guest paused after its start'],
  ['--autodestroy', 'not possible here'],
] as const;

/** A verb that takes a domain and says one sentence. */
const simple = (
  name: string,
  procedure: ProcedureName & `domain.${string}`,
  summary: string,
  said: string,
): CommandSpec => ({
  usage: `${name} <domain>`,
  summary,
  domains: 'active',
  failure: `Failed to ${name} domain '<domain>'`,
  run: async ({ client, out }, positional) => {
    const domain = word(positional);
    const ref = await (await client()).call(procedure as 'domain.reset', { domain });
    out.done(ref, `Domain '${ref.name}' ${said}`);
  },
});

/** Whether a start failed because a saved state could not be restored. A window has a button to give that up, a shell has an option. */
async function isStuckSave(client: ContractClient, domain: string, { code }: VirError): Promise<boolean> {
  if (code === 'OPERATION_ABORTED') return false;
  const found = await client.call('domain.lookup', { domain }).catch(() => undefined); // the start's own failure is told
  return found?.hasManagedSave === true && !found.isActive;
}

const start: CommandSpec = {
  usage: 'start <domain>',
  summary: 'start a (previously defined) inactive domain',
  description: 'Starts a domain, from its managed save where there is one, else by booting it.',
  options: [
    ...START_OPTIONS,
    ['--bypass-cache', 'accepted; a managed save is read past the cache where that helps'],
    ['--force-boot', 'boot afresh and discard the managed save'],
    ['--pass-fds <fds>', 'not possible here'],
    ['--reset-nvram', 'UEFI variables as in the template'],
    ['--no-kvm', 'run the guest in software (TCG), even where KVM works'],
  ],
  domains: 'inactive',
  failure: "Failed to start domain '<domain>'",
  run: async (context, positional, options) => {
    refuse(options, NOT_HERE);
    const client = await context.client();
    const domain = word(positional);
    const ref = await client
      .call('domain.start', {
        domain,
        paused: options.paused === true,
        ...(options.noKvm ? { accelerator: 'tcg' as const } : {}),
        ...(options.forceBoot ? { forceBoot: true } : {}),
        ...(options.resetNvram ? { resetNvram: true } : {}),
      })
      .catch(async (error: unknown) => {
        if (await isStuckSave(client, domain, toVirError(error)))
          context.out.warn(['start --force-boot discards the saved state and boots the guest']);
        throw error;
      });
    context.out.done(ref, `Domain '${ref.name}' started`);
    if (options.console) await (await import('./console.ts')).openConsole(context, ref.name, {});
  },
};

type Mode = 'acpi' | 'agent';
const MODES = ['acpi', 'agent', 'initctl', 'signal', 'paravirt'] as const;

/** The first mode that QEMU guests have, of a list. Throws INVALID_ARG, CONFIG_UNSUPPORTED. */
function readMode(value: string): Mode | undefined {
  if (value === '') return undefined;
  const modes = value.split(',');
  const unknown = modes.find((mode) => !MODES.some((known) => known === mode));
  if (unknown !== undefined)
    throw virError(
      'INVALID_ARG',
      `Unknown mode ${unknown} value, expecting 'acpi', 'agent', 'initctl', 'signal', or 'paravirt'`,
    );
  const possible = modes.filter((mode): mode is Mode => mode === 'acpi' || mode === 'agent');
  if (possible.length === 0)
    throw virError('CONFIG_UNSUPPORTED', `QEMU guests have no shutdown by ${modes.join(', ')}; say acpi or agent`);
  // Both: what the engine does without a mode.
  return possible.length === 2 ? undefined : possible[0];
}

const MODE_VALUES = { mode: ['acpi', 'agent'] } as const;
const modeInput = (mode: Mode | undefined) => (mode ? { mode } : {});

const shutdown: CommandSpec = {
  usage: 'shutdown <domain> [mode]',
  summary: 'gracefully shutdown a domain',
  description:
    'Asks the guest to power off. With --wait it returns when the guest is off, with status 5 where it is not in time.',
  options: [
    ['--wait', 'return when the guest is off'],
    ['--timeout <seconds>', 'how long to wait (300); exit status 5 after that'],
    ['--force-after <seconds>', 'wait, and pull the plug where it is not off by then'],
  ],
  domains: 'active',
  values: MODE_VALUES,
  failure: "Failed to shutdown domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    exclusive(options, 'timeout', 'forceAfter');
    const mode = modeInput(readMode(word(positional, 1)));
    const force = numberOption(options, 'forceAfter');
    const seconds = force ?? numberOption(options, 'timeout') ?? (options.wait ? 300 : undefined);
    const ref = await (await client()).call('domain.shutdown', {
      domain: word(positional),
      ...mode,
      ...(seconds === undefined ? {} : { timeoutMs: Math.max(1, seconds * 1000) }),
      ...(force === undefined ? {} : { onTimeout: 'destroy' as const }),
    });
    const said = seconds === undefined ? 'is being shutdown' : ref.forced ? 'was destroyed' : 'is shut off';
    out.done(ref, `Domain '${ref.name}' ${said}`);
  },
};

const reboot: CommandSpec = {
  usage: 'reboot <domain> [mode]',
  summary: 'reboot a domain',
  domains: 'active',
  values: MODE_VALUES,
  failure: "Failed to reboot domain '<domain>'",
  run: async ({ client, out }, positional) => {
    const mode = modeInput(readMode(word(positional, 1)));
    const ref = await (await client()).call('domain.reboot', { domain: word(positional), ...mode });
    out.done(ref, `Domain '${ref.name}' is being rebooted`);
  },
};

const destroy: CommandSpec = {
  usage: 'destroy <domain>',
  summary: 'destroy (stop) a domain',
  description: 'Pulls the plug of a running domain; its disks stay.',
  options: [
    ['--graceful', 'do not kill QEMU where it does not end by itself'],
    ['--remove-logs', 'accepted; logs go with their domain'],
  ],
  domains: 'active',
  failure: "Failed to destroy domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const input = { domain: word(positional), graceful: options.graceful === true };
    const ref = await (await client()).call('domain.destroy', input);
    out.done(ref, `Domain '${ref.name}' destroyed`);
  },
};

const sendKey: CommandSpec = {
  usage: 'send-key <domain> <keys...>',
  summary: 'Send keycodes to the guest',
  description: 'Presses keys together: Linux names (KEY_LEFTCTRL) or QEMU’s (ctrl, alt, delete, f2, a).',
  options: [
    ['--codeset <codeset>', 'linux (the default) or qemu'],
    ['--holdtime <ms>', 'how long to hold them'],
  ],
  domains: 'active',
  failure: "Failed to send keys to domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const codeset = text(options, 'codeset') ?? 'linux';
    if (codeset !== 'linux' && codeset !== 'qemu')
      throw virError('INVALID_ARG', `unknown codeset: '${codeset}'; there are linux and qemu`);
    const { keyName } = await import('../key-names.ts');
    const holdTimeMs = numberOption(options, 'holdtime');
    const ref = await (await client()).call('domain.sendKey', {
      domain: word(positional),
      keys: words(positional, 1).map(keyName),
      ...(holdTimeMs === undefined ? {} : { holdTimeMs }),
    });
    out.result(ref, []);
  },
};

export const lifecycleCommands: readonly CommandSpec[] = [
  start,
  shutdown,
  reboot,
  simple('reset', 'domain.reset', 'reset a domain', 'was reset'),
  destroy,
  simple('suspend', 'domain.suspend', 'suspend a domain', 'suspended'),
  simple('resume', 'domain.resume', 'resume a domain', 'resumed'),
  sendKey,
];
