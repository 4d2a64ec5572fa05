// `qemu-monitor-event`: QEMU's own events as they come (tools/virsh-domain-event.c).
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, type Options, word } from '../context.ts';
import { loopEvents, timeStamp } from './event.ts';

/** Whether an event's name is wanted: all where none was given; exactly this one, or by --regex. Throws INVALID_ARG. */
export function nameTest(wanted: string, options: Options): (name: string) => boolean {
  if (wanted === '') return () => true;
  if (!options.regex && !options.noCase) return (name) => name === wanted;
  if (!options.regex) return (name) => name.toLowerCase() === wanted.toLowerCase();
  try {
    const pattern = new RegExp(wanted, options.noCase ? 'i' : '');
    return (name) => pattern.test(name);
  } catch (error) {
    throw virError('INVALID_ARG', `'${wanted}' is not a regular expression`, { cause: error });
  }
}

export const monitorEventCommand: CommandSpec = {
  usage: 'qemu-monitor-event [domain] [event]',
  summary: 'QEMU Monitor Events',
  description: 'Shows the events of QEMU itself, of one domain or of all.',
  options: [
    ['--pretty', 'indent what comes with an event'],
    ['--loop', 'go on after the first, until interrupted or --timeout'],
    ['--timeout <seconds>', 'stop after this time'],
    ['--regex', 'the name of the event is a regular expression'],
    ['--no-case', 'capitals are as good as small letters'],
    ['--timestamp', 'with the time of each'],
  ],
  domains: 'active',
  run: async (context, positional, options) => {
    const { client, out } = context;
    numberOption(options, 'timeout');
    const isWanted = nameTest(word(positional, 1), options);
    const connection = await client();
    const domain = word(positional);
    const uuid = domain === '' ? undefined : (await connection.call('domain.lookup', { domain })).uuid;
    await loopEvents(context, options, (seen, ended) => {
      connection.onClose(() => ended('the engine has ended'));
      return connection.subscribe('monitor', (event) => {
        if ((uuid !== undefined && event.uuid !== uuid) || !isWanted(event.event)) return;
        const data =
          Object.keys(event.data).length === 0
            ? ''
            : `: ${JSON.stringify(event.data, null, options.pretty ? 2 : undefined)}`;
        const time = options.timestamp ? timeStamp(event.at) : '';
        out.line(event, `${time}event ${event.event} for domain '${event.name}'${data}`);
        seen();
      });
    });
  },
};
