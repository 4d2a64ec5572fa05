// The verbs on domains: names, options and notices are virsh's (tools/virsh-domain.c).
import type { ProcedureName } from '../../common/contract/procedures.ts';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, word, words } from '../context.ts';
import { readXml } from '../read-xml.ts';

/** A verb that takes a domain and says one sentence. */
const simple = (
  name: string,
  procedure: ProcedureName & `domain.${string}`,
  summary: string,
  said: string,
): CommandSpec => ({
  usage: `${name} <domain>`,
  summary,
  run: async ({ client, out }, positional) => {
    const domain = word(positional);
    const ref = await (await client()).call(procedure as 'domain.reset', { domain });
    out.result(ref, [`Domain '${ref.name}' ${said}`, '']);
  },
});

const start: CommandSpec = {
  usage: 'start <domain>',
  summary: 'start a (previously defined) inactive domain',
  options: [
    ['--paused', 'leave the guest paused after its start'],
    ['--no-kvm', 'run the guest in software (TCG), even where KVM works'],
  ],
  run: async ({ client, out }, positional, options) => {
    const input = {
      domain: word(positional),
      paused: options.paused === true,
      ...(options.kvm === false ? { accelerator: 'tcg' as const } : {}),
    };
    const ref = await (await client()).call('domain.start', input);
    out.result(ref, [`Domain '${ref.name}' started`, '']);
  },
};

const warn = (warnings: readonly string[]): void =>
  void process.stderr.write(warnings.map((warning) => `warning: ${warning}\n`).join(''));

const create: CommandSpec = {
  usage: 'create <file>',
  summary: 'create a domain from an XML file: start it without storing its definition',
  options: [['--paused', 'leave the guest paused after its start']],
  run: async ({ client, out }, positional, options) => {
    const file = word(positional);
    const xml = await readXml(file);
    const input = { xml, file, paused: options.paused === true };
    const { warnings = [], ...ref } = await (await client()).call('domain.create', input);
    warn(warnings);
    out.result({ ...ref, warnings }, [`Domain '${ref.name}' created from ${file}`, '']);
  },
};

const define: CommandSpec = {
  usage: 'define <file>',
  summary: 'define (but do not start) a domain from an XML file',
  run: async ({ client, out }, positional) => {
    const file = word(positional);
    const xml = await readXml(file);
    const { warnings, ...ref } = await (await client()).call('domain.define', { xml, file });
    warn(warnings);
    out.result({ ...ref, warnings }, [`Domain '${ref.name}' defined from ${file}`, '']);
  },
};

const undefine: CommandSpec = {
  usage: 'undefine <domain>',
  summary: 'remove the definition of a domain; a running one becomes transient',
  options: [
    ['--nvram', 'remove its UEFI variables too'],
    ['--keep-nvram', 'keep its UEFI variables'],
    ['--remove-all-storage', 'remove all its disks (with care)'],
    ['--storage <volumes>', 'remove these of its disks (comma-separated targets or paths)'],
  ],
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const domain = word(positional);
    const wanted = typeof options.storage === 'string' ? options.storage.split(',') : [];
    const { disks } =
      wanted.length > 0 || options.removeAllStorage ? await connection.call('domain.disks', { domain }) : { disks: [] };
    const chosen = disks.filter((disk) =>
      options.removeAllStorage ? !disk.isReadOnly : wanted.includes(disk.target) || wanted.includes(disk.path),
    );
    const unknown = wanted.find((name) => !disks.some((disk) => disk.target === name || disk.path === name));
    if (unknown !== undefined)
      throw virError('INVALID_ARG', `domain '${domain}' has no disk '${unknown}'; nothing was removed`);
    const result = await connection.call('domain.undefine', {
      domain,
      nvram: options.nvram === true,
      keepNvram: options.keepNvram === true,
      removeDisks: chosen.map(({ path }) => path),
    });
    out.result(result, [
      `Domain '${result.name}' has been undefined`,
      ...result.removed.map((path) => `Removed ${path}`),
      '',
    ]);
  },
};

const destroy: CommandSpec = {
  usage: 'destroy <domain>',
  summary: 'pull the plug of a running domain',
  options: [['--graceful', 'do not kill QEMU where it does not end by itself']],
  run: async ({ client, out }, positional, options) => {
    const ref = await (await client()).call('domain.destroy', {
      domain: word(positional),
      graceful: options.graceful === true,
    });
    out.result(ref, [`Domain '${ref.name}' destroyed`, '']);
  },
};

const autostart: CommandSpec = {
  usage: 'autostart <domain>',
  summary: 'start a domain when the session begins, or no longer (--disable)',
  options: [['--disable', 'do not start it any more']],
  run: async ({ client, out }, positional, options) => {
    const isOn = options.disable !== true;
    const ref = await (await client()).call('domain.setAutostart', { domain: word(positional), autostart: isOn });
    out.result({ ...ref, autostart: isOn }, [
      `Domain '${ref.name}' ${isOn ? 'marked' : 'unmarked'} as autostarted`,
      '',
    ]);
  },
};

const sendKey: CommandSpec = {
  usage: 'send-key <domain> <keys...>',
  summary: 'press keys together in a guest (QEMU names: ctrl alt delete, f2, a …)',
  options: [['--holdtime <ms>', 'how long to hold them']],
  run: async ({ client, out }, positional, options) => {
    const keys = words(positional, 1);
    const holdTimeMs = numberOption(options, 'holdtime');
    const hold = holdTimeMs === undefined ? {} : { holdTimeMs };
    const ref = await (await client()).call('domain.sendKey', { domain: word(positional), keys: [...keys], ...hold });
    out.result(ref, []);
  },
};

export const lifecycleCommands: readonly CommandSpec[] = [
  define,
  undefine,
  create,
  start,
  simple('shutdown', 'domain.shutdown', 'ask a domain to shut down (ACPI power button)', 'is being shutdown'),
  simple('reboot', 'domain.reboot', 'ask a domain to reboot', 'is being rebooted'),
  simple('reset', 'domain.reset', 'reset a domain, as its reset button would', 'was reset'),
  destroy,
  simple('suspend', 'domain.suspend', 'pause a domain', 'suspended'),
  simple('resume', 'domain.resume', 'resume a paused domain', 'resumed'),
  autostart,
  sendKey,
];
