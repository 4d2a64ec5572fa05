// A journal that outlived its change: what was defined since under the same name stays.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { definitionPath, saveDefinition } from '../../../../src/engine/state/definition-files.ts';
import { finishJournals, type JournalEntry, saveJournal } from '../../../../src/engine/state/journal.ts';
import { resolvePaths } from '../../../../src/engine/state/paths.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const [OLD, NEW] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];
const xml = (name: string, uuid: string) => `<domain><name>${name}</name><uuid>${uuid}</uuid></domain>`;

it.each(['undefine', 'remove', 'rename'] as const)('%s leaves a later namesake alone', async (operation) => {
  const home = tempDir();
  const paths = resolvePaths({ HOME: home, XDG_RUNTIME_DIR: '/nowhere' });
  mkdirSync(paths.definitionDir, { recursive: true });
  mkdirSync(paths.saveDir, { recursive: true });
  const saved = join(paths.saveDir, 'web.save');
  writeFileSync(saved, 'of the new one');
  await saveDefinition(paths, 'web', xml('web', NEW));
  if (operation === 'rename') await saveDefinition(paths, 'www', xml('www', OLD));
  const entry: JournalEntry =
    operation === 'rename'
      ? { operation, from: 'web', to: 'www', isAutostart: false }
      : { operation, name: 'web', files: [saved] };
  await saveJournal(paths, OLD, entry);
  await finishJournals(paths);
  expect([existsSync(definitionPath(paths, 'web')), existsSync(saved)]).toEqual([true, true]);
});
