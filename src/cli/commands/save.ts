// Memory to a file and back: save, restore, managedsave, dump (tools/virsh-domain.c).
import { resolve } from 'node:path';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, type Options, text, word } from '../context.ts';
import { exclusive } from '../flags.ts';
import { withProgress } from '../progress.ts';
import { readXml } from '../read-xml.ts';

export const BEGINNING_OPTIONS = [
  ['--running', 'let it run when it is restored'],
  ['--paused', 'leave it paused when it is restored'],
] as const;
const BYPASS = ['--bypass-cache', 'accepted; guest memory goes past the cache where that helps'] as const;
const VERBOSE = ['--verbose', 'show how far it is'] as const;

/** Throws INVALID_ARG for both. */
export function beginning(options: Options): { readonly running?: true; readonly paused?: true } {
  exclusive(options, 'running', 'paused');
  return { ...(options.running ? { running: true } : {}), ...(options.paused ? { paused: true } : {}) };
}

export const xmlOption = async (options: Options): Promise<{ readonly xml?: string }> => {
  const file = text(options, 'xml');
  return file === undefined ? {} : { xml: await readXml(file) };
};

const save: CommandSpec = {
  usage: 'save <domain> <file>',
  summary: 'save a domain state to a file',
  description: 'Writes the memory of a running domain to a file and ends it; `restore` goes on from there.',
  options: [BYPASS, ['--xml <file>', 'a changed definition for the restored domain'], ...BEGINNING_OPTIONS, VERBOSE],
  domains: 'active',
  failure: "Failed to save domain '<domain>' to <file>",
  run: async ({ client, out }, positional, options) => {
    const path = resolve(word(positional, 1));
    const input = { domain: word(positional), path, ...(await xmlOption(options)), ...beginning(options) };
    const connection = await client();
    const progress = { label: 'Save', procedure: 'domain.save', isShown: options.verbose === true } as const;
    const ref = await withProgress(connection, progress, () => connection.call('domain.save', input));
    out.done({ ...ref, path }, `\nDomain '${ref.name}' saved to ${word(positional, 1)}`);
  },
};

const restore: CommandSpec = {
  usage: 'restore <file>',
  summary: 'restore a domain from a saved state in a file',
  options: [
    BYPASS,
    ['--xml <file>', 'a changed definition'],
    ...BEGINNING_OPTIONS,
    ['--reset-nvram', 'UEFI variables as in the template'],
  ],
  failure: 'Failed to restore domain from <file>',
  run: async ({ client, out }, positional, options) => {
    const { warnings, ...ref } = await (await client()).call('domain.restore', {
      path: resolve(word(positional)),
      ...(await xmlOption(options)),
      ...beginning(options),
      ...(options.resetNvram ? { resetNvram: true } : {}),
    });
    out.warn(warnings);
    out.done({ ...ref, warnings }, `Domain restored from ${word(positional)}`);
  },
};

const managedsave: CommandSpec = {
  usage: 'managedsave <domain>',
  summary: 'managed save of a domain state',
  description: 'Saves a running domain where its next start finds it, and ends it.',
  options: [BYPASS, ...BEGINNING_OPTIONS, VERBOSE],
  domains: 'active',
  failure: "Failed to save domain '<domain>' state",
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const input = { domain: word(positional), ...beginning(options) };
    const progress = {
      label: 'Managedsave',
      procedure: 'domain.managedSave',
      isShown: options.verbose === true,
    } as const;
    const ref = await withProgress(connection, progress, () => connection.call('domain.managedSave', input));
    out.done(ref, `\nDomain '${ref.name}' state saved by vivarium`);
  },
};

const managedsaveRemove: CommandSpec = {
  usage: 'managedsave-remove <domain>',
  summary: 'Remove managed save of a domain',
  failure: "Failed to remove managed save image for domain '<domain>'",
  run: async ({ client, out }, positional) => {
    const ref = await (await client()).call('domain.managedSaveRemove', { domain: word(positional) });
    out.done(
      ref,
      ref.removed
        ? `Removed managedsave image for domain '${ref.name}'`
        : `Domain '${ref.name}' has no manage save image; removal skipped`,
    );
  },
};

const FORMATS = ['elf', 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp'] as const;

const dump: CommandSpec = {
  usage: 'dump <domain> <file>',
  summary: 'dump the core of a domain to a file for analysis',
  options: [
    ['--live', 'let it run meanwhile'],
    ['--crash', 'end it afterwards'],
    ['--reset', 'reset it afterwards'],
    BYPASS,
    VERBOSE,
    ['--memory-only', 'accepted; a dump is memory only, for crash(8) and gdb'],
    ['--format <format>', FORMATS.join(', ')],
  ],
  domains: 'active',
  values: { format: FORMATS },
  failure: "Failed to core dump domain '<domain>' to <file>",
  run: async ({ client, out }, positional, options) => {
    exclusive(options, 'live', 'crash');
    exclusive(options, 'live', 'reset');
    exclusive(options, 'crash', 'reset');
    const given = text(options, 'format');
    const format = FORMATS.find((known) => known === given);
    if (given !== undefined && !format)
      throw virError('INVALID_ARG', `format '${given}' is not supported, expecting '${FORMATS.join("', '")}'.`);
    const path = resolve(word(positional, 1));
    const flags = Object.fromEntries(
      (['live', 'crash', 'reset'] as const).filter((name) => options[name]).map((name) => [name, true]),
    );
    const input = { domain: word(positional), path, ...flags, ...(format ? { format } : {}) };
    const connection = await client();
    const progress = { label: 'Dump', procedure: 'domain.dump', isShown: options.verbose === true } as const;
    const ref = await withProgress(connection, progress, () => connection.call('domain.dump', input));
    out.done({ ...ref, path }, `\nDomain '${ref.name}' dumped to ${word(positional, 1)}`);
  },
};

export const saveCommands: readonly CommandSpec[] = [save, restore, managedsave, managedsaveRemove, dump];
