// The same model as on the modelled host (test/unit/engine/driver/lifecycle/lifecycle-model.test.ts), on real QEMU: tens of random lives.

import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LegalEvents } from '../helpers/legal-events.ts';
import { actions, follow } from '../helpers/lifecycle-model.ts';
import { LocalEngine } from '../helpers/local-engine.ts';

it('a domain lives as the model says, and its events are in a legal order', async () => {
  await fc.assert(
    fc.asyncProperty(actions(14), async (plan) => {
      await using engine = await LocalEngine.start();
      const events = new LegalEvents();
      const heard = engine.handler.subscribe('domain', (event) => events.hear(event));
      expect(await follow({ handler: engine.handler, file: join(engine.dir, 'web.sav') }, plan)).toBeUndefined();
      expect(events.violations).toEqual([]);
      heard.dispose();
    }),
    { numRuns: 20, endOnFailure: true },
  );
}, 600_000);
