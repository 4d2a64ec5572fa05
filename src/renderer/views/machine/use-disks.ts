// The disk files of a machine with their sizes and who else uses them.
import { useEffect, useState } from 'react';
import { toVirError, type VirError } from '../../../common/errors.ts';
import type { DiskFile } from '../../../common/model/domain.ts';
import { useApp, useMachines } from '../../app-context.ts';

export type DisksState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly disks: readonly DiskFile[] }
  | { readonly kind: 'failed'; readonly error: VirError };

export function useDisks(uuid: string): DisksState {
  const { connection } = useApp();
  const state = useMachines((machines) => machines.domains.get(uuid)?.state);
  const [disks, setDisks] = useState<DisksState>({ kind: 'loading' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a stopped or started machine may have grown files
  useEffect(() => {
    const abort = new AbortController();
    connection.call('domain.disks', { domain: uuid }, { signal: abort.signal }).then(
      (answer) => !abort.signal.aborted && setDisks({ kind: 'ready', disks: answer.disks }),
      (error: unknown) => !abort.signal.aborted && setDisks({ kind: 'failed', error: toVirError(error) }),
    );
    return () => abort.abort();
  }, [connection, uuid, state]);
  return disks;
}
