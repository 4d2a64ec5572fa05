// Deletes a machine, and those of its disk files that are ticked. Each file is named with its size; what others need is not ticked.
import { type ReactNode, useEffect, useState } from 'react';
import { formatBytes } from '../../../common/base/units.ts';
import { toVirError, type VirError } from '../../../common/errors.ts';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useMachines } from '../../app-context.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { CheckInput } from '../../components/fields.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { displayName, stateText } from '../../format/state.ts';
import { currentRoute, navigate } from '../app/use-route.ts';
import { useDisks } from '../machine/use-disks.ts';
import { type DiskChoice, initialChoices, summaryOf, toggleChoice, toInput } from './delete-form.ts';
import './delete.css';

type DeleteState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'deleting' }
  | { readonly kind: 'failed'; readonly error: VirError };

function DiskRow({
  choice,
  onChange,
}: {
  readonly choice: DiskChoice;
  readonly onChange: (isChecked: boolean) => void;
}): ReactNode {
  const { disk } = choice;
  const size = disk.allocationBytes ?? disk.capacityBytes;
  return (
    <li className="delete-disk">
      <CheckInput
        isSelected={choice.isChecked}
        isDisabled={!choice.isPossible}
        onChange={onChange}
        label={`Delete ${disk.path}`}
      >
        <span className="mono delete-path">{disk.path}</span>
        <span className="field-hint block">
          {[
            disk.target,
            disk.device === 'disk' ? undefined : disk.device,
            size === undefined ? undefined : formatBytes(size),
            choice.note,
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </CheckInput>
    </li>
  );
}

function useDelete(machine: DomainSummary, choices: readonly DiskChoice[], onClose: () => void) {
  const { connection, stores } = useApp();
  const [state, setState] = useState<DeleteState>({ kind: 'idle' });
  const run = async (): Promise<void> => {
    setState({ kind: 'deleting' });
    try {
      if (machine.isActive) await connection.call('domain.destroy', { domain: machine.uuid });
      // a temporary machine is gone with its end
      if (machine.isPersistent) await connection.call('domain.undefine', toInput(machine.uuid, choices));
      onClose();
      const route = currentRoute();
      stores.ui.setState({ selection: new Set() });
      if (route.kind === 'machine' && route.uuid === machine.uuid) navigate({ kind: 'home' });
    } catch (thrown) {
      setState({ kind: 'failed', error: toVirError(thrown) });
    }
  };
  return { state, run };
}

function DeleteBody({
  machine,
  onClose,
}: {
  readonly machine: DomainSummary;
  readonly onClose: () => void;
}): ReactNode {
  const disks = useDisks(machine.uuid);
  const [choices, setChoices] = useState<readonly DiskChoice[]>([]);
  useEffect(() => {
    if (disks.kind === 'ready') setChoices((old) => (old.length > 0 ? old : initialChoices(disks.data.disks)));
  }, [disks]);
  const { state, run } = useDelete(machine, choices, onClose);
  const isReady = disks.kind !== 'loading' && state.kind !== 'deleting';
  return (
    <Dialog
      title={`Delete ${displayName(machine)}`}
      role="alertdialog"
      widthPx={520}
      onClose={onClose}
      footer={
        <>
          <div className="footer-start field-hint">{choices.length > 0 && summaryOf(choices)}</div>
          <Button label="Cancel" autoFocus onPress={onClose} />
          <Button
            label={state.kind === 'deleting' ? 'Deleting…' : 'Delete'}
            variant="danger"
            isDisabled={!isReady}
            onPress={() => void run()}
          />
        </>
      }
    >
      {machine.isActive && (
        <Banner tone="warn" title={`This machine is ${stateText(machine.state).toLowerCase()}`}>
          It is forced off first; what the system inside has not saved is lost.
        </Banner>
      )}
      {state.kind === 'failed' && (
        <Banner tone="bad" title={state.error.message} detail={state.error.detail}>
          <p className="field-hint">{adviceFor(state.error).text}</p>
        </Banner>
      )}
      <p>
        The machine and its definition are deleted{machine.hasManagedSave ? ', and the state that it was saved in' : ''}
        . This can not be undone.
        {choices.length > 0 && ' Disk files that are ticked are deleted as well:'}
      </p>
      {disks.kind === 'failed' && (
        <p className="field-hint">Its disks can not be listed ({disks.error.message}); no file is deleted.</p>
      )}
      <ul className="delete-disks">
        {choices.map((choice) => (
          <DiskRow
            key={`${choice.disk.target} ${choice.disk.path}`}
            choice={choice}
            onChange={(isChecked) => setChoices((old) => toggleChoice(old, choice.disk.path, isChecked))}
          />
        ))}
      </ul>
    </Dialog>
  );
}

export function DeleteDialog({ uuid, onClose }: { readonly uuid: string; readonly onClose: () => void }): ReactNode {
  // what the dialog is about stays the same while the machine leaves the list
  const now = useMachines((state) => state.domains.get(uuid));
  const [machine] = useState(now);
  return machine ? <DeleteBody machine={now ?? machine} onClose={onClose} /> : null;
}
