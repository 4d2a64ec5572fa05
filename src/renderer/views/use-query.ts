// A look-up as React state: asked when it is first needed, again when `subject` changes or the engine comes back, and on demand. An answer to an
// old question is dropped; what was known stays shown while a new answer is on its way or the engine is away.
import { useCallback, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Input, Output, ProcedureName } from '../../common/contract/procedures.ts';
import { toVirError, type VirError } from '../../common/errors.ts';
import { useApp } from '../app-context.ts';

export type QueryState<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly data: T; readonly isStale: boolean }
  | { readonly kind: 'failed'; readonly error: VirError };

export type Query<T> = QueryState<T> & { readonly refresh: () => void };

export interface QueryOptions {
  /** Anything whose change makes the answer old. */
  readonly subject?: unknown;
  /** Time that the input has to rest before it is asked, for what follows typing. */
  readonly restMs?: number;
}

/** `input` undefined asks nothing. Inputs are compared by their content. */
export function useQuery<N extends ProcedureName>(
  procedure: N,
  input: Input<N> | undefined,
  { subject, restMs = 0 }: QueryOptions = {},
): Query<Output<N>> {
  const { connection } = useApp();
  const [state, setState] = useState<QueryState<Output<N>>>({ kind: 'loading' });
  const [round, setRound] = useState(0);
  const isConnected = useStore(connection.state, (current) => current.kind !== 'lost');
  const question = JSON.stringify(input);
  // biome-ignore lint/correctness/useExhaustiveDependencies: subject and round are what makes the answer old
  useEffect(() => {
    if (question === undefined || !isConnected) return;
    const abort = new AbortController();
    setState((old) => (old.kind === 'ready' ? { ...old, isStale: true } : { kind: 'loading' }));
    const ask = (): void => {
      connection.call(procedure, JSON.parse(question), { signal: abort.signal }).then(
        (data) => !abort.signal.aborted && setState({ kind: 'ready', data, isStale: false }),
        (error: unknown) => !abort.signal.aborted && setState({ kind: 'failed', error: toVirError(error) }),
      );
    };
    const timer = setTimeout(ask, restMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [connection, procedure, question, isConnected, subject, round, restMs]);
  const refresh = useCallback(() => setRound((number) => number + 1), []);
  return { ...state, refresh };
}
