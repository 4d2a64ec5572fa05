// Consoles from the shell: the serial console itself, a picture of the screen, where the screen is served.
import { writeFile } from 'node:fs/promises';
import { virError } from '../../common/errors.ts';
import { type CliContext, type CommandSpec, numberOption, type Options, text, word } from '../context.ts';

/** '^]' for 0x1d. */
const escapeName = (code: number): string =>
  code < 0x20 ? `^${String.fromCharCode(code + 0x40)}` : String.fromCharCode(code);

/** Joins this terminal and a serial console until the escape key, the guest's end, or a signal. */
export async function openConsole(
  { client, out, global }: CliContext,
  domain: string,
  options: Options,
): Promise<void> {
  const connection = await client();
  const { name } = await connection.call('domain.lookup', { domain });
  const index = numberOption({ devname: text(options, 'devname')?.replace(/^serial/, '') }, 'devname') ?? 0;
  const { ticket } = await connection.call('console.open', { domain: name, console: 'serial', index });
  const { connectConsole, resolvePaths } = await import('../../engine/client.ts');
  const stream = await connectConsole(resolvePaths().socket, ticket);
  const key = escapeName(global.escape);
  out.notice(`Connected to domain '${name}'\nEscape character is ${key}${key === '^]' ? ' (Ctrl + ])' : ''}\n`);
  const { stdin, stdout } = process;
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) stdin.setRawMode(true);
  await new Promise<void>((resolve) => {
    const end = (): void => {
      stdin.off('data', send);
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, end);
      resolve();
    };
    const send = (chunk: Buffer | string): void => {
      if (isTerminal && Buffer.from(chunk).includes(global.escape)) return end();
      stream.write(chunk);
    };
    stdin.on('data', send);
    stream.on('data', (chunk: Buffer) => stdout.write(chunk));
    // It comes paused, so that nothing is lost before this.
    stream.resume();
    stream.once('end', end);
    stream.once('error', end);
    process.once('SIGTERM', end);
    if (!isTerminal) process.once('SIGINT', end);
  });
  if (isTerminal) stdin.setRawMode(false);
  stdin.pause();
  stdin.unref();
  stream.destroy();
  if (isTerminal) process.stdout.write('\r\n');
}

const consoleCommand: CommandSpec = {
  usage: 'console <domain> [devname]',
  summary: 'connect to the guest console',
  description:
    'Connects this terminal to a serial console of a running domain; Ctrl+] (or what --escape says) leaves it.',
  options: [
    ['--force', 'accepted; a console has room for more than one'],
    ['--safe', 'accepted; a console has room for more than one'],
    ['--resume', 'resume the guest once connected'],
  ],
  domains: 'active',
  failure: "Failed to connect to the console of domain '<domain>'",
  run: async (context, positional, options) => {
    const domain = word(positional);
    const devname = word(positional, 1) === '' ? {} : { devname: word(positional, 1) };
    if (options.resume) await (await context.client()).call('domain.resume', { domain });
    await openConsole(context, domain, devname);
  },
};

const screenshot: CommandSpec = {
  usage: 'screenshot <domain> [file]',
  summary: 'take a screenshot of a current domain console and store it into a file',
  options: [['--screen <id>', 'of this screen (0 is the one that there is)']],
  domains: 'active',
  failure: 'could not take a screenshot of <domain>',
  run: async ({ client, out }, positional) => {
    const connection = await client();
    const { name } = await connection.call('domain.lookup', { domain: word(positional) });
    const { base64, mediaType } = await connection.call('domain.screenshot', { domain: name });
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    const file = word(positional, 1) || `${name.replaceAll('/', '_')}-${stamp}.png`;
    await writeFile(file, Buffer.from(base64, 'base64'));
    out.done({ file, mediaType }, `Screenshot saved to ${file}, with type of ${mediaType}`);
  },
};

const vncdisplay: CommandSpec = {
  usage: 'vncdisplay <domain>',
  summary: 'vnc display',
  domains: 'active',
  failure: 'Failed to get VNC port. Is this domain using VNC?',
  run: async ({ client, out }, positional) => {
    const { display } = await (await client()).call('domain.vncdisplay', { domain: word(positional) });
    out.result({ display }, [display]);
  },
};

const domdisplay: CommandSpec = {
  usage: 'domdisplay <domain>',
  summary: 'domain display connection URI',
  domains: 'active',
  values: { type: ['vnc', 'spice'] },
  failure: "Failed to get the display of domain '<domain>'",
  options: [
    ['--include-password', 'accepted; the socket is for this user only'],
    ['--type <type>', 'of this kind: vnc, spice'],
    ['--all', 'all of them'],
  ],
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const domain = word(positional);
    const { name, isActive } = await connection.call('domain.lookup', { domain });
    if (!isActive) throw virError('OPERATION_INVALID', `domain '${name}' is not running`);
    const { displays } = await connection.call('domain.endpoints', { domain });
    const wanted = displays.filter(({ type }) => options.type === undefined || type === options.type);
    if (wanted.length === 0)
      throw virError(
        'DEVICE_MISSING',
        options.type === undefined
          ? 'No graphical display found'
          : `No graphical display with type '${options.type}' found`,
      );
    const shown = options.all ? wanted : wanted.slice(0, 1);
    out.result(
      shown,
      shown.map(({ uri }) => uri),
    );
  },
};

const ttyconsole: CommandSpec = {
  usage: 'ttyconsole <domain>',
  summary: 'tty console',
  domains: 'active',
  failure: "Failed to get the console of domain '<domain>'",
  run: async ({ client, out }, positional) => {
    const connection = await client();
    const domain = word(positional);
    const { name, isActive } = await connection.call('domain.lookup', { domain });
    if (!isActive) throw virError('OPERATION_INVALID', `domain '${name}' is not running`);
    const [console] = (await connection.call('domain.endpoints', { domain })).consoles;
    if (console === undefined) throw virError('DEVICE_MISSING', `domain '${name}' has no serial console`);
    out.result({ console }, [console]);
  },
};

export const consoleCommands: readonly CommandSpec[] = [consoleCommand, screenshot, vncdisplay, domdisplay, ttyconsole];
