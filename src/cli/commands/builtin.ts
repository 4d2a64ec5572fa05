// What belongs to the shell itself: cd, pwd, echo, quit, exit, connect (tools/vsh.c). Each is a command like any other, so that scripts may have them.
import { homedir } from 'node:os';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, word, words } from '../context.ts';
import { checkUri } from '../global-options.ts';

const cd: CommandSpec = {
  usage: 'cd [dir]',
  summary: 'change the current directory',
  run: async ({ out }, positional) => {
    const dir = word(positional) || homedir();
    try {
      process.chdir(dir);
    } catch (error) {
      const why =
        error instanceof Error && 'code' in error && error.code === 'ENOENT'
          ? 'No such file or directory'
          : String(error);
      throw virError('INVALID_ARG', `cd: ${dir}: ${why}`, { cause: error });
    }
    out.result({ dir: process.cwd() }, []);
  },
};

const pwd: CommandSpec = {
  usage: 'pwd',
  summary: 'print the current directory',
  run: async ({ out }) => out.result({ dir: process.cwd() }, [process.cwd()]),
};

const shellQuote = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
const xmlEscape = (text: string): string =>
  text.replace(
    /[&<>'"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' })[sign] ?? sign,
  );

const echo: CommandSpec = {
  usage: 'echo [words...]',
  summary: 'echo arguments',
  options: [
    ['--shell', 'quoted for a shell'],
    ['--xml', 'escaped for XML'],
    ['--err', 'to standard error'],
  ],
  run: async ({ out }, positional, options) => {
    const given = words(positional).map((text) => (options.xml ? xmlEscape(text) : text));
    const line = given.map((text) => (options.shell ? shellQuote(text) : text)).join(' ');
    if (options.err) process.stderr.write(`${line}\n`);
    else out.result({ text: line }, [line]);
  },
};

const leave = (name: string): CommandSpec => ({
  usage: name,
  summary: 'quit this interactive terminal',
  run: async ({ quit }) => quit(),
});

const connect: CommandSpec = {
  usage: 'connect [uri]',
  summary: '(re)connect to the engine',
  description: 'There is one engine, that of this user (qemu:///session): this makes sure that it answers.',
  options: [['--readonly', 'accepted; start the shell with -r for that']],
  run: async ({ client, out }, positional) => {
    const uri = word(positional);
    if (uri !== '') checkUri(uri);
    await (await client()).call('engine.info', {});
    out.result({ connected: true }, []);
  },
};

const shell: CommandSpec = {
  usage: 'shell',
  summary: 'an interactive terminal; the same as no command at all',
  description: 'With a prompt, history and completion from a terminal; from a pipe it runs what it reads.',
  run: async () => {
    throw virError('OPERATION_INVALID', 'this is the shell already');
  },
};

export const builtinCommands: readonly CommandSpec[] = [cd, pwd, echo, leave('quit'), leave('exit'), connect, shell];
