// domxml-to-native: the QEMU command line of a definition, by the running engine's capabilities, or by a recorded transcript without any engine.
import { readFile } from 'node:fs/promises';
import { toEnvelope, virError } from '../../common/errors.ts';
import { type CliContext, type CommandSpec, text, word, words } from '../context.ts';
import { readXml } from '../read-xml.ts';

interface Native {
  readonly argv: readonly string[];
  readonly xml: string;
}

async function converter(
  { client }: CliContext,
  replies: string | undefined,
): Promise<(xml: string, file: string) => Promise<Native>> {
  if (replies === undefined) {
    const connection = await client();
    return (xml, file) => connection.call('domain.toNative', { xml, file });
  }
  const { createOfflineConverter } = await import('../../engine/offline.ts');
  const convert = createOfflineConverter(await readFile(replies, 'utf8'));
  return async (xml, file) => convert(xml, file);
}

const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** One option a line, continued by backslashes, quoted as a shell reads it. */
export const formatArgv = (argv: readonly string[]): string =>
  argv.map((text, index) => `${index === 0 ? '' : text.startsWith('-') ? ' \\\n' : ' '}${shellWord(text)}`).join('');

export const nativeCommand: CommandSpec = {
  usage: 'domxml-to-native <format> [files...]',
  summary: 'Convert domain XML to native config',
  description: 'Prints the QEMU command line of definitions (format qemu-argv), or of a domain (--domain).',
  values: { format: ['qemu-argv'] },
  failure: 'Failed to convert the definition',
  options: [
    ['--replies <file>', 'use this recorded QMP transcript instead of the installed QEMU'],
    ['--xml <file>', 'one more file'],
    ['--domain <domain>', 'the stored definition of this domain'],
  ],
  run: async (context, positional, options) => {
    if (word(positional) !== 'qemu-argv')
      throw virError('INVALID_ARG', `unsupported config type '${word(positional)}'; the one format is qemu-argv`);
    const files = [...words(positional, 1), ...(typeof options.xml === 'string' ? [options.xml] : [])];
    const domain = text(options, 'domain');
    if (domain !== undefined) {
      const connection = await context.client();
      const { xml } = await connection.call('domain.dumpxml', { domain, inactive: true });
      const native = await connection.call('domain.toNative', { xml });
      context.out.line({ domain, ...native }, formatArgv(native.argv));
      if (files.length === 0) return;
    }
    if (files.length === 0) throw virError('INVALID_ARG', "command 'domxml-to-native' requires <xml> option");
    const convert = await converter(context, typeof options.replies === 'string' ? options.replies : undefined);
    for (const file of files) {
      try {
        const native = await convert(await readXml(file), file);
        context.out.line({ file, ...native }, formatArgv(native.argv));
      } catch (error) {
        if (!context.out.isJson) throw error;
        context.out.line({ file, error: toEnvelope(error) }, '');
        context.fail();
      }
    }
  },
};
