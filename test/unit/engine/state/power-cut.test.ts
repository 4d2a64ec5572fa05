// A power cut at every moment of every durable change of definitions: what is found afterwards is the old or the new, never half of one; and what was told to be done
// is done. The disk forgets all that was not synced (test/helpers/power-cut.ts).
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  finishCreations,
  loadDefinitions,
  removeDefinition,
  saveDefinition,
} from '../../../../src/engine/state/definition-files.ts';
import { createJournals, finishJournals } from '../../../../src/engine/state/journal.ts';
import { type EnginePaths, resolvePaths } from '../../../../src/engine/state/paths.ts';
import { tinyDomain } from '../../../helpers/domain-xml.ts';
import { type DiskImage, ForgetfulDisk } from '../../../helpers/power-cut.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const world = vi.hoisted(() => ({
  calls: undefined as Readonly<Record<string, (...args: never[]) => unknown>> | undefined,
}));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const names = [
    'openSync',
    'writeSync',
    'fstatSync',
    'fsync',
    'closeSync',
    'renameSync',
    'linkSync',
    'existsSync',
    'rmSync',
    'unlinkSync',
  ] as const;
  const isOurs = (first: unknown): boolean =>
    typeof first === 'string' ? first.startsWith('/sim/') : typeof first === 'number' && first >= 1_000_000;
  const routed = names.map((name) => [
    name,
    (...args: never[]) =>
      (isOurs(args[0]) && world.calls ? world.calls[name] : (real[name] as (...args: never[]) => unknown))?.(...args),
  ]);
  return { ...real, ...Object.fromEntries(routed) };
});

const SIM: EnginePaths = resolvePaths({ HOME: '/sim/home', XDG_RUNTIME_DIR: '/sim/run' });
const file = (name: string): string => join(SIM.definitionDir, name);
const UUID = '5a0e5ee8-7f0c-4c4e-9d43-3f1c1c2b0a01';
const { saveJournal, removeJournal } = createJournals(SIM);
const named = (name: string): string => tinyDomain({ name, uuid: UUID });

let disk: ForgetfulDisk;
beforeEach(() => {
  disk = new ForgetfulDisk();
  world.calls = disk.calls;
});

/** The definitions that an engine finds on `image`: its journals first, as at its start. */
async function findDefinitions(image: DiskImage): Promise<string> {
  const paths = resolvePaths({ HOME: tempDir(), XDG_RUNTIME_DIR: '/nowhere' });
  const written = new Map<number, string>();
  for (const [path, { inode, content }] of image) {
    if (dirname(path) !== SIM.definitionDir) continue;
    mkdirSync(paths.definitionDir, { recursive: true });
    const target = join(paths.definitionDir, basename(path));
    const other = written.get(inode);
    if (other === undefined) writeFileSync(target, content);
    else linkSync(other, target);
    written.set(inode, target);
  }
  await finishCreations(paths);
  await finishJournals(paths);
  const found = await loadDefinitions(paths);
  return found
    .map((entry) => `${entry.name}=${'xml' in entry ? entry.xml : entry.message}`)
    .sort()
    .join(' ');
}

/** What may be found after a cut at each moment of `change`, and after its end. */
async function cutEverywhere(
  change: () => Promise<unknown>,
  order = { inOrder: false },
): Promise<{ during: string[]; after: string[] }> {
  const first = disk.steps.length;
  await change();
  const during = new Set<string>();
  for (let count = first; count < disk.steps.length; count += 1)
    for (const image of disk.imagesAfter(count, order)) during.add(await findDefinitions(image));
  const after = new Set<string>();
  for (const image of disk.imagesAfter(disk.steps.length, order)) after.add(await findDefinitions(image));
  return { during: [...during].sort(), after: [...after] };
}

describe('a power cut', () => {
  it('while a domain is defined leaves none or all of it', async () => {
    const { during, after } = await cutEverywhere(() => saveDefinition(SIM, 'web', named('web')), { inOrder: true });
    expect(during).toEqual(['', `web=${named('web')}`]);
    expect(after).toEqual([`web=${named('web')}`]);
  });

  it('while a domain is defined leaves an empty file at the worst, where the file system keeps no order', async () => {
    const { during, after } = await cutEverywhere(() => saveDefinition(SIM, 'web', named('web')));
    expect(during).toEqual(['', `web=${named('web')}`, 'web=it is empty; define the domain again']);
    expect(after).toEqual([`web=${named('web')}`]);
  });

  it('while a definition is replaced leaves the old or the new', async () => {
    disk.put(file('web.xml'), 'old');
    const { during, after } = await cutEverywhere(() => saveDefinition(SIM, 'web', 'new'));
    expect(during).toEqual(['web=new', 'web=old']);
    expect(after).toEqual(['web=new']);
  });

  it('while a domain is undefined leaves all or none of it', async () => {
    disk.put(file('web.xml'), 'old');
    const { during, after } = await cutEverywhere(() => removeDefinition(SIM, 'web'));
    expect(during).toEqual(['', 'web=old']);
    expect(after).toEqual(['']);
  });

  const rename = async (): Promise<void> => {
    await saveJournal(UUID, { operation: 'rename', from: 'web', to: 'shop', isAutostart: false });
    await saveDefinition(SIM, 'shop', named('shop'));
    await removeDefinition(SIM, 'web');
    await removeJournal(UUID);
  };

  it('while a domain is renamed leaves it with one of its names', async () => {
    disk.put(file('web.xml'), named('web'));
    const { during, after } = await cutEverywhere(rename, { inOrder: true });
    expect(during).toEqual([`shop=${named('shop')}`, `web=${named('web')}`]);
    expect(after).toEqual([`shop=${named('shop')}`]);
  });

  it('while a domain is renamed leaves it with one of its names, and an empty file at the worst, without that order', async () => {
    disk.put(file('web.xml'), named('web'));
    const { during, after } = await cutEverywhere(rename);
    expect(during).toEqual([
      `shop=${named('shop')}`,
      `shop=it is empty; define the domain again web=${named('web')}`,
      `web=${named('web')}`,
    ]);
    expect(after).toEqual([`shop=${named('shop')}`]);
  });

  it.each(['sync', 'sync-folder'] as const)('would lose one if the engine left out %s', async (kind) => {
    disk.put(file('web.xml'), 'old');
    await saveDefinition(SIM, 'web', 'new');
    const kept = disk.steps.filter((step, at) => at < 4 || step.kind !== kind);
    disk.steps.splice(0, disk.steps.length, ...kept);
    const found = new Set<string>();
    for (const image of disk.imagesAfter(kept.length, { inOrder: false })) found.add(await findDefinitions(image));
    expect([...found]).not.toEqual(['web=new']);
  });
});
