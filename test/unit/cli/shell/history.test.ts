import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appendHistory, loadHistory } from '../../../../src/cli/shell/history.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

describe('the history of the shell', () => {
  it('is this user’s alone, newest first, and holds no password', async () => {
    const dir = tempDir();
    for (const line of ['list', ' ', 'set-user-password web root secret', 'start web'])
      await appendHistory(line, join(dir, 'state'));
    expect(await loadHistory(join(dir, 'state'))).toEqual(['start web', 'list']);
    expect((await stat(join(dir, 'state/history'))).mode & 0o777).toBe(0o600);
  });

  it('is empty where there is none, and no shell ends because it can’t be written', async () => {
    expect(await loadHistory('/dev/null/nowhere')).toEqual([]);
    await appendHistory('list', '/dev/null/nowhere');
  });

  it('is cut to its last lines once it is twice as long', async () => {
    const dir = tempDir();
    await writeFile(join(dir, 'history'), Array.from({ length: 2001 }, (_, index) => `domid ${index}\n`).join(''));
    expect((await loadHistory(dir))[0]).toBe('domid 2000');
    expect((await readFile(join(dir, 'history'), 'utf8')).split('\n')).toHaveLength(1001);
  });
});
