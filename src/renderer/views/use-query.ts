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

interface Answer<T> {
  readonly question: string | undefined;
  readonly state: QueryState<T>;
}

const LOADING = { kind: 'loading' } as const;

/** While a new answer is on its way, what was known stays, marked as old; a failure does not. */
const waitingState = <T>(state: QueryState<T>): QueryState<T> =>
  state.kind === 'ready' ? { ...state, isStale: true } : LOADING;

/** `input` undefined asks nothing. Inputs are compared by their content. */
export function useQuery<N extends ProcedureName>(
  procedure: N,
  input: Input<N> | undefined,
  { subject, restMs = 0 }: QueryOptions = {},
): Query<Output<N>> {
  const { connection } = useApp();
  const [answer, setAnswer] = useState<Answer<Output<N>>>({ question: undefined, state: LOADING });
  const [round, setRound] = useState(0);
  const isConnected = useStore(connection.state, (current) => current.kind !== 'lost');
  const question = JSON.stringify(input);
  // biome-ignore lint/correctness/useExhaustiveDependencies: subject and round are what makes the answer old
  useEffect(() => {
    if (question === undefined || !isConnected) return;
    const abort = new AbortController();
    const settle = (state: QueryState<Output<N>>): void => {
      if (!abort.signal.aborted) setAnswer({ question, state });
    };
    setAnswer((old) => ({ question: old.question, state: waitingState(old.state) }));
    const timer = setTimeout(() => {
      connection.call(procedure, JSON.parse(question), { signal: abort.signal }).then(
        (data) => settle({ kind: 'ready', data, isStale: false }),
        (error: unknown) => settle({ kind: 'failed', error: toVirError(error) }),
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [connection, procedure, question, isConnected, subject, round, restMs]);
  const refresh = useCallback(() => setRound((number) => number + 1), []);
  // until the effect above has run, the answer is still that to the last question
  const state = answer.question === question ? answer.state : waitingState(answer.state);
  return { ...state, refresh };
}
