import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  findSessionUnit,
  installSessionUnit,
  removeSessionUnit,
  sessionUnit,
} from '../../../../src/engine/state/session-unit.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

describe('the session unit', () => {
  it('is installed as systemctl enables one, and removed', async () => {
    const env = { HOME: tempDir() };
    expect(findSessionUnit(env).isInstalled).toBe(false);
    const { path, isInstalled } = await installSessionUnit(['/usr/bin/node', '/opt/v/cli.mjs', 'engine', 'run'], env);
    expect([path, isInstalled]).toEqual([`${env.HOME}/.config/systemd/user/vivarium.service`, true]);
    expect(readFileSync(`${env.HOME}/.config/systemd/user/default.target.wants/vivarium.service`, 'utf8')).toContain(
      'ExecStart="/usr/bin/node" "/opt/v/cli.mjs" "engine" "run"',
    );
    expect((await installSessionUnit(['/usr/bin/node'], env)).isInstalled).toBe(true);
    expect((await removeSessionUnit(env)).isInstalled).toBe(false);
    expect(existsSync(path)).toBe(false);
    expect((await removeSessionUnit(env)).isInstalled).toBe(false);
  });

  it('takes blanks, quotes, specifiers and variables of a path literally', () => {
    expect(sessionUnit(['/a b/"c"\\%h$HOME'])).toContain('ExecStart="/a b/\\"c\\"\\\\%%h$$HOME"\n');
  });

  it('refuses what would begin a line of its own', async () => {
    await expect(installSessionUnit(['/bin/x\nExecStop=/bin/rm'], { HOME: tempDir() })).rejects.toMatchObject({
      code: 'INVALID_ARG',
    });
  });
});
