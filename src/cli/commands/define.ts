// Definitions: define, create, undefine, autostart, domrename (tools/virsh-domain.c).
import { virError } from '../../common/errors.ts';
import { type CommandSpec, text, word } from '../context.ts';
import { readXml } from '../read-xml.ts';
import { NOT_HERE, refuse, START_OPTIONS } from './lifecycle.ts';

const VALIDATE = ['--validate', 'accepted; every definition is checked'] as const;

const create: CommandSpec = {
  usage: 'create <file>',
  summary: 'create a domain from an XML file',
  description: 'Starts a domain without storing its definition: it is gone when it ends.',
  options: [
    ...START_OPTIONS,
    ['--pass-fds <fds>', 'not possible here'],
    VALIDATE,
    ['--reset-nvram', 'UEFI variables as in the template'],
  ],
  failure: 'Failed to create domain from <file>',
  run: async (context, positional, options) => {
    refuse(options, NOT_HERE);
    const file = word(positional);
    const xml = await readXml(file);
    const reset = options.resetNvram ? { resetNvram: true } : {};
    const input = { xml, file, paused: options.paused === true, ...reset };
    const { warnings = [], ...ref } = await (await context.client()).call('domain.create', input);
    context.out.warn(warnings);
    context.out.done({ ...ref, warnings }, `Domain '${ref.name}' created from ${file}`);
    if (options.console) await (await import('./console.ts')).openConsole(context, ref.name, {});
  },
};

const define: CommandSpec = {
  usage: 'define <file>',
  summary: "define (but don't start) a domain from an XML file",
  options: [VALIDATE],
  failure: 'Failed to define domain from <file>',
  run: async ({ client, out }, positional) => {
    const file = word(positional);
    const xml = await readXml(file);
    const { warnings, ...ref } = await (await client()).call('domain.define', { xml, file });
    out.warn(warnings);
    out.done({ ...ref, warnings }, `Domain '${ref.name}' defined from ${file}`);
  },
};

const undefine: CommandSpec = {
  usage: 'undefine <domain>',
  summary: 'undefine a domain',
  description: 'Removes the definition of a domain; a running one becomes transient.',
  options: [
    ['--managed-save', 'remove its managed save too'],
    ['--storage <volumes>', 'remove these of its disks (targets or paths, with commas between)'],
    ['--remove-all-storage', 'remove all its disks (use with caution)'],
    ['--delete-storage-volume-snapshots', 'accepted; snapshots inside an image go with it'],
    ['--wipe-storage', 'not possible here'],
    ['--snapshots-metadata', 'accepted; a domain has none yet'],
    ['--checkpoints-metadata', 'accepted; a domain has none yet'],
    ['--nvram', 'remove its UEFI variables'],
    ['--keep-nvram', 'keep its UEFI variables'],
    ['--tpm', "remove the state of its TPM, also where the definition says persistent_state='yes'"],
    ['--keep-tpm', 'keep the state of its TPM, which goes otherwise'],
  ],
  failure: "Failed to undefine domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    refuse(options, {
      wipeStorage:
        '--wipe-storage is not possible: overwriting a file does not reach what a file system or an SSD keeps',
    });
    const connection = await client();
    const domain = word(positional);
    const wanted = text(options, 'storage')?.split(',') ?? [];
    const isAsked = wanted.length > 0 || options.removeAllStorage === true;
    const { disks } = isAsked ? await connection.call('domain.disks', { domain }) : { disks: [] };
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
      ...(options.tpm ? { tpm: true } : {}),
      ...(options.keepTpm ? { keepTpm: true } : {}),
      ...(options.managedSave ? { managedSave: true } : {}),
      removeDisks: chosen.map(({ path }) => path),
    });
    const removed = result.removed.map((path) => `\nRemoved ${path}`).join('');
    out.done(result, `Domain '${result.name}' has been undefined${removed}`);
  },
};

const autostart: CommandSpec = {
  usage: 'autostart <domain>',
  summary: 'autostart a domain',
  description: 'Has a domain started with the session, or no longer (--disable).',
  options: [
    ['--disable', 'disable autostarting'],
    ['--once', 'start it with the next session only'],
  ],
  failure: "Failed to mark domain '<domain>' as autostarted",
  run: async ({ client, out }, positional, options) => {
    const isOn = options.disable !== true;
    const once = options.once ? { once: true } : {};
    const input = { domain: word(positional), autostart: isOn, ...once };
    const ref = await (await client()).call('domain.setAutostart', input);
    const when = options.once ? ' on next boot' : '';
    out.done({ ...ref, autostart: isOn }, `Domain '${ref.name}' ${isOn ? 'marked' : 'unmarked'} as autostarted${when}`);
  },
};

const domrename: CommandSpec = {
  usage: 'domrename <domain> <new-name>',
  summary: 'rename a domain',
  domains: 'inactive',
  failure: "Failed to rename domain '<domain>'",
  run: async ({ client, out }, positional) => {
    const input = { domain: word(positional), newName: word(positional, 1) };
    out.done(await (await client()).call('domain.rename', input), 'Domain successfully renamed');
  },
};

export const defineCommands: readonly CommandSpec[] = [define, undefine, create, autostart, domrename];
