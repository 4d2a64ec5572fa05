// `create` and `restore`: a domain is started from a definition that comes with the call. Its entry is made by the registry's rule before the command waits, and
// leaves with a command that is dropped or fails.
import type { CallContext } from '../../../common/contract/server.ts';
import { virError } from '../../../common/errors.ts';
import type { DriverContext } from '../context.ts';
import { laneOf, ref } from '../jobs/on-domain.ts';
import { admitTransient, type ReadDefinition } from '../registry/define.ts';
import { emit } from '../registry/state-writer.ts';
import { startDomain } from './start.ts';
import type { StartOptions } from './start-options.ts';

/** Throws what `decideAdd` refuses with, RESOURCE_BUSY (the queue), and what `startDomain` throws. */
export async function startFromDefinition(
  context: DriverContext,
  procedure: 'domain.create' | 'domain.restore',
  { def, warnings, hasOwnUuid }: ReadDefinition,
  options: StartOptions,
  { signal }: CallContext,
): Promise<{ uuid: string; name: string; warnings: string[] }> {
  // From here to the end of `submit` nothing waits: no other client can come in between.
  if (signal.aborted) throw virError('OPERATION_ABORTED', `the start of domain '${def.name}' was cancelled`);
  context.queue.assertRoom();
  const obj = admitTransient(context, def, hasOwnUuid);
  return context.queue.submit({
    procedure,
    label: `${procedure === 'domain.create' ? 'Start' : 'Restore'} ${obj.name}`,
    domain: ref(obj),
    lane: laneOf(obj.name),
    kind: 'start',
    canCancel: true,
    yieldsToPreemption: true,
    signal,
    onDropped: () => {
      if (obj.isPersistent) return;
      context.list.remove(obj);
      emit(context, obj, { kind: 'updated' });
    },
    run: async (command) => {
      await startDomain(context, obj, { ...options, definition: def }, command);
      return { ...ref(obj), warnings: [...warnings] };
    },
  });
}
