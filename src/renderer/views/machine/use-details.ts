// A machine's full description, asked for anew when its state or definition changes. An answer to an old question is dropped.
import { useCallback, useEffect, useState } from 'react';
import { toVirError, type VirError } from '../../../common/errors.ts';
import type { DomainDetails } from '../../../common/model/domain.ts';
import { useApp, useMachines } from '../../app-context.ts';

export type DetailsState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly details: DomainDetails }
  | { readonly kind: 'failed'; readonly error: VirError };

export function useDetails(uuid: string): DetailsState & { readonly refresh: () => void } {
  const { connection } = useApp();
  const summary = useMachines((state) => state.domains.get(uuid));
  const [state, setState] = useState<DetailsState>({ kind: 'loading' });
  const [round, setRound] = useState(0);
  // every event about the machine hands out a new summary object: that is when to ask again
  // biome-ignore lint/correctness/useExhaustiveDependencies: summary and round are what makes the answer old
  useEffect(() => {
    const abort = new AbortController();
    connection.call('domain.get', { domain: uuid }, { signal: abort.signal }).then(
      (details) => !abort.signal.aborted && setState({ kind: 'ready', details }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        // what is known stays while the engine is away
        setState((old) => (old.kind === 'ready' ? old : { kind: 'failed', error: toVirError(error) }));
      },
    );
    return () => abort.abort();
  }, [connection, uuid, summary, round]);
  const refresh = useCallback(() => setRound((number) => number + 1), []);
  return { ...state, refresh };
}
