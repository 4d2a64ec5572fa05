// The devices of a domain on the host: domblklist and domiflist, in virsh's tables (tools/virsh-domain-monitor.c).
import type { DomainEndpoints } from '../../common/model/endpoints.ts';
import { type CommandSpec, word } from '../context.ts';
import { formatTable } from '../output.ts';

export const formatBlocks = (blocks: DomainEndpoints['blocks'], hasDetails: boolean): string[] =>
  hasDetails
    ? formatTable(
        ['Type', 'Device', 'Target', 'Source'],
        blocks.map(({ type, device, target, source }) => [type, device, target, source ?? '-']),
      )
    : formatTable(
        ['Target', 'Source'],
        blocks.map(({ target, source }) => [target, source ?? '-']),
      );

export const formatInterfaces = (interfaces: DomainEndpoints['interfaces']): string[] =>
  formatTable(
    ['Interface', 'Type', 'Source', 'Model', 'MAC'],
    interfaces.map(({ name, type, source, model, mac }) => [
      name ?? '-',
      type,
      source ?? '-',
      model ?? '-',
      mac ?? '-',
    ]),
  );

const INACTIVE = ['--inactive', 'of the stored definition, also where it runs'] as const;

const domblklist: CommandSpec = {
  usage: 'domblklist <domain>',
  summary: 'list the disks of a domain',
  options: [['--details', 'their types too'], INACTIVE],
  run: async ({ client, out }, positional, options) => {
    const input = { domain: word(positional), inactive: options.inactive === true };
    const { blocks } = await (await client()).call('domain.endpoints', input);
    out.result(blocks, formatBlocks(blocks, options.details === true));
  },
};

const domiflist: CommandSpec = {
  usage: 'domiflist <domain>',
  summary: 'list the network interfaces of a domain',
  options: [INACTIVE],
  run: async ({ client, out }, positional, options) => {
    const input = { domain: word(positional), inactive: options.inactive === true };
    const { interfaces } = await (await client()).call('domain.endpoints', input);
    out.result(interfaces, formatInterfaces(interfaces));
  },
};

export const deviceCommands: readonly CommandSpec[] = [domblklist, domiflist];
