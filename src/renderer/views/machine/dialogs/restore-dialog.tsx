// Chooses a saved file and starts the machine in it where it was.
import type { ReactNode } from 'react';
import { useApp } from '../../../app-context.ts';
import { navigate } from '../../app/use-route.ts';
import { FilePicker } from '../../files/file-picker.tsx';

export function RestoreDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { actions } = useApp();
  const restore = async (path: string): Promise<void> => {
    onClose();
    const uuid = await actions.restore(path);
    if (uuid) navigate({ kind: 'machine', uuid, isDetached: false });
  };
  return (
    <FilePicker
      title="Restore a machine from a file"
      startAt=""
      extensions={['save']}
      onChoose={(path) => void restore(path)}
      onClose={onClose}
    />
  );
}
