// What writes a file asks for its place, and says so where one is replaced.
import type { ReactNode } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import type { Target } from '../../files/target-input.tsx';

export interface TargetDialogProps {
  readonly title: string;
  /** What is done, as its button says. */
  readonly verb: string;
  readonly target: Target;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function TargetDialog({ title, verb, target, onConfirm, onClose, children }: TargetDialogProps): ReactNode {
  const confirm = (): void => {
    onClose();
    onConfirm();
  };
  return (
    <Dialog
      title={title}
      widthPx={520}
      closesOutside={false}
      onClose={onClose}
      footer={
        <>
          <Button label="Cancel" onPress={onClose} />
          <Button
            label={target.isTaken ? `Replace and ${verb.toLowerCase()}` : verb}
            variant={target.isTaken ? 'danger' : 'primary'}
            isDisabled={target.path === '' || target.error !== undefined}
            onPress={confirm}
          />
        </>
      }
    >
      {children}
    </Dialog>
  );
}
