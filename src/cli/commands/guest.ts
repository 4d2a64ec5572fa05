// What the guest agent tells: guestinfo, domfsinfo, domtime, domhostname, domifaddr (tools/virsh-domain.c, virsh-domain-monitor.c).

import { virError } from '../../common/errors.ts';
import type { GuestInterface } from '../../common/model/agent.ts';
import { type CommandSpec, numberOption, type Options, text, word } from '../context.ts';

const domhostname: CommandSpec = {
  usage: 'domhostname <domain>',
  summary: "print the domain's hostname",
  options: [['--source <source>', 'agent (the one that there is)']],
  domains: 'active',
  failure: 'failed to get hostname',
  run: async ({ client, out }, positional, options) => {
    const source = text(options, 'source');
    if (source !== undefined && source !== 'agent') throw virError('NO_SUPPORT', `no hostname is known by '${source}'`);
    const { hostname } = await (await client()).call('agent.hostname', { domain: word(positional) });
    out.result({ hostname }, [hostname]);
  },
};

const domtime: CommandSpec = {
  usage: 'domtime <domain> [time]',
  summary: 'domain time',
  options: [
    ['--now', 'set it to the time of this host'],
    ['--pretty', 'show it as a date'],
    ['--sync', 'set it to the guest’s own hardware clock'],
  ],
  domains: 'active',
  failure: "Failed to get or set the time of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const given = word(positional, 1) === '' ? {} : { time: word(positional, 1) };
    const seconds = numberOption(given, 'time');
    if ([seconds !== undefined, options.now, options.sync].filter(Boolean).length > 1)
      throw virError('INVALID_ARG', 'Options --time, --now and --sync are mutually exclusive');
    const connection = await client();
    const domain = word(positional);
    if (seconds !== undefined || options.now || options.sync) {
      const timeMs = options.now ? Date.now() : seconds === undefined ? undefined : seconds * 1000;
      await connection.call('agent.setTime', { domain, ...(timeMs === undefined ? {} : { timeMs }) });
      return out.result({ set: true }, []);
    }
    const { timeMs } = await connection.call('agent.time', { domain });
    const shown = options.pretty
      ? new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')
      : String(Math.floor(timeMs / 1000));
    out.result({ timeMs }, [`Time: ${shown}`]);
  },
};

const domfsinfo: CommandSpec = {
  usage: 'domfsinfo <domain>',
  summary: "Get information of domain's mounted filesystems.",
  domains: 'active',
  failure: 'Unable to get filesystem information',
  run: async ({ client, out }, positional) => {
    const { filesystems } = await (await client()).call('agent.filesystems', { domain: word(positional) });
    if (filesystems.length === 0) return out.result([], ['No filesystems are mounted in the domain']);
    out.table(
      filesystems,
      ['Mountpoint', 'Name', 'Type', 'Target'],
      filesystems.map(({ mountpoint, name, type, disks }) => [
        mountpoint,
        name,
        type,
        disks.flatMap(({ target }) => target ?? []).join(','),
      ]),
    );
  },
};

const GROUPS = ['user', 'os', 'timezone', 'hostname', 'filesystem', 'interface'] as const;
type Group = (typeof GROUPS)[number];
/** virsh's 'key : value' lines, keys in libvirt's form (virDomainGetGuestInfo). */
type Fields = readonly (readonly [key: string, value: string | number | undefined])[];

const OS_KEYS = {
  id: 'os.id',
  name: 'os.name',
  prettyName: 'os.pretty-name',
  version: 'os.version',
  versionId: 'os.version-id',
  kernelRelease: 'os.kernel-release',
  kernelVersion: 'os.kernel-version',
  machine: 'os.machine',
  variant: 'os.variant',
  variantId: 'os.variant-id',
} as const;

