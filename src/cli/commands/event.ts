// `event`: domain events as they come, in virsh's words (tools/virsh-domain-event.c).

import type { Disposable } from '../../common/base/dispose.ts';
import type { ContractClient } from '../../common/contract/client.ts';
import { followDomainEvents } from '../../common/contract/follow.ts';
import { virError } from '../../common/errors.ts';
import { DOMAIN_EVENT_KINDS, type DomainEvent } from '../../common/model/event.ts';
import { type CliContext, type CommandSpec, numberOption, type Options, word } from '../context.ts';

export const timeStamp = (at: number): string =>
  `${new Date(at).toISOString().replace('T', ' ').replace('Z', '+0000')}: `;

export function formatEvent(event: DomainEvent, withTime: boolean): string {
  const head = `${withTime ? timeStamp(event.at) : ''}event '${event.kind}' for domain '${event.name}'`;
  const detail = event.detail ?? '';
  switch (event.kind) {
    case 'lifecycle':
      return `${head}: ${event.event} ${detail}`.trimEnd();
    case 'balloon-change':
      return `${head}: ${detail}${/^\d+$/.test(detail) ? 'KiB' : ''}`;
    default:
      return detail === '' ? head : `${head}: ${detail}`;
  }
}

const KINDS = DOMAIN_EVENT_KINDS.filter((kind) => kind !== 'broken' && kind !== 'updated');

/** `event DOMAIN EVENT` as virsh has it; one word alone that is a kind of event is that. Throws INVALID_ARG. */
function whatFor(first: string, second: string, options: Options): { domain: string; kind: string } {
  const isKind = second === '' && !options.all && options.domain === undefined && KINDS.some((kind) => kind === first);
  const [domain, kind] = isKind ? ['', first] : [first, second];
  if (kind === '' && !options.all) throw virError('INVALID_ARG', 'one of --list, --all, or --event <type> is required');
  if (kind !== '' && !KINDS.some((known) => known === kind))
    throw virError('INVALID_ARG', `unknown event type ${kind}`);
  return { domain, kind };
}

/** Listens; `seen` is told of each event that was shown, `ended` why there will be no more. */
export type Listen = (seen: () => void, ended: (why: string) => void) => Disposable | Promise<Disposable>;

/** Shows events until there was one (or --loop), Ctrl+C, the timeout, or the end of what is listened to; then says how many. */
export async function loopEvents({ out }: CliContext, options: Options, listen: Listen): Promise<void> {
  const seconds = numberOption(options, 'timeout');
  let count = 0;
  const end = Promise.withResolvers<string | undefined>();
  const interrupt = (): void => end.resolve('event loop interrupted');
  const subscription = await listen(() => {
    count += 1;
    if (!options.loop) end.resolve(undefined);
  }, end.resolve);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  const timer =
    seconds === undefined ? undefined : setTimeout(() => end.resolve('event loop timed out'), seconds * 1000);
  const why = await end.promise;
  clearTimeout(timer);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  subscription.dispose();
  if (why !== undefined) out.notice(why);
  out.notice(`events received: ${count}`);
}

export const eventCommand: CommandSpec = {
  usage: 'event [domain] [event]',
  summary: 'Domain Events',
  description: 'Lists the kinds of events, or waits for events of domains.',
  options: [
    ['--all', 'wait for all kinds of events'],
    ['--loop', 'go on after the first, until interrupted or --timeout'],
    ['--timeout <seconds>', 'stop after this time'],
    ['--list', 'list the kinds of events'],
    ['--timestamp', 'with the time of each'],
  ],
  values: { event: KINDS },
  run: async (context, positional, options) => {
    const { client, out } = context;
    if (options.list) return out.result(KINDS, KINDS);
    numberOption(options, 'timeout');
    const { domain, kind } = whatFor(word(positional), word(positional, 1), options);
    const connection = await client();
    const uuid = domain === '' ? undefined : (await connection.call('domain.lookup', { domain })).uuid;
    // The first connection is there already; the next ones are to the engines that come after this one.
    let isFirst = true;
    const connect = async (): Promise<ContractClient> => {
      if (!isFirst) return (await import('../connection.ts')).connectToEngine();
      isFirst = false;
      return connection;
    };
    await loopEvents(context, options, (seen, ended) =>
      followDomainEvents({
        connect,
        onEvent: (event) => {
          const isWanted = kind === '' ? KINDS.some((known) => known === event.kind) : event.kind === kind;
          if (!isWanted || (uuid !== undefined && event.uuid !== uuid)) return;
          out.line(event, formatEvent(event, options.timestamp === true));
          seen();
        },
        onGap: () => out.notice('the engine died and another took over; events may have been missed'),
        onEnd: () => ended('the engine has ended'),
      }),
    );
  },
};
