// Consoles from the shell: the serial console itself, a picture of the screen, where the screen is served.
import { writeFile } from 'node:fs/promises';
import { connectConsole, resolvePaths } from '../../engine/client.ts';
import { type CommandSpec, word } from '../context.ts';

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
      index: Number(options.devname ?? 0),
    });
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

export const consoleCommands: readonly CommandSpec[] = [consoleCommand, screenshot, vncdisplay];
