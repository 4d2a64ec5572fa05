import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  finishCreations,
  loadDefinitions,
  removeDefinition,
  saveDefinition,
  setAutostartLink,
} from '../../../../src/engine/state/definition-files.ts';
import { domainRuntimeDir } from '../../../../src/engine/state/domain-runtime-dir.ts';
import { createDurable, removeDurable, writeDurable } from '../../../../src/engine/state/durable-file.ts';
import { tryLock } from '../../../../src/engine/state/engine-lock.ts';
import { prepareDirectories, resolvePaths } from '../../../../src/engine/state/paths.ts';
import { tinyDomain } from '../../../helpers/domain-xml.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const pathsIn = (dir: string) => resolvePaths({ HOME: dir, XDG_RUNTIME_DIR: join(dir, 'run') });

describe('paths', () => {
  it('follow the XDG variables, ignoring relative ones', () => {
    const paths = resolvePaths({
      HOME: '/home/u',
      XDG_RUNTIME_DIR: '/run/user/1',
      XDG_CONFIG_HOME: 'relative',
      XDG_DATA_HOME: '/data',
    });
    expect(paths).toMatchObject({
      socket: '/run/user/1/vivarium/engine.sock',
      definitionDir: '/home/u/.config/vivarium/qemu',
      imageDir: '/data/vivarium/images',
      logDir: '/home/u/.local/state/vivarium/log',
    });
  });

  it('leave room for a socket’s name within the 107 bytes that the kernel allows', () => {
    const dir = domainRuntimeDir(
      resolvePaths({ XDG_RUNTIME_DIR: '/run/user/4294967294' }),
      '11111111-2222-3333-4444-555555555555',
    );
    expect(`${dir}/org.qemu.guest_agent.0.sock`.length).toBeLessThanOrEqual(107);
  });

  it('are made private, and the runtime folder is refused where it is a link', async () => {
    const dir = tempDir();
    const paths = pathsIn(dir);
    mkdirSync(paths.runtimeDir, { recursive: true, mode: 0o755 });
    chmodSync(paths.runtimeDir, 0o755);
    expect(await prepareDirectories(paths)).toEqual([]);
    expect(lstatSync(paths.runtimeDir).mode & 0o777).toBe(0o700);
    const other = tempDir();
    mkdirSync(join(other, 'run'));
    symlinkSync(dir, join(other, 'run/vivarium'));
    await expect(prepareDirectories(pathsIn(other))).rejects.toMatchObject({ code: 'OPERATION_DENIED' });
  });
});

describe('a definition whose first storing was cut short', () => {
  const RUN = '333333333333-7';

  const whole = tinyDomain({ name: 'web' });

  it.each([
    ['stays where all of it is there', whole, ['web.xml']],
    ['goes where nothing is there', '', []],
    ['is set aside where a part is missing', whole.slice(0, 50), [expect.stringMatching(/^web\.xml\.broken-/)]],
    ['is set aside where it has a hole', `\0\0${whole.slice(2)}`, [expect.stringMatching(/^web\.xml\.broken-/)]],
  ])('%s', async (_what, content, left) => {
    const { definitionDir } = pathsIn(tempDir());
    mkdirSync(definitionDir, { recursive: true });
    writeFileSync(join(definitionDir, 'web.xml'), content);
    linkSync(join(definitionDir, 'web.xml'), join(definitionDir, `.web.xml.${RUN}.tmp`));
    expect(await finishCreations({ ...pathsIn('/'), definitionDir })).toHaveLength(1);
    expect(readdirSync(definitionDir)).toEqual(left);
  });

  it('is not one that a temporary file of another write lies beside', async () => {
    const { definitionDir } = pathsIn(tempDir());
    mkdirSync(definitionDir, { recursive: true });
    writeFileSync(join(definitionDir, 'web.xml'), 'damaged by hand');
    writeFileSync(join(definitionDir, `.web.xml.${RUN}.tmp`), '<domain>');
    expect(await finishCreations({ ...pathsIn('/'), definitionDir })).toEqual([]);
    expect(readdirSync(definitionDir)).toEqual(['web.xml']);
  });
});

