// What a starting engine reads, and what it takes from the index: never a definition that is not in the file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DriverContext } from '../../../../../src/engine/driver/context.ts';
import { indexEntries, loadAll } from '../../../../../src/engine/driver/registry/load-definitions.ts';
import { saveDefinition } from '../../../../../src/engine/state/definition-files.ts';
import { loadIndex, saveIndex } from '../../../../../src/engine/state/definition-index.ts';
import { type EnginePaths, resolvePaths } from '../../../../../src/engine/state/paths.ts';
import { tinyDomain } from '../../../../helpers/domain-xml.ts';
import { createFakeContext } from '../../../../helpers/fake-context.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

const UUID = '5a0e5ee8-7f0c-4c4e-9d43-3f1c1c2b0a01';
const xml = (memoryMiB: number): string =>
  tinyDomain({ name: 'web', uuid: UUID, memoryMiB, more: '<title>Shop</title>' });

let paths: EnginePaths;
const file = (): string => join(paths.definitionDir, 'web.xml');
async function start(): Promise<DriverContext> {
  const context = { ...createFakeContext(new FakeHost({ step: async () => undefined })), paths };
  await loadAll(context);
  return context;
}
const summaryOf = (context: DriverContext) => {
  const obj = context.list.byName('web');
  return obj && context.summarize(obj);
};

beforeEach(async () => {
  const home = tempDir();
  paths = resolvePaths({ HOME: home, XDG_RUNTIME_DIR: home });
  await saveDefinition(paths, 'web', xml(16));
  await saveIndex(paths, indexEntries(await start()));
});

describe('a definition that has not changed since it was read', () => {
  it('is listed from the index, and read when more is asked of it', async () => {
    // Proof that it is not read: the index says what the file does not.
    const [entry] = [...loadIndex(paths).values()];
    if (!entry) throw new Error('there is no index');
    await saveIndex(paths, new Map([['web', { ...entry, facts: { ...entry.facts, title: 'From the index' } }]]));
    const context = await start();
    expect(summaryOf(context)).toMatchObject({ uuid: UUID, title: 'From the index', memoryKiB: 16 * 1024 });
    expect(context.list.byName('web')?.def.memory?.kib).toBe(16 * 1024);
    expect(summaryOf(context)).toMatchObject({ title: 'Shop' });
  });

  it('that was changed by hand while the engine runs is not taken for what it was', async () => {
    const context = await start();
    writeFileSync(file(), xml(32).replace(UUID, UUID.replace('5', '6')));
    expect(() => context.list.byName('web')?.def).toThrow(
      expect.objectContaining({ code: 'XML_ERROR', message: expect.stringContaining('web.xml') }),
    );
  });
});

describe('a definition that has changed', () => {
  it('is read anew, whoever changed it', async () => {
    writeFileSync(file(), xml(64));
    expect(summaryOf(await start())).toMatchObject({ memoryKiB: 64 * 1024 });
    await saveDefinition(paths, 'web', xml(24));
    expect(summaryOf(await start())).toMatchObject({ memoryKiB: 24 * 1024 });
  });

  it('to something that is none is named as broken', async () => {
    writeFileSync(file(), '<domain>');
    const context = await start();
    expect([context.list.size, [...context.broken.values()][0]?.name]).toEqual([0, 'web']);
  });
});

it.each([
  ['absent', ''],
  ['damaged', '{"format":1'],
  ['of another form', '{"format":99,"entries":{"web":{}}}'],
])('an index that is %s costs a reading and no more', async (_, content) => {
  writeFileSync(join(paths.cacheDir, 'definitions.json'), content);
  expect(summaryOf(await start())).toMatchObject({ title: 'Shop' });
  expect(readFileSync(file(), 'utf8')).toBe(xml(16));
});
