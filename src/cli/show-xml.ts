// What every command that prints XML does with it: as it is, or the parts that --xpath asks for.
import { type CliContext, type Options, text } from './context.ts';

export const XPATH_OPTIONS = [
  ['--xpath <expression>', 'only what this XPath expression finds in it'],
  ['--wrap', 'with --xpath: inside one element, <nodes>'],
] as const;

export async function showXml({ out }: Pick<CliContext, 'out'>, xml: string, options: Options): Promise<void> {
  const expression = text(options, 'xpath');
  if (expression === undefined) return out.result({ xml }, [xml.trimEnd()]);
  const { selectXml, wrapXml } = await import('./select-xml.ts');
  if (options.wrap) {
    const wrapped = wrapXml(xml, expression);
    return out.result({ xml: wrapped }, [wrapped]);
  }
  const nodes = selectXml(xml, expression);
  out.result({ nodes }, nodes);
}
