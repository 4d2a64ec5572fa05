// A person's own words to QEMU's monitor: for support and for what Vivarium has no verb for. What they change the engine does not know.
import { z } from 'zod';
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import { requireLive } from '../actions.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';

const commandSchema = z.looseObject({
  execute: z.string().min(1),
  arguments: z.record(z.string(), z.unknown()).optional(),
});

function parseCommand(text: string): z.infer<typeof commandSchema> {
  try {
    return commandSchema.parse(JSON.parse(text));
  } catch (error) {
    throw virError('INVALID_ARG', `a monitor command is JSON such as {"execute": "query-status"}, or text with --hmp`, {
      cause: error,
    });
  }
}

/** QEMU's reply as it is: a value of the command's own, or text where it is HMP's. Throws INVALID_ARG, OPERATION_FAILED with QEMU's words. */
export async function runMonitorCommand(
  context: DriverContext,
  obj: DomainObj,
  { command, hmp }: Pick<ParsedInput<'domain.monitorCommand'>, 'command' | 'hmp'>,
  { signal }: CommandContext,
): Promise<unknown> {
  const { monitor } = requireLive(obj);
  const { execute, arguments: args } = hmp
    ? { execute: 'human-monitor-command', arguments: { 'command-line': command } }
    : parseCommand(command);
  context.log.warn({ domain: obj.name, command: execute }, 'the domain is tainted: custom-monitor');
  return monitor.executeRaw(execute, args, { signal });
}
