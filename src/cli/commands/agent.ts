// What the guest agent does: domfsfreeze, domfsthaw, domfstrim, set-user-password, user SSH keys (tools/virsh-domain.c).
import { readFile } from 'node:fs/promises';
import { parseSize } from '../../common/base/units.ts';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, text, word, words } from '../context.ts';
import { formatCpuList, parseCpuList } from '../cpu-list.ts';
import { exclusive } from '../flags.ts';

const fsfreeze: CommandSpec = {
  usage: 'domfsfreeze <domain> [mountpoints...]',
  summary: "Freeze domain's mounted filesystems.",
  options: [['--mountpoint <path>', 'this one']],
  domains: 'active',
  failure: 'Unable to freeze filesystems',
  run: async ({ client, out }, positional, options) => {
    const given = [...words(positional, 1), ...(text(options, 'mountpoint')?.split(',') ?? [])];
    const input = { domain: word(positional), ...(given.length > 0 ? { mountpoints: given } : {}) };
    const { count } = await (await client()).call('agent.fsFreeze', input);
    out.result({ count }, [`Froze ${count} filesystem(s)`]);
  },
};

const fsthaw: CommandSpec = {
  usage: 'domfsthaw <domain> [mountpoints...]',
  summary: "Thaw domain's mounted filesystems.",
  options: [['--mountpoint <path>', 'accepted; all are thawed']],
  domains: 'active',
  failure: 'Unable to thaw filesystems',
  run: async ({ client, out }, positional) => {
    const { count } = await (await client()).call('agent.fsThaw', { domain: word(positional) });
    out.result({ count }, [`Thawed ${count} filesystem(s)`]);
  },
};

const fstrim: CommandSpec = {
  usage: 'domfstrim <domain>',
  summary: "Invoke fstrim on domain's mounted filesystems.",
  options: [
    ['--minimum <size>', 'leave smaller gaps alone'],
    ['--mountpoint <path>', 'accepted; all are trimmed'],
  ],
  domains: 'active',
  failure: 'Unable to invoke fstrim',
  run: async ({ client, out }, positional, options) => {
    const minimum = text(options, 'minimum');
    const least = minimum === undefined ? {} : { minimumBytes: parseSize(minimum) };
    const { paths } = await (await client()).call('agent.fsTrim', { domain: word(positional), ...least });
    const failed = paths.flatMap(({ path, error }) => (error === undefined ? [] : [`${path}: ${error}`]));
    out.warn(failed);
    out.result(paths, []);
  },
};

const setUserPassword: CommandSpec = {
  usage: 'set-user-password <domain> <user> <password>',
  summary: 'set the user password inside the domain',
  options: [['--encrypted', 'the password is what crypt(3) made of it']],
  domains: 'active',
  failure: "Failed to set the password of '<user>'",
  run: async ({ client, out }, positional, options) => {
    const [domain, user, password] = [word(positional), word(positional, 1), word(positional, 2)];
    const crypted = options.encrypted ? { crypted: true } : {};
    await (await client()).call('agent.setPassword', { domain, user, password, ...crypted });
    out.done({ user }, `Password set successfully for ${user} in ${domain}`);
  },
};

const getSshKeys: CommandSpec = {
  usage: 'get-user-sshkeys <domain> <user>',
  summary: 'list authorized SSH keys for given user (via agent)',
  domains: 'active',
  failure: "Failed to list the SSH keys of '<user>'",
  run: async ({ client, out }, positional) => {
    const input = { domain: word(positional), user: word(positional, 1) };
    const { keys } = await (await client()).call('agent.sshKeys', input);
    out.result(keys, keys);
  },
};

