// Consoles from the shell: the serial console itself, a picture of the screen, where the screen is served.
import { writeFile } from 'node:fs/promises';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, word } from '../context.ts';

/** Ctrl+], as telnet and virsh have it. */
const ESCAPE = 0x1d;

const consoleCommand: CommandSpec = {
  usage: 'console <domain>',
  summary: 'connect to the serial console of a running domain; Ctrl+] leaves',
  options: [['--devname <index>', 'which serial console (from 0)']],
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const { name } = await connection.call('domain.lookup', { domain: word(positional) });
    const { ticket } = await connection.call('console.open', {
      domain: name,
      console: 'serial',
      index: numberOption(options, 'devname') ?? 0,
    });
    const { connectConsole, resolvePaths } = await import('../../engine/client.ts');
    const stream = await connectConsole(resolvePaths().socket, ticket);
    out.notice(`Connected to domain '${name}'\nEscape character is ^] (Ctrl + ])`);
    const { stdin, stdout } = process;
    const isTerminal = stdin.isTTY === true;
    if (isTerminal) stdin.setRawMode(true);
    await new Promise<void>((resolve) => {
      stdin.on('data', (chunk: Buffer) => {
        if (isTerminal && chunk.includes(ESCAPE)) return resolve();
        stream.write(chunk);
      });
      stream.on('data', (chunk: Buffer) => stdout.write(chunk));
      // It comes paused, so that nothing is lost before this.
      stream.resume();
      stream.once('end', resolve);
      stream.once('error', () => resolve());
      process.once('SIGTERM', resolve);
      if (!isTerminal) process.once('SIGINT', resolve);
    });
    if (isTerminal) stdin.setRawMode(false);
    stdin.destroy();
    stream.destroy();
    if (isTerminal) process.stdout.write('\r\n');
  },
};

const screenshot: CommandSpec = {
  usage: 'screenshot <domain> [file]',
  summary: 'save a picture of the screen of a running domain',
  run: async ({ client, out }, positional) => {
    const connection = await client();
    const { name } = await connection.call('domain.lookup', { domain: word(positional) });
    const { base64, mediaType } = await connection.call('domain.screenshot', { domain: name });
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    const file = word(positional, 1) || `${name.replaceAll('/', '_')}-${stamp}.png`;
    await writeFile(file, Buffer.from(base64, 'base64'));
    out.result({ file, mediaType }, [`Screenshot saved to ${file}, with type of ${mediaType}`, '']);
  },
};

const vncdisplay: CommandSpec = {
  usage: 'vncdisplay <domain>',
  summary: 'where the screen of a running domain is served',
  run: async ({ client, out }, positional) => {
    const { display } = await (await client()).call('domain.vncdisplay', { domain: word(positional) });
    out.result({ display }, [display, '']);
  },
};

const domdisplay: CommandSpec = {
  usage: 'domdisplay <domain>',
  summary: 'the address of the screen of a running domain, for a viewer',
  options: [
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
    out.result(shown, [...shown.map(({ uri }) => uri), '']);
  },
};

const ttyconsole: CommandSpec = {
  usage: 'ttyconsole <domain>',
  summary: 'the device or socket of the first serial console of a running domain',
  run: async ({ client, out }, positional) => {
    const connection = await client();
    const domain = word(positional);
    const { name, isActive } = await connection.call('domain.lookup', { domain });
    if (!isActive) throw virError('OPERATION_INVALID', `domain '${name}' is not running`);
    const [console] = (await connection.call('domain.endpoints', { domain })).consoles;
    if (console === undefined) throw virError('DEVICE_MISSING', `domain '${name}' has no serial console`);
    out.result({ console }, [console, '']);
  },
};

export const consoleCommands: readonly CommandSpec[] = [consoleCommand, screenshot, vncdisplay, domdisplay, ttyconsole];
