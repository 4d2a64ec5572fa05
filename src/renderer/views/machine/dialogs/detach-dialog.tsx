// Asks before a device is taken out of a running machine: the system inside may be using it.
import type { ReactNode } from 'react';
import { useApp, useMachines } from '../../../app-context.ts';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { displayName } from '../../../format/state.ts';

export interface DetachDialogProps {
  readonly uuid: string;
  readonly alias: string;
  readonly label: string;
  readonly onClose: () => void;
}

export function DetachDialog({ uuid, alias, label, onClose }: DetachDialogProps): ReactNode {
  const { actions } = useApp();
  const machine = useMachines((state) => state.domains.get(uuid));
  if (!machine) return null;
  const confirm = (): void => {
    onClose();
    void actions.detachDevice(uuid, alias, label);
  };
  return (
    <Dialog
      title={`Take ${label} out of ${displayName(machine)}?`}
      role="alertdialog"
      widthPx={440}
      onClose={onClose}
      footer={
        <>
          <Button label="Cancel" onPress={onClose} />
          <Button label="Take it out" variant="danger" autoFocus onPress={confirm} />
        </>
      }
    >
      <p>The system inside is asked to let go of it at once; what uses it there fails.</p>
      {machine.isPersistent && <p>The next start brings it back: its definition keeps it.</p>}
    </Dialog>
  );
}
