// `list`, in virsh's output (tools/virsh-domain-monitor.c).
import type { DomainState, DomainSummary } from '../../common/model/domain.ts';
import type { CommandSpec, Options } from '../context.ts';
import { exclusive } from '../flags.ts';

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
  ['--all', 'inactive and active domains'],
  ['--inactive', 'inactive domains only'],
  ['--persistent', 'persistent domains only'],
  ['--transient', 'transient domains only'],
  ['--with-snapshot', 'domains with snapshots'],
  ['--without-snapshot', 'domains without snapshots'],
  ['--with-checkpoint', 'domains with checkpoints'],
  ['--without-checkpoint', 'domains without checkpoints'],
  ['--state-running', 'domains that run'],
  ['--state-paused', 'domains that are paused'],
  ['--state-shutoff', 'domains that are shut off'],
  ['--state-other', 'domains in other states'],
  ['--autostart', 'domains that are started with the session'],
  ['--no-autostart', 'domains that are not'],
  ['--with-managed-save', 'domains with a managed save'],
  ['--without-managed-save', 'domains without one'],
  ['--uuid', 'UUIDs only'],
  ['--name', 'names only'],
  ['--id', 'ids only'],
  ['--table', 'a table (the default)'],
  ['--managed-save', 'mark inactive domains with a managed save as saved'],
  ['--title', 'show titles'],
] as const;

type Test = (domain: DomainSummary) => boolean;
/** Filters of one group widen each other; groups narrow each other, as in virConnectListAllDomains. */
const FILTERS: readonly (readonly (readonly [option: string, test: Test])[])[] = [
  [
    ['persistent', (d) => d.isPersistent],
    ['transient', (d) => !d.isPersistent],
  ],
  [
    ['autostart', (d) => d.isAutostart],
    ['noAutostart', (d) => !d.isAutostart],
  ],
  [
    ['withManagedSave', (d) => d.hasManagedSave === true],
    ['withoutManagedSave', (d) => d.hasManagedSave !== true],
  ],
  // Nothing has these yet.
  [
    ['withSnapshot', () => false],
    ['withoutSnapshot', () => true],
  ],
  [
    ['withCheckpoint', () => false],
    ['withoutCheckpoint', () => true],
  ],
  [
    ['stateRunning', (d) => d.state === 'running'],
    ['statePaused', (d) => d.state === 'paused'],
    ['stateShutoff', (d) => d.state === 'shutoff'],
    ['stateOther', (d) => !['running', 'paused', 'shutoff'].includes(d.state)],
  ],
];

/** In virsh's order: active ones by id, then the others by name. */
export function selectDomains(domains: readonly DomainSummary[], options: Options): DomainSummary[] {
  const showsInactive = options.inactive === true || options.all === true || options.stateShutoff === true;
  const groups = FILTERS.map((group) => group.filter(([option]) => options[option] === true).map(([, test]) => test));
  const isWanted = (domain: DomainSummary): boolean =>
    (domain.isActive ? options.all === true || options.inactive !== true : showsInactive) &&
    groups.every((tests) => tests.length === 0 || tests.some((test) => test(domain)));
  const byName = new Intl.Collator().compare;
  return domains
    .filter(isWanted)
    .sort((a, b) => (a.id ?? Number.MAX_SAFE_INTEGER) - (b.id ?? Number.MAX_SAFE_INTEGER) || byName(a.name, b.name));
}

/** With --uuid, --id or --name: these alone, in this order. */
const COLUMNS: readonly (readonly [option: string, value: (domain: DomainSummary) => string])[] = [
  ['uuid', (d) => d.uuid],
  ['id', (d) => String(d.id ?? '-')],
  ['name', (d) => d.name],
];

export const listCommand: CommandSpec = {
  usage: 'list',
  summary: 'list domains',
  description: 'Lists the active domains, or those that the options say.',
  options: LIST_OPTIONS,
  failure: 'Failed to list domains',
  run: async ({ client, out }, _positional, options) => {
    for (const name of ['name', 'uuid', 'id']) exclusive(options, 'table', name);
    const { domains, broken } = await (await client()).call('domain.list', {});
    const chosen = selectDomains(domains, options);
    const columns = COLUMNS.filter(([option]) => options[option] === true).map(([, value]) => value);
    if (columns.length > 0)
      out.result(
        chosen,
        chosen.map((domain) => columns.map((value) => value(domain)).join(' ')),
      );
    else {
      const state = (d: DomainSummary): string =>
        options.managedSave && !d.isActive && d.hasManagedSave ? 'saved' : STATE_NAMES[d.state];
      const title = (d: DomainSummary): string[] => (options.title ? [d.title ?? ''] : []);
      out.table(
        chosen,
        ['Id', 'Name', 'State', ...(options.title ? ['Title'] : [])],
        chosen.map((d) => [String(d.id ?? '-'), d.name, state(d), ...title(d)]),
      );
    }
    out.warn(broken.map((file) => `${file.path} can't be read and was kept: ${file.message}`));
  },
};
