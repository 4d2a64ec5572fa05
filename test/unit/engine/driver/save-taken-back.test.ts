// A save onto a file that is there already, taken back: whoever takes over in the middle must not take the old file for the guest.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createVerbs } from '../../../../src/engine/driver/verbs.ts';
import type { SaveOptions, SaveWriter } from '../../../../src/engine/state/save-writer.ts';
import { createFakeContext } from '../../../helpers/fake-context.ts';
import { FakeHost } from '../../../helpers/fake-host.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const UUID = '11111111-1111-1111-1111-111111111111';
const XML = `<domain type='qemu'><name>web</name><uuid>${UUID}</uuid><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>`;
type Verb = (input: object, call: { readonly signal: AbortSignal }) => Promise<unknown>;

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
  const context = createFakeContext(host);
  const verbs = createVerbs(context) as unknown as Readonly<Record<string, Verb>>;
  const call = (verb: string, input: object) => verbs[verb]?.(input, { signal: new AbortController().signal });
  await call('domain.define', { xml: XML });
  await call('domain.start', { domain: 'web' });
  await expect(call('domain.save', { domain: 'web', path })).rejects.toThrow('was not saved');
  expect(seen).toEqual(['preparing']);
});
