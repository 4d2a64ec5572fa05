// `event`: domain events as they come, in virsh's words (tools/virsh-domain-event.c).

import { virError } from '../../common/errors.ts';
import { DOMAIN_EVENT_KINDS, type DomainEvent } from '../../common/model/event.ts';
import { type CommandSpec, numberOption, word } from '../context.ts';

export function formatEvent(event: DomainEvent, withTime: boolean): string {
  const time = withTime ? `${new Date(event.at).toISOString().replace('T', ' ').replace('Z', '+0000')}: ` : '';
  const what =
    event.kind === 'lifecycle' ? ` ${event.event} ${event.detail ?? ''}` : event.detail ? ` ${event.detail}` : '';
  return `${time}event '${event.kind}' for domain '${event.name}':${what}`.trimEnd();
}

export const eventCommand: CommandSpec = {
  usage: 'event [event]',
  summary: 'show domain events as they come',
  options: [
    ['--list', 'list the kinds of events'],
    ['--all', 'all kinds'],
    ['--domain <domain>', 'of this domain only'],
    ['--loop', 'go on after the first, until interrupted or --timeout'],
    ['--timeout <seconds>', 'stop after this time'],
    ['--timestamp', 'with the time of each'],
  ],
  run: async ({ client, out }, positional, options) => {
    const kinds = DOMAIN_EVENT_KINDS.filter((kind) => kind !== 'broken');
    if (options.list) return out.result(kinds, [...kinds]);
    const wanted = word(positional);
    if (!wanted && !options.all) throw virError('INVALID_ARG', 'one of --list, --all, or an event is required');
    if (wanted && !kinds.some((kind) => kind === wanted))
      throw virError('INVALID_ARG', `unknown event '${wanted}'; 'event --list' lists them`);
    const seconds = numberOption(options, 'timeout');
    const connection = await client();
    const domain =
      typeof options.domain === 'string'
        ? (await connection.call('domain.lookup', { domain: options.domain })).uuid
        : undefined;
    let count = 0;
    await new Promise<void>((resolve) => {
      connection.subscribe('domain', (event) => {
        if (
          (domain !== undefined && event.uuid !== domain) ||
          (wanted ? event.kind !== wanted : event.kind === 'updated')
        )
          return;
        count += 1;
        out.line(event, formatEvent(event, options.timestamp === true));
        if (!options.loop) resolve();
      });
      connection.onClose(() => resolve());
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
      if (seconds !== undefined) setTimeout(resolve, seconds * 1000);
    });
    out.notice(`events received: ${count}`);
  },
};
