// The definition inside a saved file or a managed save: show, replace, edit (tools/virsh-domain.c).
import { resolve } from 'node:path';
import type { Input } from '../../common/contract/procedures.ts';
import { type CommandSpec, type Positional, word } from '../context.ts';
import { readXml } from '../read-xml.ts';
import { showXml, XPATH_OPTIONS } from '../show-xml.ts';
import { BEGINNING_OPTIONS, beginning } from './save.ts';

interface Kind {
  readonly prefix: 'save-image' | 'managedsave';
  readonly slot: 'file' | 'domain';
  readonly summaries: readonly [dumpxml: string, define: string, edit: string];
  readonly updated: (name: string) => string;
  readonly unchanged: (name: string) => string;
  readonly edited: (name: string) => string;
}

const KINDS: readonly Kind[] = [
  {
    prefix: 'save-image',
    slot: 'file',
    summaries: [
      'saved state domain information in XML',
      "redefine the XML for a domain's saved state file",
      "edit XML for a domain's saved state file",
    ],
    updated: (name) => `State file ${name} updated.`,
    unchanged: (name) => `Saved image ${name} XML configuration not changed.`,
    edited: (name) => `State file ${name} edited.`,
  },
  {
    prefix: 'managedsave',
    slot: 'domain',
    summaries: [
      'Domain information of managed save state file in XML',
      "redefine the XML for a domain's managed save state file",
      "edit XML for a domain's managed save state file",
    ],
    updated: (name) => `Managed save state file of domain '${name}' updated.`,
    unchanged: (name) => `Managed save image of domain '${name}' XML configuration not changed.`,
    edited: (name) => `Managed save Image of domain '${name}' edited.`,
  },
];

const where = ({ slot }: Kind, positional: Positional): Pick<Input<'domain.savedXml'>, 'path' | 'domain'> =>
  slot === 'file' ? { path: resolve(word(positional)) } : { domain: word(positional) };

function commandsOf(kind: Kind): readonly CommandSpec[] {
  const { prefix, slot, summaries } = kind;
  const failure = `Failed to update <${slot}>`;
  return [
    {
      usage: `${prefix}-dumpxml <${slot}>`,
      summary: summaries[0],
      options: [
        ['--security-info', 'accepted, and changes nothing: this user owns the file, and always sees its passwords'],
        ...XPATH_OPTIONS,
      ],
      failure: `Failed to read the XML of <${slot}>`,
      run: async (context, positional, options) => {
        const { xml } = await (await context.client()).call('domain.savedXml', where(kind, positional));
        await showXml(context, xml, options);
      },
    },
    {
      usage: `${prefix}-define <${slot}> <xml>`,
      summary: summaries[1],
      options: BEGINNING_OPTIONS,
      failure,
      run: async ({ client, out }, positional, options) => {
        const input = { ...where(kind, positional), xml: await readXml(word(positional, 1)), ...beginning(options) };
        await (await client()).call('domain.setSavedXml', input);
        out.done({ updated: true }, kind.updated(word(positional)));
      },
    },
    {
      usage: `${prefix}-edit <${slot}>`,
      summary: summaries[2],
      options: BEGINNING_OPTIONS,
      failure,
      run: async ({ client, out }, positional, options) => {
        const [{ editUntilAccepted }, connection] = await Promise.all([import('../editor.ts'), client()]);
        const how = beginning(options);
        const { xml } = await connection.call('domain.savedXml', where(kind, positional));
        const isChanged = await editUntilAccepted(xml, '.xml', (next) =>
          connection.call('domain.setSavedXml', { ...where(kind, positional), xml: next, ...how }),
        );
        // The definition may stay and the way it begins change.
        if (!isChanged && Object.keys(how).length > 0)
          await connection.call('domain.setSavedXml', { ...where(kind, positional), ...how });
        const name = word(positional);
        out.done({ edited: isChanged }, isChanged ? kind.edited(name) : kind.unchanged(name));
      },
    },
  ];
}

export const saveImageCommands: readonly CommandSpec[] = KINDS.flatMap(commandsOf);
