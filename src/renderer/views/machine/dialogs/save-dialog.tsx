// Saves a machine to a file of the person's choice, which can be kept, copied and restored later; 'Save' alone keeps it where the next start finds it.
import { type ReactNode, useState } from 'react';
import { useApp, useMachines } from '../../../app-context.ts';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { displayName } from '../../../format/state.ts';
import { datedName } from '../../files/paths.ts';
import { TargetInput, useTarget } from '../../files/target-input.tsx';

export interface MachineDialogProps {
  readonly uuid: string;
  readonly onClose: () => void;
}

export function SaveDialog({ uuid, onClose }: MachineDialogProps): ReactNode {
  const { actions } = useApp();
  const machine = useMachines((state) => state.domains.get(uuid));
  const [name] = useState(() => datedName(machine?.name ?? '', 'save', new Date()));
  const target = useTarget(name);
  if (!machine) return null;
  const save = (): void => {
    onClose();
    void actions.saveTo(uuid, target.path);
  };
  return (
    <Dialog
      title={`Save ${displayName(machine)} to a file`}
      widthPx={520}
      closesOutside={false}
      onClose={onClose}
      footer={
        <>
          <Button label="Cancel" onPress={onClose} />
          <Button
            label={target.isTaken ? 'Replace and save' : 'Save'}
            variant={target.isTaken ? 'danger' : 'primary'}
            isDisabled={target.path === '' || target.error !== undefined}
            onPress={save}
          />
        </>
      }
    >
      <p>
        What it has in memory is written to the file, and it is turned off. Its disks must stay as they are until it is
        restored: “Restore from a file…” on the page of all machines.
      </p>
      <TargetInput target={target} title="Save to" extensions={['save']} />
    </Dialog>
  );
}