describe('a durable file', () => {
  it('that is new has one name in the end', async () => {
    const path = join(tempDir(), 'a');
    const { ino, size, mtimeMs } = await createDurable(path, 'one');
    const found = lstatSync(path);
    expect([found.nlink, found.ino, found.size, found.mtimeMs]).toEqual([1, ino, size, mtimeMs]);
    expect(readdirSync(join(path, '..'))).toEqual(['a']);
  });

  it('has a name that is long as often as it likes', async () => {
    const path = join(tempDir(), `${'n'.repeat(209)}.xml`);
    for (let time = 0; time < 3; time += 1) await writeDurable(path, String(time));
    expect(readFileSync(path, 'utf8')).toBe('2');
  });

  it('that is new after all replaces what has come in between', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'a'), 'another’s');
    await createDurable(join(dir, 'a'), 'one');
    expect([readFileSync(join(dir, 'a'), 'utf8'), ...readdirSync(dir)]).toEqual(['one', 'a']);
  });

  it('is replaced as a whole and leaves nothing beside it', async () => {
    const dir = tempDir();
    const path = join(dir, 'a');
    await writeDurable(path, 'one');
    await writeDurable(path, 'two');
    expect([readFileSync(path, 'utf8'), readdirSync(dir), lstatSync(path).mode & 0o777]).toEqual(['two', ['a'], 0o600]);
    await removeDurable(path);
    await removeDurable(path);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('that can’t be written names itself, and the old one stands', async () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'a/b'), { recursive: true });
    await expect(writeDurable(join(dir, 'a'), 'x')).rejects.toMatchObject({
      code: 'SYSTEM_ERROR',
      message: expect.stringContaining(join(dir, 'a')),
    });
    expect(readdirSync(dir)).toEqual(['a']);
    expect(readdirSync(join(dir, 'a'))).toEqual(['b']);
  });

  it('written many times at once ends as one of the writes', async () => {
    const path = join(tempDir(), 'a');
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
    await Promise.all(texts.map((text) => writeDurable(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
  });
});

describe('definition files', () => {
  it('come back as they were stored, with their autostart', async () => {
    const paths = pathsIn(tempDir());
    await saveDefinition(paths, 'wéb 1', '<domain/>\n');
    await setAutostartLink(paths, 'wéb 1', true);
    await setAutostartLink(paths, 'wéb 1', true);
    await setAutostartLink(paths, 'wéb 1', true, true);
    expect(await loadDefinitions(paths)).toMatchObject([
      {
        name: 'wéb 1',
        path: join(paths.definitionDir, 'wéb 1.xml'),
        xml: '<domain/>\n',
        isAutostart: true,
        isAutostartOnce: true,
      },
    ]);
    await removeDefinition(paths, 'wéb 1');
    expect([await loadDefinitions(paths), readdirSync(paths.autostartDir)]).toEqual([[], ['once']]);
    expect(readdirSync(join(paths.autostartDir, 'once'))).toEqual([]);
  });

  it('that are no plain files, or too large, are named and kept; leftovers of a crash are passed over', async () => {
    const paths = pathsIn(tempDir());
    await saveDefinition(paths, 'good', '<domain/>');
    mkdirSync(join(paths.definitionDir, 'folder.xml'));
    symlinkSync('/etc/passwd', join(paths.definitionDir, 'link.xml'));
    writeFileSync(join(paths.definitionDir, 'huge.xml'), Buffer.alloc(5 * 1024 * 1024));
    writeFileSync(join(paths.definitionDir, '.good.xml.1.tmp'), 'half');
    const loaded = await loadDefinitions(paths);
    expect(loaded.map((entry) => ('message' in entry ? `${entry.name}: ${entry.message}` : entry.name)).sort()).toEqual(
      [
        'folder: it is not a plain file',
        'good',
        'huge: it is larger than 4194304 bytes',
        'link: it is not a plain file',
      ],
    );
  });

  it('are none where the folder is none', async () => {
    expect(await loadDefinitions(pathsIn(tempDir()))).toEqual([]);
  });
});

describe('the engine’s lock', () => {
  it('is held by one, and free again when let go', () => {
    const path = join(tempDir(), 'lock');
    const held = tryLock(path);
    expect(held).toBeDefined();
    expect(tryLock(path)).toBeUndefined();
    held?.dispose();
    const again = tryLock(path);
    expect(again).toBeDefined();
    again?.dispose();
  });

  it('names itself where it can’t be taken at all', () => {
    expect(() => tryLock('/nowhere/lock')).toThrow(
      expect.objectContaining({ code: 'SYSTEM_ERROR', message: expect.stringContaining('/nowhere/lock') }),
    );
  });
});
