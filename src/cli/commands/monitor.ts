// Looking at domains: list, dominfo, domstate, dumpxml and their kin, in virsh's output (tools/virsh-domain-monitor.c).
import type { DomainState, DomainSummary } from '../../common/model/domain.ts';
import { type CommandSpec, type Options, word } from '../context.ts';
import { formatFields, formatTable } from '../output.ts';

/** virsh's words for states. */
export const STATE_NAMES: Readonly<Record<DomainState, string>> = {
  running: 'running',
  paused: 'paused',
  shutdown: 'in shutdown',
  shutoff: 'shut off',
  crashed: 'crashed',
  pmsuspended: 'pmsuspended',
};

const LIST_OPTIONS = [
  ['--all', 'inactive domains too'],
  ['--inactive', 'inactive domains only'],
  ['--name', 'names only'],
  ['--uuid', 'UUIDs only'],
  ['--id', 'ids only'],
  ['--title', 'show titles'],
  ['--table', 'a table (the default)'],
  ['--persistent', 'persistent domains only'],
  ['--transient', 'transient domains only'],
  ['--autostart', 'domains that are started with the session only'],
  ['--no-autostart', 'domains that are not'],
  ['--state-running', 'running domains only'],
  ['--state-paused', 'paused domains only'],
  ['--state-shutoff', 'domains that are shut off only'],
] as const;

export function selectDomains(domains: readonly DomainSummary[], options: Options): DomainSummary[] {
  const isWanted = (domain: DomainSummary): boolean => {
    if (options.inactive ? domain.isActive : !options.all && !options.stateShutoff && !domain.isActive) return false;
    if ((options.persistent && !domain.isPersistent) || (options.transient && domain.isPersistent)) return false;
    if ((options.autostart === true && !domain.isAutostart) || (options.autostart === false && domain.isAutostart))
      return false;
    const states = [
      options.stateRunning && 'running',
      options.statePaused && 'paused',
      options.stateShutoff && 'shutoff',
    ].filter(Boolean);
    return states.length === 0 || states.includes(domain.state);
  };
  // virsh's order: running ones by id, then the others by name.
  return domains
    .filter(isWanted)
    .sort(
      (a, b) => (a.id ?? Number.MAX_SAFE_INTEGER) - (b.id ?? Number.MAX_SAFE_INTEGER) || a.name.localeCompare(b.name),
    );
}

const list: CommandSpec = {
  usage: 'list',
  summary: 'list domains',
  options: LIST_OPTIONS,
  run: async ({ client, out }, _positional, options) => {
    const { domains, broken } = await (await client()).call('domain.list', {});
    const chosen = selectDomains(domains, options);
    const column = options.name
      ? (d: DomainSummary) => d.name
      : options.uuid
        ? (d: DomainSummary) => d.uuid
        : options.id
          ? (d: DomainSummary) => String(d.id ?? '-')
          : undefined;
    const header = ['Id', 'Name', 'State', ...(options.title ? ['Title'] : [])];
    const rows = chosen.map((d) => [
      String(d.id ?? '-'),
      d.name,
      STATE_NAMES[d.state],
      ...(options.title ? [d.title ?? ''] : []),
    ]);
    out.result(chosen, column ? [...chosen.map(column), ''] : formatTable(header, rows));
    for (const file of broken)
      process.stderr.write(`warning: ${file.path} can't be read and was kept: ${file.message}\n`);
  },
};

const dominfo: CommandSpec = {
  usage: 'dominfo <domain>',
  summary: 'the basic facts of a domain',
  run: async ({ client, out }, positional) => {
    const { summary, maxMemoryKiB } = await (await client()).call('domain.get', { domain: word(positional) });
    out.result(
      { ...summary, maxMemoryKiB },
      formatFields([
        ['Id', String(summary.id ?? '-')],
        ['Name', summary.name],
        ['UUID', summary.uuid],
        ['OS Type', 'hvm'],
        ['State', STATE_NAMES[summary.state]],
        ['CPU(s)', String(summary.vcpus)],
        ['Max memory', `${maxMemoryKiB} KiB`],
        ['Used memory', `${summary.memoryKiB} KiB`],
        ['Persistent', summary.isPersistent ? 'yes' : 'no'],
        ['Autostart', summary.isAutostart ? 'enable' : 'disable'],
        ['Managed save', 'no'],
        ['Security model', 'none'],
        ['Security DOI', '0'],
      ]),
    );
  },
};

const domstate: CommandSpec = {
  usage: 'domstate <domain>',
  summary: 'the state of a domain',
  options: [['--reason', 'and why']],
  run: async ({ client, out }, positional, options) => {
    const { state, reason } = await (await client()).call('domain.lookup', { domain: word(positional) });
    out.result({ state, reason }, [`${STATE_NAMES[state]}${options.reason ? ` (${reason})` : ''}`, '']);
  },
};

const dumpxml: CommandSpec = {
  usage: 'dumpxml <domain>',
  summary: 'the definition of a domain as XML',
  options: [
    ['--inactive', 'the stored definition, also where it runs'],
    ['--security-info', 'with passwords (none are stored)'],
  ],
  run: async ({ client, out }, positional, options) => {
    const { xml } = await (await client()).call('domain.dumpxml', {
      domain: word(positional),
      inactive: options.inactive === true,
    });
    out.result({ xml }, [xml]);
  },
};

const one = (name: string, summary: string, pick: (domain: DomainSummary) => string): CommandSpec => ({
  usage: `${name} <domain>`,
  summary,
  run: async ({ client, out }, positional) => {
    const found = await (await client()).call('domain.lookup', { domain: word(positional) });
    out.result({ [name.replace('dom', '')]: pick(found) }, [pick(found), '']);
  },
});

export const monitorCommands: readonly CommandSpec[] = [
  list,
  dominfo,
  domstate,
  dumpxml,
  one('domid', 'the id of a running domain', ({ id }) => String(id ?? '-')),
  one('domname', 'the name of a domain', ({ name }) => name),
  one('domuuid', 'the UUID of a domain', ({ uuid }) => uuid),
];
