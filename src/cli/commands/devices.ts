// The devices of a domain on the host: domblklist and domiflist, in virsh's tables (tools/virsh-domain-monitor.c).
import type { DomainEndpoints } from '../../common/model/endpoints.ts';
import { type CommandSpec, word } from '../context.ts';

const dash = (value: string | undefined): string => value ?? '-';

type Table = readonly [header: readonly string[], rows: readonly (readonly string[])[]];

export const blockTable = (blocks: DomainEndpoints['blocks'], hasDetails: boolean): Table =>
  hasDetails
    ? [
        ['Type', 'Device', 'Target', 'Source'],
        blocks.map(({ type, device, target, source }) => [type, device, target, dash(source)]),
      ]
    : [['Target', 'Source'], blocks.map(({ target, source }) => [target, dash(source)])];

export const interfaceTable = (interfaces: DomainEndpoints['interfaces']): Table => [
  ['Interface', 'Type', 'Source', 'Model', 'MAC'],
  interfaces.map(({ name, type, source, model, mac }) => [dash(name), type, dash(source), dash(model), dash(mac)]),
];

const INACTIVE = ['--inactive', 'of the stored definition, also where it runs'] as const;

const domblklist: CommandSpec = {
  usage: 'domblklist <domain>',
  summary: 'list all domain blocks',
  options: [['--details', 'their types too'], INACTIVE],
  run: async ({ client, out }, positional, options) => {
    const input = { domain: word(positional), inactive: options.inactive === true };
    const { blocks } = await (await client()).call('domain.endpoints', input);
    out.table(blocks, ...blockTable(blocks, options.details === true));
  },
};

const domiflist: CommandSpec = {
  usage: 'domiflist <domain>',
  summary: 'list all domain virtual interfaces',
  options: [INACTIVE],
  run: async ({ client, out }, positional, options) => {
    const input = { domain: word(positional), inactive: options.inactive === true };
    const { interfaces } = await (await client()).call('domain.endpoints', input);
    out.table(interfaces, ...interfaceTable(interfaces));
  },
};

export const deviceCommands: readonly CommandSpec[] = [domblklist, domiflist];
