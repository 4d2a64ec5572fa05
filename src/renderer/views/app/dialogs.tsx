// The dialog that is open, if one is.
import type { ReactNode } from 'react';
import { useApp, useUi } from '../../app-context.ts';
import { CreateDialog } from '../create/create-dialog.tsx';
import { DeleteDialog } from '../delete/delete-dialog.tsx';
import { DescribeDialog } from '../machine/dialogs/describe-dialog.tsx';
import { DetachDialog } from '../machine/dialogs/detach-dialog.tsx';
import { DumpDialog } from '../machine/dialogs/dump-dialog.tsx';
import { MediaDialog } from '../machine/dialogs/media-dialog.tsx';
import { RestoreDialog } from '../machine/dialogs/restore-dialog.tsx';
import { SaveDialog } from '../machine/dialogs/save-dialog.tsx';
import { StartDialog } from '../machine/dialogs/start-dialog.tsx';
import { ConfirmDialog } from '../machines/confirm-dialog.tsx';

export function Dialogs(): ReactNode {
  const { stores } = useApp();
  const dialog = useUi((state) => state.dialog);
  const close = (): void => stores.ui.setState({ dialog: { kind: 'none' } });
  switch (dialog.kind) {
    case 'none':
      return null;
    case 'create':
      return <CreateDialog onClose={close} />;
    case 'delete':
      return <DeleteDialog key={dialog.uuid} uuid={dialog.uuid} onClose={close} />;
    case 'describe':
      return <DescribeDialog key={dialog.uuid} uuid={dialog.uuid} onClose={close} />;
    case 'start':
      return <StartDialog key={dialog.uuid} uuid={dialog.uuid} onClose={close} />;
    case 'save':
      return <SaveDialog key={dialog.uuid} uuid={dialog.uuid} onClose={close} />;
    case 'dump':
      return <DumpDialog key={dialog.uuid} uuid={dialog.uuid} onClose={close} />;
    case 'restore':
      return <RestoreDialog onClose={close} />;
    case 'media':
      return <MediaDialog {...dialog} onClose={close} />;
    case 'detach':
      return <DetachDialog {...dialog} onClose={close} />;
    case 'confirm':
      return <ConfirmDialog verb={dialog.verb} uuids={dialog.uuids} onClose={close} />;
  }
}
