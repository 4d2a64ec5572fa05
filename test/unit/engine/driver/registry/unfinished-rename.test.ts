// A rename that died halfway and can't be finished: the domain has one name, and nothing more is done to its files before that is settled.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { realHost } from '../../../../../src/engine/driver/host/host-port.ts';
import { loadAll } from '../../../../../src/engine/driver/registry/load-definitions.ts';
import { createVerbs } from '../../../../../src/engine/driver/verbs.ts';
import { definitionPath, saveDefinition } from '../../../../../src/engine/state/definition-files.ts';
import { resolvePaths } from '../../../../../src/engine/state/paths.ts';
import { createFakeContext } from '../../../../helpers/fake-context.ts';
import { UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

type Call = (input: object, call: { readonly signal: AbortSignal }) => Promise<unknown>;

async function halfRenamed() {
  const paths = resolvePaths({ HOME: tempDir(), XDG_RUNTIME_DIR: '/nowhere' });
  mkdirSync(paths.definitionDir, { recursive: true });
  const host = realHost(paths);
  await host.saveJournal(UUID, { operation: 'rename', from: 'web', to: 'www', isAutostart: true });
  await saveDefinition(paths, 'web', xmlOf(UUID));
  await saveDefinition(paths, 'www', xmlOf(UUID).replace('>web<', '>www<'));
  writeFileSync(paths.autostartDir, 'in the way of the folder of links');
  const context = { ...createFakeContext(new FakeHost({ step: async () => undefined })), paths, host };
  await loadAll(context);
  const verbs = createVerbs(context) as unknown as Readonly<Record<string, Call>>;
  const call = (verb: string, input: object) => verbs[verb]?.(input, { signal: new AbortController().signal });
  const isThere = (name: string): boolean => existsSync(definitionPath(paths, name));
  return { paths, context, call, isThere };
}

it('has its new name, and the old file is not taken for another domain', async () => {
  const { context } = await halfRenamed();
  expect([context.list.values().map(({ name }) => name), [...context.broken.values()]]).toEqual([['www'], []]);
});

it.each([
  ['domain.rename', { domain: 'www', newName: 'shop' }],
  ['domain.undefine', { domain: 'www' }],
  ['domain.define', { xml: xmlOf(UUID).replace('>web<', '>www<') }],
])('%s is refused until the rename can be finished', async (verb, input) => {
  const { paths, context, call, isThere } = await halfRenamed();
  await expect(call(verb, input)).rejects.toThrow('an earlier change of this domain could not be finished');
  expect([isThere('web'), isThere('www'), isThere('shop')]).toEqual([true, true, false]);
  expect(context.list.lookup('www').isRemoving).toBe(false);
  rmSync(paths.autostartDir);
  await call(verb, input);
  expect(isThere('web')).toBe(false);
  // And the next engine finds the same.
  const next = { ...context, list: createFakeContext(new FakeHost({ step: async () => undefined })).list };
  await loadAll(next);
  expect(next.list.values().map(({ name }) => name)).toEqual(context.list.values().map(({ name }) => name));
  expect([...next.broken.values()]).toEqual([]);
});
