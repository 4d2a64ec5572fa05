// Looking at one domain: dominfo, domstate, domcontrol, in virsh's output (tools/virsh-domain-monitor.c).
import type { DomainReason } from '../../common/model/domain.ts';
import { type CommandSpec, word } from '../context.ts';
import { formatFields } from '../output.ts';
import { STATE_NAMES } from './list.ts';

const dominfo: CommandSpec = {
  usage: 'dominfo <domain>',
  summary: 'domain information',
  run: async ({ client, out }, positional) => {
    const connection = await client();
    const domain = word(positional);
    const { summary, resources } = await connection.call('domain.get', { domain });
    const { maxMemoryKiB } = resources;
    const stats = summary.isActive ? await connection.call('domain.stats', { domains: [summary.uuid] }) : undefined;
    const cpuTimeNs = stats?.domains[0]?.live?.cpuTimeNs;
    out.result(
      { ...summary, maxMemoryKiB, ...(cpuTimeNs === undefined ? {} : { cpuTimeNs }) },
      formatFields([
        ['Id', String(summary.id ?? '-')],
        ['Name', summary.name],
        ['UUID', summary.uuid],
        ['OS Type', 'hvm'],
        ['State', STATE_NAMES[summary.state]],
        ['CPU(s)', String(summary.vcpus)],
        ...(cpuTimeNs === undefined ? [] : [['CPU time', `${(cpuTimeNs / 1e9).toFixed(1)}s`] as const]),
        ['Max memory', `${maxMemoryKiB} KiB`],
        ['Used memory', `${summary.memoryKiB} KiB`],
        ['Persistent', summary.isPersistent ? 'yes' : 'no'],
        ['Autostart', summary.isAutostart ? 'enable' : 'disable'],
        ...(summary.isAutostartOnce ? [['Autostart Once', 'enable'] as const] : []),
        ['Managed save', summary.hasManagedSave ? 'yes' : 'no'],
        ['Security model', 'none'],
        ['Security DOI', '0'],
        ...(summary.problem ? [['Messages', summary.problem.message] as const] : []),
      ]),
    );
  },
};

/** Reasons that virsh has other words for (tools/virsh-domain-monitor.c). */
const REASON_NAMES: Readonly<Partial<Record<DomainReason, string>>> = { ioerror: 'I/O error', wakeup: 'event wakeup' };

const domstate: CommandSpec = {
  usage: 'domstate <domain>',
  summary: 'domain state',
  options: [['--reason', 'and why it is in it']],
  run: async ({ client, out }, positional, options) => {
    const { state, reason } = await (await client()).call('domain.lookup', { domain: word(positional) });
    out.result({ state, reason }, [
      `${STATE_NAMES[state]}${options.reason ? ` (${REASON_NAMES[reason] ?? reason})` : ''}`,
    ]);
  },
};

const domcontrol: CommandSpec = {
  usage: 'domcontrol <domain>',
  summary: 'domain control interface state',
  description: 'Tells whether the monitor of a running domain is free (ok), or what keeps it and for how long.',
  domains: 'active',
  failure: "Failed to get the state of the control interface of domain '<domain>'",
  run: async ({ client, out, fail }, positional) => {
    const connection = await client();
    const domain = word(positional);
    const { name, isActive, state } = await connection.call('domain.lookup', { domain });
    const { job } = isActive ? await connection.call('domain.jobInfo', { domain }) : { job: undefined };
    const said = isActive ? (job?.state === 'running' ? 'occupied' : 'ok') : 'error';
    const since = job?.state === 'running' ? ` (${(job.elapsedMs / 1000).toFixed(3)}s)` : '';
    out.result({ domain: name, control: said, state }, [isActive ? `${said}${since}` : 'error: domain is not running']);
    if (!isActive) fail();
  },
};

export const monitorCommands: readonly CommandSpec[] = [dominfo, domstate, domcontrol];
