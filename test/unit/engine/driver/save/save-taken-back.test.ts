// A save onto a file that is there already, taken back: whoever takes over in the middle must not take the old file for the guest.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { virError } from '../../../../../src/common/errors.ts';
import { recoverSave } from '../../../../../src/engine/driver/save/end-save.ts';
import type { SaveOptions, SaveWriter } from '../../../../../src/engine/state/save-writer.ts';
import type { DomainStatus } from '../../../../../src/engine/state/status-files.ts';
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

/** Of the statuses that say that a save is taken back, the first `count` can't be written. */
async function takeBackOn(count: number) {
  class Host extends FakeHost {
    left = count;
    override async saveStatus(status: DomainStatus): Promise<void> {
      const isTakenBack = status.saving?.phase === 'preparing' && this.saves.size > 0;
      if (isTakenBack && this.left-- > 0) throw virError('SYSTEM_ERROR', 'no space');
      await super.saveStatus(status);
    }
  }
  const host = new Host({ step: async () => undefined, faults: ['migrate'] });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  await expect(call('domain.managedSave', { domain: 'web' })).rejects.toThrow('was not saved');
  const obj = context.list.lookup('web');
  await obj.statusWrites;
  return { host, context, call, obj };
}

it('leaves no file where the status could be written at the second attempt', async () => {
  const { host } = await takeBackOn(1);
  expect([host.saves.size, host.statuses.get(UUID)?.saving]).toEqual([0, undefined]);
});

it('leaves a file to the next engine where it could not, which then resumes nobody', async () => {
  const { host, context, call, obj } = await takeBackOn(2);
  expect([host.saves.size, host.statuses.get(UUID)?.saving?.phase]).toEqual([1, 'preparing']);
  await call('domain.suspend', { domain: 'web' });
  if (obj.live) await recoverSave(context, obj, obj.live);
  expect([host.saves.size, host.statuses.get(UUID)?.saving, host.alive[0]?.runState]).toEqual([0, undefined, 'paused']);
});
