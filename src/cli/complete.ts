// What may come next in a line: commands, options, and live names by their place. One answer for the shell's Tab, bash, zsh and fish. It asks the engine only
// for what an engine knows.
import type { ContractClient } from '../common/contract/client.ts';
import { type Catalog, type CommandSpec, nameOf } from './context.ts';
import { tokenize } from './shell/tokenize.ts';
import { optionsOf, slotsOf } from './slots.ts';

type Connect = () => Promise<ContractClient>;
/** Where candidates come from. */
export interface CompletionSource {
  readonly catalog: Catalog;
  readonly connect: Connect;
}
/** What a completion of files by the shell itself is asked for with. */
export const FILES = ':files';

const FILE_SLOTS = ['file', 'files', 'source', 'xml', 'dir', 'replies', 'cdrom', 'import', 'kernel', 'initrd', 'log'];
const DEVICE_SLOTS = ['target', 'device', 'path'];

async function domainNames(spec: CommandSpec, connect: Connect): Promise<readonly string[]> {
  const { domains } = await (await connect()).call('domain.list', {});
  return domains
    .filter(({ isActive }) => spec.domains === undefined || isActive === (spec.domains === 'active'))
    .map(({ name }) => name);
}

/** Disks or interfaces of the domain that the line names. */
async function deviceNames(slot: string, domain: string, connect: Connect): Promise<readonly string[]> {
  const endpoints = await (await connect()).call('domain.endpoints', { domain });
  return slot === 'interface' || slot === 'mac'
    ? endpoints.interfaces.flatMap(({ name, mac }) => [...(name ? [name] : []), ...(mac ? [mac] : [])])
    : endpoints.blocks.map(({ target }) => target);
}

async function valuesOf(
  spec: CommandSpec,
  slot: string,
  domain: string,
  { catalog, connect }: CompletionSource,
): Promise<readonly string[]> {
  const fixed = spec.values?.[slot];
  if (fixed) return fixed;
  if (slot === 'domain' || slot === 'domains') return domainNames(spec, connect);
  if (slot === 'command' && nameOf(spec) === 'help')
    return (await catalog.topics()).flatMap(({ keyword, specs }) => [keyword, ...specs.map(nameOf)]);
  const isDevice = slot === 'interface' || slot === 'mac' || DEVICE_SLOTS.includes(slot);
  if (isDevice && domain !== '' && !nameOf(spec).startsWith('attach-')) return deviceNames(slot, domain, connect);
  return FILE_SLOTS.includes(slot) ? [FILES] : [];
}

/** Flag → the word for its value ('' where it takes none). */
const flagsOf = (spec: CommandSpec): ReadonlyMap<string, string> =>
  new Map([
    ...optionsOf(spec).map(({ flag, value }) => [flag, value === undefined ? '' : flag.slice(2)] as const),
    ['--help', ''],
  ]);

/** The candidates for the last of `words` (which may be empty); ':files' among them asks for files. */
export async function completeWords(words: readonly string[], source: CompletionSource): Promise<readonly string[]> {
  const { catalog } = source;
  const current = words.at(-1) ?? '';
  if (words.length <= 1) return catalog.names.filter((name) => name.startsWith(current));
  const spec = await catalog.find(words[0] ?? '');
  if (!spec) return [];
  const flags = flagsOf(spec);
  const before = words.slice(1, -1);
  const fits = (candidates: readonly string[]): readonly string[] =>
    candidates.filter((text) => text.startsWith(current) || text === FILES);
  if (current.startsWith('--')) return fits([...flags.keys()].filter((flag) => !before.includes(flag)));
  const filled = new Map<string, string>();
  const data: string[] = [];
  for (let index = 0; index < before.length; index += 1) {
    const text = before[index] ?? '';
    const [flag = '', value] = text.split('=', 2);
    const slot = text.startsWith('--') ? flags.get(flag) : undefined;
    if (slot === undefined) data.push(text);
    else if (slot !== '') filled.set(slot, value ?? before[++index] ?? '');
  }
  const open = slotsOf(spec.usage).filter(({ name }) => !filled.has(name));
  open.forEach(({ name }, index) => {
    const value = data[index];
    if (value !== undefined) filled.set(name, value);
  });
  const domain = filled.get('domain') ?? '';
  const asked = flags.get(before.at(-1) ?? '');
  if (asked) return fits(await valuesOf(spec, asked, domain, source));
  const slot = open[data.length] ?? (open.at(-1)?.isVariadic ? open.at(-1) : undefined);
  return slot ? fits(await valuesOf(spec, slot.name, domain, source)) : [];
}

/** For readline: the candidates for the last word of the line's last command, and that word. */
export async function completeLine(line: string, source: CompletionSource): Promise<[string[], string]> {
  const last = line.slice(line.lastIndexOf(';') + 1);
  const parsed = tokenize(last)[0] ?? [];
  const isNew = last === '' || /\s$/.test(last);
  const words = isNew ? [...parsed, ''] : parsed;
  const raw = isNew ? '' : (/\S+$/.exec(last)?.[0] ?? '');
  const found = (await completeWords(words, source)).filter((text) => text !== FILES);
  return [found.map((text) => (/[\s;'"\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text)), raw];
}
