// The engine's real verbs on a modelled host against a model of a domain's life: every command in every state, thousands of random lives, and every event in its place.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ContractHandler } from '../../../../../src/common/contract/server.ts';
import { ConsoleTickets } from '../../../../../src/engine/driver/consoles/console-tickets.ts';
import type { Verb } from '../../../../../src/engine/driver/jobs/on-domain.ts';
import { createQueries } from '../../../../../src/engine/driver/queries.ts';
import { createVerbs } from '../../../../../src/engine/driver/verbs.ts';
import { createFakeContext } from '../../../../helpers/fake-context.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { LegalEvents } from '../../../../helpers/legal-events.ts';
import { type Action, actions, follow, type Model, NOTHING, predict } from '../../../../helpers/lifecycle-model.ts';

function makeEngine() {
  const host = new FakeHost({ step: async () => undefined });
  const context = createFakeContext(host);
  const procedures = { ...createQueries(context, new ConsoleTickets()), ...createVerbs(context) };
  const events = new LegalEvents();
  context.events.onEvent((event) => events.hear(event));
  const handler: Pick<ContractHandler, 'call'> = {
    call: async (procedure, input, call) => (procedures[procedure] as Verb<typeof procedure>)(input, call),
  };
  return { host, context, handler, events };
}

it('each command does in each state what the model says, and tells of it in a legal order', async () => {
  await fc.assert(
    fc.asyncProperty(actions(25), async (plan) => {
      const { handler, events } = makeEngine();
      expect(await follow({ handler, file: '/tmp/vivarium-no-such.save' }, plan)).toBeUndefined();
      expect(events.violations).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
}, 120_000);

it('a restored guest has the memory that was saved, once', async () => {
  const { handler, host } = makeEngine();
  const plan: Action[] = ['define', 'start', 'managed save', 'start'];
  expect(await follow({ handler, file: '/tmp/x' }, plan)).toBeUndefined();
  expect(host.alive.map(({ memory }) => memory)).toEqual(['boot 1']);
  expect([...host.saves.keys()]).toEqual([]);
});

it('the lives come to every state often enough to mean something', () => {
  const seen = new Map<string, number>();
  for (const plan of fc.sample(actions(25), { numRuns: 500, seed: 1 })) {
    let model: Model = NOTHING;
    for (const action of plan) {
      const step = predict(model, action);
      if ('next' in step) model = step.next;
      const { domain } = model;
      const key = domain
        ? `${domain.isPersistent ? 'persistent' : 'transient'} ${domain.life}${domain.isSaved ? ' saved' : ''}`
        : 'none';
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  }
  for (const key of [
    'none',
    'persistent off',
    'persistent running',
    'persistent paused',
    'persistent off saved',
    'transient running',
    'transient paused',
  ])
    expect([key, (seen.get(key) ?? 0) > 50]).toEqual([key, true]);
});
