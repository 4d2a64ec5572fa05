// Asks before something that the system inside can not prepare for. Asking can be turned off for each of them.
import { type ReactNode, useState } from 'react';
import { useApp, useMachines } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { CheckInput } from '../../components/fields.tsx';
import { formatDuration } from '../../format/quantity.ts';
import { displayName } from '../../format/state.ts';
import type { Confirmation } from '../../store/settings.ts';
import { VERBS } from './machine-verbs.ts';

export interface ConfirmDialogProps {
  readonly verb: Confirmation;
  readonly uuids: readonly string[];
  readonly onClose: () => void;
}

const QUESTIONS: Readonly<Record<Confirmation, string>> = {
  destroy: 'Force off',
  reset: 'Reset',
  managedSaveRemove: 'Discard the saved state of',
};

const CONSEQUENCES: Readonly<Record<Confirmation, string>> = {
  destroy:
    'This is like pulling the plug: what the system inside has not saved is lost, and its disks may need a check.',
  reset: 'This is like the reset button: what the system inside has not saved is lost.',
  managedSaveRemove:
    'What the system inside had open when it was saved is lost. The next start boots it, as after a power cut.',
};

export function ConfirmDialog({ verb, uuids, onClose }: ConfirmDialogProps): ReactNode {
  const { actions, stores } = useApp();
  const domains = useMachines((state) => state.domains);
  const [isLast, setLast] = useState(false);
  const machines = uuids.flatMap((uuid) => domains.get(uuid) ?? []);
  const { label } = VERBS[verb];
  const what = machines.length === 1 && machines[0] ? displayName(machines[0]) : `${machines.length} machines`;
  const confirm = (): void => {
    if (isLast)
      stores.settings.setState(({ unasked }) => ({ unasked: [...unasked.filter((known) => known !== verb), verb] }));
    onClose();
    for (const { uuid } of machines) void actions.run(verb, uuid);
  };
  return (
    <Dialog
      title={`${QUESTIONS[verb]} ${what}?`}
      role="alertdialog"
      widthPx={440}
      onClose={onClose}
      footer={
        <>
          <div className="footer-start">
            <CheckInput isSelected={isLast} onChange={setLast}>
              Don’t ask again
            </CheckInput>
          </div>
          <Button label="Cancel" onPress={onClose} />
          <Button label={label} variant="danger" autoFocus onPress={confirm} />
        </>
      }
    >
      <p>{CONSEQUENCES[verb]}</p>
      {machines.length === 1 && machines[0]?.startedAt !== undefined && (
        <p className="field-hint">It has been running for {formatDuration(Date.now() - machines[0].startedAt)}.</p>
      )}
      {machines.length > 1 && (
        <ul className="name-list">
          {machines.map((machine) => (
            <li key={machine.uuid}>{displayName(machine)}</li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