const setSshKeys: CommandSpec = {
  usage: 'set-user-sshkeys <domain> <user>',
  summary: 'manipulate authorized SSH keys file for given user (via agent)',
  description: 'Adds the keys of the file, replaces all others with them (--reset), or takes them out (--remove).',
  options: [
    ['--file <path>', 'public keys, one a line'],
    ['--reset', 'instead of those that are there; without a file: none'],
    ['--remove', 'take these out'],
  ],
  domains: 'active',
  failure: "Failed to set the SSH keys of '<user>'",
  run: async ({ client, out }, positional, options) => {
    exclusive(options, 'reset', 'remove');
    const file = text(options, 'file');
    if (file === undefined && !options.reset) throw virError('INVALID_ARG', 'Option --file is required');
    const content =
      file === undefined
        ? ''
        : await readFile(file, 'utf8').catch((error: Error) => {
            throw virError('INVALID_ARG', `Failed to read file '${file}': ${error.message}`, { cause: error });
          });
    const keys = content.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
    const how = options.remove ? { remove: true } : options.reset ? {} : { append: true };
    await (await client()).call('agent.setSshKeys', {
      domain: word(positional),
      user: word(positional, 1),
      keys,
      ...how,
    });
    out.result({ keys: keys.length }, []);
  },
};

const guestExec: CommandSpec = {
  usage: 'guest-exec <domain> <command...>',
  summary: 'run a program in the guest (via agent)',
  description:
    'Runs a program in the guest and waits for it; its output is ours, its failure is status 1. virsh has none.',
  options: [['--timeout <seconds>', 'how long to wait (30)']],
  domains: 'active',
  failure: "Failed to run a program in domain '<domain>'",
  run: async ({ client, out, fail }, positional, options) => {
    const [path = '', ...args] = words(positional, 1);
    const seconds = text(options, 'timeout');
    const timeout = seconds === undefined ? {} : { timeoutMs: Number(seconds) * 1000 };
    const done = await (await client()).call('agent.exec', { domain: word(positional), path, args, ...timeout });
    if (!out.isJson && done.stderr !== '') process.stderr.write(done.stderr);
    out.result(done, done.stdout === '' ? [] : [done.stdout.replace(/\n$/, '')]);
    if (done.exitCode !== 0) fail();
  },
};

const guestvcpus: CommandSpec = {
  usage: 'guestvcpus <domain> [cpulist]',
  summary: 'query or modify state of vcpu in the guest (via agent)',
  description: 'Without a list it tells which processors the guest has, uses, and can spare.',
  options: [
    ['--enable', 'use those of the list'],
    ['--disable', 'use them no more'],
  ],
  domains: 'active',
  failure: "Failed to ask the guest of domain '<domain>' for its processors",
  run: async ({ client, out }, positional, options) => {
    exclusive(options, 'enable', 'disable');
    const [domain, list] = [word(positional), word(positional, 1)];
    const isChange = options.enable === true || options.disable === true;
    if (isChange && list === '')
      throw virError(
        'INVALID_ARG',
        `Option --cpulist is required by option --${options.enable ? 'enable' : 'disable'}`,
      );
    if (!isChange && list !== '')
      throw virError('INVALID_ARG', 'One of options --enable or --disable is required by option --cpulist');
    const connection = await client();
    if (isChange) {
      const ids = parseCpuList(list);
      if (!ids || ids.length === 0) throw virError('INVALID_ARG', 'cpulist: Invalid format.');
      const input = { domain, ids: [...ids], online: options.enable === true };
      return out.result(await connection.call('agent.setVcpus', input), []);
    }
    const { vcpus } = await connection.call('agent.vcpus', { domain });
    const listOf = (is: (vcpu: (typeof vcpus)[number]) => boolean): string =>
      formatCpuList(
        vcpus
          .filter(is)
          .map(({ id }) => id)
          .sort((a, b) => a - b),
      );
    const rows = [
      ['vcpus', listOf(() => true)],
      ['online', listOf(({ online }) => online)],
      ['offlinable', listOf(({ canOffline }) => canOffline)],
    ] as const;
    out.result(
      vcpus,
      rows.map(([key, value]) => `${key.padEnd(15)}: ${value}`),
    );
  },
};

export const agentCommands: readonly CommandSpec[] = [
  guestvcpus,
  fsfreeze,
  fsthaw,
  fstrim,
  setUserPassword,
  getSshKeys,
  setSshKeys,
  guestExec,
];
