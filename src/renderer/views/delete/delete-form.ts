// Which disk files go with a machine: what is ticked at first, what may not be ticked, and why. Pure. A file that something else needs is never
// ticked by itself (virt-manager's delete.py has the same rules).
import { formatBytes } from '../../../common/base/units.ts';
import type { Input } from '../../../common/contract/procedures.ts';
import type { DiskFile } from '../../../common/model/domain.ts';

export interface DiskChoice {
  readonly disk: DiskFile;
  readonly isChecked: boolean;
  /** false: it can not be deleted from here. */
  readonly isPossible: boolean;
  /** Why it is not ticked, or a remark. */
  readonly note: string | undefined;
}

function noteOf(disk: DiskFile): string | undefined {
  if (disk.isMissing) return 'the file is not there';
  if (disk.usedBy.length > 0) return `also used by ${disk.usedBy.join(', ')}`;
  if (disk.device === 'cdrom' || disk.device === 'floppy') return 'an image that may be needed again';
  if (disk.isReadOnly) return 'read-only, so it may be shared';
  return undefined;
}

export const initialChoices = (disks: readonly DiskFile[]): readonly DiskChoice[] =>
  disks.map((disk) => {
    const note = noteOf(disk);
    return { disk, note, isPossible: !disk.isMissing, isChecked: note === undefined };
  });

export const toggleChoice = (choices: readonly DiskChoice[], path: string, isChecked: boolean): readonly DiskChoice[] =>
  choices.map((choice) => (choice.disk.path === path && choice.isPossible ? { ...choice, isChecked } : choice));

/** How much the deletion takes, in words: 'Deletes 2 files, 8.1 GiB'. */
export function summaryOf(choices: readonly DiskChoice[]): string {
  const going = choices.filter((choice) => choice.isChecked);
  if (going.length === 0) return 'No disk file is deleted';
  const bytes = going.reduce((sum, choice) => sum + (choice.disk.allocationBytes ?? 0), 0);
  return `Deletes ${going.length} ${going.length === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`;
}

export const toInput = (uuid: string, choices: readonly DiskChoice[]): Input<'domain.undefine'> => {
  const removeDisks = choices.filter((choice) => choice.isChecked).map((choice) => choice.disk.path);
  return {
    domain: uuid,
    nvram: true,
    managedSave: true,
    ...(removeDisks.length > 0 ? { removeDisks } : {}),
  };
};
