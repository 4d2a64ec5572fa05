// Definition → completed definition and command line, for our own domains against the capabilities recorded from QEMU 7.2. Each
// test/data/domains/NAME.xml has NAME.out.xml and NAME.args, or NAME.err. `npm run test:update` writes them anew; read the difference line by line.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toEnvelope } from '../../../../../src/common/errors.ts';
import { formatDomain, parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { buildCommandLine } from '../../../../../src/engine/qemu/command/build.ts';
import { domxmlToNative } from '../../../../../src/engine/qemu/command/to-native.ts';
import { completeDomain } from '../../../../../src/engine/qemu/def/complete.ts';
import { prepareDomain } from '../../../../../src/engine/qemu/def/prepare.ts';
import { commandOptions, defineContext } from '../../../../helpers/define-context.ts';

const folder = join(import.meta.dirname, '../../../../data/domains');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.xml') && !file.endsWith('.out.xml'))
  .map((file) => basename(file, '.xml'));
const source = (name: string): string => readFileSync(join(folder, `${name}.xml`), 'utf8');
const good = names.filter((name) => !name.startsWith('bad-'));
const bad = names.filter((name) => name.startsWith('bad-'));

/** One option a line, its value behind it. */
const lines = (args: readonly string[]): string => `${args.join('\n').replace(/\n(?!-[a-z])/g, ' ')}\n`;

function build(name: string): { args: string; xml: string } {
  const context = defineContext();
  const def = completeDomain(parseDomain(source(name), { file: `${name}.xml` }).def, context);
  const live = prepareDomain(def, { mode: 'live', id: 1, paths: { runtimeDir: '/run/vm' } });
  return { args: lines(buildCommandLine(live, context.caps, commandOptions)), xml: formatDomain(def) };
}

describe('the command line and the completed definition of', () => {
  it.each(good)('%s', async (name) => {
    const { args, xml } = build(name);
    await expect(args).toMatchFileSnapshot(join(folder, `${name}.args`));
    await expect(xml).toMatchFileSnapshot(join(folder, `${name}.out.xml`));
  });
});

describe('what is refused, and why', () => {
  it.each(bad)('%s', async (name) => {
    let refusal = 'nothing was refused';
    try {
      build(name);
    } catch (thrown) {
      const { code, message } = toEnvelope(thrown);
      refusal = `${code}: ${message}`;
    }
    await expect(`${refusal}\n`).toMatchFileSnapshot(join(folder, `${name}.err`));
  });
});

describe('a completed definition', () => {
  it.each(good)('stays as it is when it is completed again: %s', (name) => {
    const { xml } = build(name);
    const again = completeDomain(parseDomain(xml).def, defineContext());
    expect(formatDomain(again)).toBe(xml);
  });

  it.each(good)('makes the same hardware as the one it came from: %s', (name) => {
    const context = defineContext();
    const first = build(name);
    const again = completeDomain(parseDomain(first.xml).def, context);
    const live = prepareDomain(again, { mode: 'live', id: 1, paths: { runtimeDir: '/run/vm' } });
    expect(lines(buildCommandLine(live, context.caps, commandOptions))).toBe(first.args);
  });
});

describe('domxml-to-native', () => {
  it('prints the emulator first, and pseudo terminals as libvirt has them', () => {
    const context = defineContext();
    const { argv } = domxmlToNative(source('consoles'), context.caps, context);
    expect(argv[0]).toBe('/usr/bin/qemu-system-x86_64');
    expect(argv).toContain('pty,id=charparallel0');
    expect(argv.filter((word) => word.includes('/run/vm'))).toEqual([]);
  });
});