type Client = Awaited<ReturnType<Parameters<CommandSpec['run']>[0]['client']>>;
const READERS: Readonly<Record<Group, (client: Client, domain: string) => Promise<Fields>>> = {
  user: async (client, domain) => {
    const { users } = await client.call('agent.users', { domain });
    const rows = users.flatMap(
      (user, index): Fields => [
        [`user.${index}.name`, user.user],
        [`user.${index}.domain`, user.domain],
        [`user.${index}.login-time`, user.loginTimeMs],
      ],
    );
    return [['user.count', users.length], ...rows];
  },
  os: async (client, domain) => {
    const info = await client.call('agent.osInfo', { domain });
    return Object.entries(OS_KEYS).map(([field, key]) => [key, info[field as keyof typeof OS_KEYS]] as const);
  },
  timezone: async (client, domain) => {
    const { zone, offsetSeconds } = await client.call('agent.timezone', { domain });
    return [
      ['timezone.name', zone],
      ['timezone.offset', offsetSeconds],
    ];
  },
  hostname: async (client, domain) => [['hostname', (await client.call('agent.hostname', { domain })).hostname]],
  filesystem: async (client, domain) => {
    const { filesystems } = await client.call('agent.filesystems', { domain });
    const rows = filesystems.flatMap(
      (fs, index): Fields => [
        [`fs.${index}.name`, fs.name],
        [`fs.${index}.mountpoint`, fs.mountpoint],
        [`fs.${index}.fstype`, fs.type],
        [`fs.${index}.total-bytes`, fs.totalBytes],
        [`fs.${index}.used-bytes`, fs.usedBytes],
        [`fs.${index}.disk.count`, fs.disks.length],
      ],
    );
    return [['fs.count', filesystems.length], ...rows];
  },
  interface: async (client, domain) => {
    const { interfaces } = await client.call('agent.interfaces', { domain });
    const rows = interfaces.flatMap(
      (one, index): Fields => [
        [`if.${index}.name`, one.name],
        [`if.${index}.hwaddr`, one.mac],
        [`if.${index}.addr.count`, one.addresses.length],
        ...one.addresses.flatMap(
          ({ type, address, prefix }, at): Fields => [
            [`if.${index}.addr.${at}.type`, type],
            [`if.${index}.addr.${at}.addr`, address],
            [`if.${index}.addr.${at}.prefix`, prefix],
          ],
        ),
      ],
    );
    return [['if.count', interfaces.length], ...rows];
  },
};

const asked = (options: Options): readonly Group[] => {
  const some = GROUPS.filter((group) => options[group] === true);
  return some.length > 0 ? some : GROUPS;
};

const guestinfo: CommandSpec = {
  usage: 'guestinfo <domain>',
  summary: 'query information about the guest (via agent)',
  options: GROUPS.map((group) => [`--${group}`, `its ${group === 'os' ? 'system' : `${group}s`}`] as const),
  domains: 'active',
  failure: "Failed to query the guest of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const groups = asked(options);
    const isChosen = groups.length < GROUPS.length;
    const parts = await Promise.all(
      groups.map((group) =>
        READERS[group](connection, word(positional)).catch((error: unknown) => {
          // An old agent has not every command: without a choice, what it has is shown.
          if (isChosen || !String((error as { code?: string }).code).endsWith('COMMAND_FAILED')) throw error;
          return [] as Fields;
        }),
      ),
    );
    const fields = parts.flat().filter(([, value]) => value !== undefined);
    out.result(
      Object.fromEntries(fields),
      fields.map(([key, value]) => `${key.padEnd(20)}: ${value}`),
    );
  },
};

/** virsh's table with its own widths; more addresses of an interface stand below the first, with dashes before them. */
export function formatAddresses(
  interfaces: readonly GuestInterface[],
  options: Options,
  isQuiet: boolean,
): readonly string[] {
  const row = (name: string, mac: string, type: string, address: string): string =>
    ` ${name.padEnd(10)} ${mac.padEnd(20)} ${type.padEnd(8)}     ${address}`.trimEnd();
  const rows = interfaces.flatMap((one) =>
    (one.addresses.length === 0 ? [undefined] : one.addresses).map((address, index) => {
      const isFirst = index === 0 || options.full === true;
      return row(
        isFirst ? one.name : '-',
        isFirst ? (one.mac ?? 'N/A') : '-',
        address?.type ?? 'N/A',
        address ? `${address.address}/${address.prefix}` : 'N/A',
      );
    }),
  );
  const head = [
    ` ${'Name'.padEnd(10)} ${'MAC address'.padEnd(20)} ${'Protocol'.padEnd(8)}     Address`,
    '-'.repeat(79),
  ];
  return isQuiet ? rows : [...head, ...rows];
}

const SOURCES = ['lease', 'agent', 'arp'] as const;

const domifaddr: CommandSpec = {
  usage: 'domifaddr <domain> [interface]',
  summary: "Get network interfaces' addresses for a running domain",
  options: [
    ['--full', 'names and MAC addresses in every row'],
    ['--source <source>', `${SOURCES.join(', ')}; by itself the agent where it is, else the ARP table`],
  ],
  domains: 'active',
  values: { source: SOURCES },
  failure: "Failed to query for interfaces addresses of domain '<domain>'",
  run: async ({ client, out, global }, positional, options) => {
    const given = text(options, 'source');
    const source = SOURCES.find((known) => known === given);
    if (given !== undefined && !source) throw virError('INVALID_ARG', `Unknown data source '${given}'`);
    const input = { domain: word(positional), ...(source ? { source } : {}) };
    const answer = await (await client()).call('domain.addresses', input);
    const wanted = word(positional, 1);
    const interfaces = answer.interfaces.filter(({ name, mac }) => wanted === '' || name === wanted || mac === wanted);
    if (answer.note && interfaces.length === 0) out.warn([answer.note]);
    out.result({ ...answer, interfaces }, formatAddresses(interfaces, options, global.isQuiet));
  },
};

export const guestCommands: readonly CommandSpec[] = [domhostname, domtime, domfsinfo, guestinfo, domifaddr];
