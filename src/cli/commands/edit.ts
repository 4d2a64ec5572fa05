// edit, desc, metadata, set-lifecycle-action: what a definition says, changed by a person (tools/virsh-domain.c).
import type { ContractClient } from '../../common/contract/client.ts';
import { toVirError, virError } from '../../common/errors.ts';
import { type CommandSpec, type Options, text, word, words } from '../context.ts';
import { editUntilAccepted } from '../editor.ts';
import { AFFECT_OPTIONS, affectOf, exclusive } from '../flags.ts';

const edit: CommandSpec = {
  usage: 'edit <domain>',
  summary: 'edit XML configuration for a domain',
  description: 'Opens the stored definition in $VISUAL or $EDITOR; what was changed takes effect at the next start.',
  options: [['--skip-validate', 'accepted; every definition is checked']],
  failure: "Failed to edit domain '<domain>'",
  run: async ({ client, out }, positional) => {
    const connection = await client();
    const { name, uuid } = await connection.call('domain.lookup', { domain: word(positional) });
    const { xml } = await connection.call('domain.dumpxml', { domain: uuid, inactive: true });
    const isChanged = await editUntilAccepted(xml, '.xml', async (next) => {
      // Somebody else's change must not be lost under ours.
      const now = await connection.call('domain.dumpxml', { domain: uuid, inactive: true });
      if (now.xml !== xml) throw virError('OPERATION_FAILED', 'the XML configuration was changed by another user');
      const { warnings } = await connection.call('domain.define', { xml: next });
      out.warn(warnings);
    });
    out.done(
      { name, uuid, edited: isChanged },
      `Domain '${name}' XML configuration ${isChanged ? 'edited' : 'not changed'}.`,
    );
  },
};

const wantsConfig = (options: Options): boolean => options.config === true;

/** The text of an element right below <domain>; '' where it is not there. */
async function readElement(
  client: ContractClient,
  domain: string,
  element: string,
  inactive: boolean,
): Promise<string> {
  const { xml } = await client.call('domain.dumpxml', { domain, inactive });
  const found = new RegExp(`^ {2}<${element}>([^<]*)</${element}>`, 'm').exec(xml)?.[1] ?? '';
  return found.replace(
    /&(lt|gt|quot|apos|amp);/g,
    (_, name: string) => ({ lt: '<', gt: '>', quot: '"', apos: "'" })[name] ?? '&',
  );
}

const desc: CommandSpec = {
  usage: 'desc <domain> [new-desc...]',
  summary: "show or set domain's description or title",
  options: [
    ...AFFECT_OPTIONS,
    ['--title', 'the title instead of the description'],
    ['--edit', 'in an editor'],
    ['--new-desc <text>', 'the new text; an empty one removes it'],
  ],
  failure: 'Failed to set new domain description or title',
  run: async ({ client, out }, positional, options) => {
    const affect = await affectOf(options);
    const connection = await client();
    const domain = word(positional);
    const kind = options.title ? 'title' : 'description';
    const given =
      text(options, 'newDesc') ?? (words(positional, 1).length > 0 ? words(positional, 1).join(' ') : undefined);
    const set = (value: string) =>
      connection.call('domain.setDescription', { domain, [kind]: value.replace(/\n$/, ''), ...affect });
    const { name } = await connection.call('domain.lookup', { domain });
    if (given === undefined || options.edit) {
      const old = given ?? (await readElement(connection, domain, kind, wantsConfig(options)));
      if (!options.edit) return out.result({ [kind]: old }, [old || `No ${kind} for domain: ${name}`]);
      const isChanged = await editUntilAccepted(old === '' ? '' : `${old}\n`, '.txt', set);
      return out.done(
        { name, edited: isChanged },
        `Domain ${kind} ${isChanged ? 'updated successfully' : 'not changed'}`,
      );
    }
    await set(given);
    out.done({ name, [kind]: given }, `Domain ${kind} updated successfully`);
  },
};

const metadata: CommandSpec = {
  usage: 'metadata <domain> <uri>',
  summary: "show or set domain's custom XML metadata",
  options: [
    ...AFFECT_OPTIONS,
    ['--edit', 'in an editor'],
    ['--key <prefix>', 'the prefix of the namespace'],
    ['--set <xml>', 'the new element'],
    ['--remove', 'remove it'],
  ],
  run: async ({ client, out }, positional, options) => {
    exclusive(options, 'edit', 'set');
    exclusive(options, 'remove', 'set');
    exclusive(options, 'remove', 'edit');
    const affect = await affectOf(options);
    const key = text(options, 'key');
    const next = text(options, 'set');
    if ((next !== undefined || options.edit) && !key)
      throw virError('INVALID_ARG', 'namespace key is required when modifying metadata');
    const connection = await client();
    const base = { domain: word(positional), uri: word(positional, 1) };
    const set = (xml: string | undefined) =>
      connection.call('domain.setMetadata', {
        ...base,
        ...(key ? { key } : {}),
        ...(xml === undefined ? {} : { xml }),
        ...affect,
      });
    const read = () =>
      connection.call('domain.metadata', { ...base, ...(wantsConfig(options) ? { config: true } : {}) });
    if (options.remove) return out.done(await set(undefined), 'Metadata removed');
    if (next !== undefined) return out.done(await set(next), 'Metadata modified');
    if (!options.edit) {
      const { xml } = await read();
      return out.result({ xml }, [xml.trimEnd()]);
    }
    const old = await read().then(
      ({ xml }) => xml,
      (error: unknown) => {
        if (toVirError(error).code === 'NO_DOMAIN') throw error;
        return ''; // there is none yet
      },
    );
    const isChanged = await editUntilAccepted(old, '.xml', set);
    out.done({ edited: isChanged }, isChanged ? 'Metadata modified' : 'Metadata not changed');
  },
};

const TYPES = ['poweroff', 'reboot', 'crash'] as const;
const ACTIONS = ['destroy', 'restart', 'rename-restart', 'preserve', 'coredump-destroy', 'coredump-restart'] as const;

const setLifecycleAction: CommandSpec = {
  usage: 'set-lifecycle-action <domain> <type> <action>',
  summary: 'change lifecycle actions',
  options: AFFECT_OPTIONS,
  values: { type: TYPES, action: ACTIONS },
  failure: 'Unable to change lifecycle action.',
  run: async ({ client, out }, positional, options) => {
    const type = TYPES.find((known) => known === word(positional, 1));
    if (!type) throw virError('INVALID_ARG', `Invalid lifecycle type '${word(positional, 1)}'.`);
    const action = word(positional, 2);
    if (!ACTIONS.some((known) => known === action))
      throw virError('INVALID_ARG', `Invalid lifecycle action '${action}'.`);
    const input = { domain: word(positional), type, action, ...(await affectOf(options)) };
    out.result(await (await client()).call('domain.setLifecycleAction', input), []);
  },
};

export const editCommands: readonly CommandSpec[] = [edit, desc, metadata, setLifecycleAction];
