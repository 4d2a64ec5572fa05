// `wait`: returns once a domain is in a state, by its events and not by asking again and again. virsh has none; scripts have loops instead.
import type { ContractClient } from '../../common/contract/client.ts';
import { toVirError, virError } from '../../common/errors.ts';
import { DOMAIN_STATES, type DomainState } from '../../common/model/domain.ts';
import { type CommandSpec, numberOption, word } from '../context.ts';

interface Found {
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState;
}

/** The domain now. One that is gone has ended: shut off. */
const look = (client: ContractClient, { name, uuid }: Omit<Found, 'state'>): Promise<Found> =>
  client.call('domain.lookup', { domain: uuid }).catch((error: unknown) => {
    if (toVirError(error).code !== 'NO_DOMAIN') throw error;
    return { name, uuid, state: 'shutoff' as const };
  });

/** Rejects with OPERATION_TIMEOUT, NO_DOMAIN (there never was one) or NO_CONNECT. */
export async function waitForState(
  client: ContractClient,
  domain: string,
  state: DomainState,
  timeoutMs?: number,
): Promise<Found> {
  const changed = { now: Promise.withResolvers<void>() };
  const subscription = client.subscribe('domain', () => changed.now.resolve());
  const closed = client.onClose(() => changed.now.resolve());
  const deadline = Promise.withResolvers<'late'>();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => deadline.resolve('late'), timeoutMs);
  try {
    await subscription.ready;
    let found: Found = await client.call('domain.lookup', { domain });
    while (found.state !== state) {
      if ((await Promise.race([changed.now.promise, deadline.promise])) === 'late')
        throw virError(
          'OPERATION_TIMEOUT',
          `domain '${found.name}' is ${found.state}, not ${state}, after ${(timeoutMs ?? 0) / 1000} s`,
        );
      // From here on an event is news: what came before is in the look-up.
      changed.now = Promise.withResolvers();
      found = await look(client, found);
    }
    return found;
  } finally {
    clearTimeout(timer);
    subscription.dispose();
    closed.dispose();
  }
}

export const waitCommand: CommandSpec = {
  usage: 'wait <domain>',
  summary: 'wait until a domain is in a state',
  values: { state: DOMAIN_STATES },
  options: [
    ['--state <state>', `${DOMAIN_STATES.join(', ')} (shutoff where not said)`],
    ['--timeout <seconds>', 'give up after this time, with exit status 5'],
  ],
  run: async ({ client, out }, positional, options) => {
    const state = DOMAIN_STATES.find((name) => name === (options.state ?? 'shutoff'));
    if (!state)
      throw virError('INVALID_ARG', `unknown state '${options.state}'; it is one of ${DOMAIN_STATES.join(', ')}`);
    const seconds = numberOption(options, 'timeout');
    const timeoutMs = seconds === undefined ? undefined : seconds * 1000;
    const { name, uuid } = await waitForState(await client(), word(positional), state, timeoutMs);
    out.done({ name, uuid, state }, `Domain '${name}' is ${state}`);
  },
};
