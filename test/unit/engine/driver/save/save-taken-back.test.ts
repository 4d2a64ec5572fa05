// A save onto a file that is there already, taken back: whoever takes over in the middle must not take the old file for the guest.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SaveOptions, SaveWriter } from '../../../../../src/engine/state/save-writer.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

it('never leaves a status that says writing beside an older file and no temporary one', async () => {
  const path = join(tempDir(), 'old.save');
  writeFileSync(path, 'an older save');
  const seen: unknown[] = [];
  class Host extends FakeHost {
    override async createSave(options: SaveOptions): Promise<SaveWriter> {
      const writer = await super.createSave(options);
      return {
        ...writer,
        discard: async () => {
          await writer.discard();
          seen.push(this.statuses.get(UUID)?.saving?.phase);
        },
      };
    }
  }
  const host = new Host({ step: async () => undefined, faults: ['migrate'] });
  const { call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  await expect(call('domain.save', { domain: 'web', path })).rejects.toThrow('was not saved');
  expect(seen).toEqual(['preparing']);
});
