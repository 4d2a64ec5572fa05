// A journal that outlived its change: what was defined since under the same names stays, and nothing of a domain is lost to it.
import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { definitionPath, saveDefinition } from '../../../../src/engine/state/definition-files.ts';
import { createJournals, finishJournals, type JournalEntry } from '../../../../src/engine/state/journal.ts';
import { type EnginePaths, resolvePaths } from '../../../../src/engine/state/paths.ts';
import { tinyDomain } from '../../../helpers/domain-xml.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const [OLD, NEW] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];
const rename = { operation: 'rename', from: 'web', to: 'www', isAutostart: false } as const;

let paths: EnginePaths;
beforeEach(() => {
  paths = resolvePaths({ HOME: tempDir(), XDG_RUNTIME_DIR: '/nowhere' });
  mkdirSync(paths.definitionDir, { recursive: true });
  mkdirSync(paths.saveDir, { recursive: true });
});

const left = (uuid: string, entry: JournalEntry): Promise<void> => createJournals(paths).saveJournal(uuid, entry);
const define = (name: string, uuid: string) => saveDefinition(paths, name, tinyDomain({ name, uuid }));
const isThere = (name: string): boolean => existsSync(definitionPath(paths, name));

it.each(['undefine', 'remove', 'rename'] as const)('%s leaves a later namesake alone', async (operation) => {
  const saved = join(paths.saveDir, 'web.save');
  writeFileSync(saved, 'of the new one');
  await define('web', NEW);
  if (operation === 'rename') await define('www', OLD);
  await left(OLD, operation === 'rename' ? rename : { operation, name: 'web', files: [saved] });
  await finishJournals(paths);
  expect([isThere('web'), existsSync(saved)]).toEqual([true, true]);
});

it('a rename that was taken back does not take the only definition away, where somebody else has its new name by now', async () => {
  await define('web', OLD);
  await define('www', NEW);
  await left(OLD, { ...rename, isAutostart: true });
  await finishJournals(paths);
  expect([isThere('web'), existsSync(join(paths.autostartDir, 'www.xml'))]).toEqual([true, false]);
});

it.each(['undefine', 'rename'] as const)('%s leaves a definition that can’t be read', async (operation) => {
  await saveDefinition(paths, 'web', 'a person was in the middle of something');
  if (operation === 'rename') await define('www', OLD);
  await left(OLD, operation === 'rename' ? rename : { operation, name: 'web', files: [] });
  await finishJournals(paths);
  expect(isThere('web')).toBe(true);
});

it('a rename takes both autostart marks along', async () => {
  await define('www', OLD);
  await left(OLD, { ...rename, isAutostart: true, isAutostartOnce: true });
  await finishJournals(paths);
  const links = ['www.xml', 'once/www.xml'].map((name) => join(paths.autostartDir, name));
  expect(links.map((link) => lstatSync(link).isSymbolicLink())).toEqual([true, true]);
});

describe('before another change', () => {
  it('an earlier rename is finished', async () => {
    await define('web', OLD);
    await define('www', OLD);
    await left(OLD, rename);
    await createJournals(paths).settleJournal(OLD);
    await finishJournals(paths);
    expect([isThere('web'), isThere('www')]).toEqual([false, true]);
  });

  it('what an undefine left of ours goes, and its disks stay', async () => {
    const files = [join(paths.saveDir, 'web.save'), join(tempDir(), 'web.qcow2')] as const;
    for (const file of files) writeFileSync(file, '');
    await left(OLD, { operation: 'undefine', name: 'web', files: [...files] });
    await createJournals(paths).settleJournal(OLD);
    expect(files.map((file) => existsSync(file))).toEqual([false, true]);
  });

  it('one that was taken back, and could not be forgotten then, is forgotten', async () => {
    const journals = createJournals(paths);
    await define('web', OLD);
    await journals.saveJournal(OLD, { operation: 'undefine', name: 'web', files: [] });
    const { definitionDir } = paths;
    Object.assign(paths, { definitionDir: join(definitionDir, 'away') });
    await expect(journals.removeJournal(OLD)).rejects.toMatchObject({ code: 'SYSTEM_ERROR' });
    Object.assign(paths, { definitionDir });
    await journals.settleJournal(OLD);
    await finishJournals(paths);
    expect(isThere('web')).toBe(true);
  });

  it('an earlier one goes on to count where the next can’t be written', async () => {
    const saved = join(paths.saveDir, 'web.save');
    writeFileSync(saved, '');
    const journals = createJournals(paths);
    await journals.saveJournal(OLD, { operation: 'undefine', name: 'web', files: [saved] });
    const { definitionDir } = paths;
    Object.assign(paths, { definitionDir: join(definitionDir, 'away') });
    const smaller = { operation: 'remove', name: 'web', files: [saved] } as const;
    await expect(journals.saveJournal(OLD, { ...smaller, files: [saved] })).rejects.toMatchObject({
      code: 'SYSTEM_ERROR',
    });
    Object.assign(paths, { definitionDir });
    await journals.settleJournal(OLD);
    expect(existsSync(saved)).toBe(false);
  });

  it('nothing is done where nobody can say whether there is one', async () => {
    await left(OLD, { operation: 'undefine', name: 'web', files: [] });
    const journals = createJournals(paths);
    const { definitionDir } = paths;
    symlinkSync('loop', join(definitionDir, 'loop'));
    Object.assign(paths, { definitionDir: join(definitionDir, 'loop') });
    await expect(journals.settleJournal(OLD)).rejects.toMatchObject({ code: 'SYSTEM_ERROR' });
    Object.assign(paths, { definitionDir });
    await define('web', OLD);
    await journals.settleJournal(OLD);
    await finishJournals(paths);
    expect(isThere('web')).toBe(true);
  });
});
