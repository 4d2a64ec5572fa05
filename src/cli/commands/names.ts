// What a domain is called, and its definition: domid, domname, domuuid, dumpxml (tools/virsh-domain.c).
import type { DomainSummary } from '../../common/model/domain.ts';
import { type CommandSpec, word } from '../context.ts';
import { showXml, XPATH_OPTIONS } from '../show-xml.ts';

const dumpxml: CommandSpec = {
  usage: 'dumpxml <domain>',
  summary: 'domain information in XML',
  options: [
    ['--inactive', 'the stored definition, also where it runs'],
    ['--security-info', 'accepted, and changes nothing: this user owns the definition, and always sees its passwords'],
    ['--update-cpu', 'accepted, and changes nothing: the CPU is always shown as it is for this host'],
    ['--migratable', 'the stored definition, as with --inactive'],
    ...XPATH_OPTIONS,
  ],
  failure: "Failed to get the XML of domain '<domain>'",
  run: async (context, positional, options) => {
    const input = { domain: word(positional), inactive: options.inactive === true || options.migratable === true };
    const { xml } = await (await context.client()).call('domain.dumpxml', input);
    await showXml(context, xml, options);
  },
};

const one = (name: string, summary: string, pick: (domain: DomainSummary) => string): CommandSpec => ({
  usage: `${name} <domain>`,
  summary,
  run: async ({ client, out }, positional) => {
    const found = await (await client()).call('domain.lookup', { domain: word(positional) });
    out.result({ [name.replace('dom', '')]: pick(found) }, [pick(found)]);
  },
});

export const nameCommands: readonly CommandSpec[] = [
  dumpxml,
  one('domid', 'convert a domain name or UUID to domain id', ({ id }) => String(id ?? '-')),
  one('domname', 'convert a domain id or UUID to domain name', ({ name }) => name),
  one('domuuid', 'convert a domain name or id to domain UUID', ({ uuid }) => uuid),
];
