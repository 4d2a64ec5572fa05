// How a verb reaches a domain: the lane of the queue, the second look after waiting, the answer.
import type { Output, ParsedInput, ProcedureName } from '../../../common/contract/procedures.ts';
import type { CallContext } from '../../../common/contract/server.ts';
import { virError } from '../../../common/errors.ts';
import type { JobKind } from '../../conf/job-kinds.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import type { CommandContext } from './command-queue.ts';

export type Verb<N extends ProcedureName> = (input: ParsedInput<N>, call: CallContext) => Promise<Output<N>>;
export type Verbs = { readonly [N in ProcedureName]?: Verb<N> };

export const ref = (obj: { readonly uuid: string; readonly name: string }) => ({ uuid: obj.uuid, name: obj.name });
export const laneOf = (name: string): string => `domain:${name}`;

export interface OnDomain {
  readonly procedure: ProcedureName;
  readonly label: string;
  readonly kind?: JobKind;
  /** Another lane than the domain's own. */
  readonly lane?: string;
  readonly canCancel?: boolean;
  readonly yieldsToPreemption?: boolean;
}

/** Queues `run` in the lane of an existing domain. */
export function onDomain<T>(
  context: DriverContext,
  obj: DomainObj,
  { procedure, label, ...flags }: OnDomain,
  { signal }: CallContext,
  run: (command: CommandContext) => Promise<T>,
): Promise<T> {
  return context.queue.submit({
    procedure,
    label: `${label} ${obj.name}`,
    domain: ref(obj),
    lane: laneOf(obj.name),
    signal,
    run,
    ...flags,
  });
}

/** The entry, if it is still the one in the registry: while the command waited, the domain may have been undefined, or ended. Throws NO_DOMAIN. */
export function stillThere(context: DriverContext, obj: DomainObj): DomainObj {
  if (context.list.byUuid(obj.uuid) === obj) return obj;
  throw virError('NO_DOMAIN', `domain '${obj.name}' is gone: it ended or was undefined meanwhile`);
}

/** A verb that takes a domain and answers with it. */
export function plain<N extends ProcedureName>(
  context: DriverContext,
  spec: OnDomain,
  act: (obj: DomainObj, input: ParsedInput<N>, command: CommandContext) => Promise<void>,
) {
  return async (input: ParsedInput<N> & { readonly domain: string }, call: CallContext) => {
    const obj = context.list.lookup(input.domain);
    await onDomain(context, obj, spec, call, (command) => act(stillThere(context, obj), input, command));
    return ref(obj);
  };
}
