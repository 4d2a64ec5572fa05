// Which file is in a CD-ROM drive: chosen as any other file, and put in at once where the machine runs.
import type { ReactNode } from 'react';
import { useApp } from '../../../app-context.ts';
import { FilePicker } from '../../files/file-picker.tsx';

export interface MediaDialogProps {
  readonly uuid: string;
  readonly target: string;
  readonly startAt: string;
  readonly onClose: () => void;
}

export function MediaDialog({ uuid, target, startAt, onClose }: MediaDialogProps): ReactNode {
  const { actions } = useApp();
  return (
    <FilePicker
      title={`Medium for the drive ${target}`}
      startAt={startAt}
      extensions={['iso', 'img']}
      onChoose={(path) => {
        onClose();
        void actions.changeMedia(uuid, target, path);
      }}
      onClose={onClose}
    />
  );
}
