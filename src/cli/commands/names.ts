// What a domain is called, and its definition: domid, domname, domuuid, dumpxml (tools/virsh-domain.c).
import type { DomainSummary } from '../../common/model/domain.ts';
import { type CommandSpec, word } from '../context.ts';

const dumpxml: CommandSpec = {
  usage: 'dumpxml <domain>',
  summary: 'domain information in XML',
  options: [
    ['--inactive', 'the stored definition, also where it runs'],
    ['--security-info', 'with passwords'],
    ['--update-cpu', 'with the CPU as it is for this host (it always is)'],
    ['--migratable', 'in a form for another host'],
  ],
  failure: "Failed to get the XML of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const input = { domain: word(positional), inactive: options.inactive === true || options.migratable === true };
    const { xml } = await (await client()).call('domain.dumpxml', input);
    out.result({ xml }, [xml.trimEnd()]);
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
