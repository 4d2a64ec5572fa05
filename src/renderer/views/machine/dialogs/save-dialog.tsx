// Saves a machine to a file of the person's choice, which can be kept, copied and restored later; 'Save' alone keeps it where the next start finds it.
import { type ReactNode, useState } from 'react';
import { useApp, useMachines } from '../../../app-context.ts';
import { displayName } from '../../../format/state.ts';
import { datedName } from '../../files/paths.ts';
import { TargetInput, useTarget } from '../../files/target-input.tsx';
import { TargetDialog } from './target-dialog.tsx';

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
  return (
    <TargetDialog
      title={`Save ${displayName(machine)} to a file`}
      verb="Save"
      target={target}
      onConfirm={() => void actions.saveTo(uuid, target.path)}
      onClose={onClose}
    >
      <p>
        What it has in memory is written to the file, and it is turned off. Its disks must stay as they are until it is
        restored: “Restore from a file…” on the page of all machines.
      </p>
      <TargetInput target={target} title="Save to" extensions={['save']} />
    </TargetDialog>
  );
}
