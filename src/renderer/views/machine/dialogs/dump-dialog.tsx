// Writes a guest's memory to a file for crash(8) or gdb, and says what becomes of the guest.
import { type ReactNode, useState } from 'react';
import type { Input } from '../../../../common/contract/procedures.ts';
import { useApp, useMachines } from '../../../app-context.ts';
import { SelectInput, type SelectOption } from '../../../components/fields.tsx';
import { displayName } from '../../../format/state.ts';
import { datedName } from '../../files/paths.ts';
import { TargetInput, useTarget } from '../../files/target-input.tsx';
import type { MachineDialogProps } from './save-dialog.tsx';
import { TargetDialog } from './target-dialog.tsx';

export type AfterDump = 'pause' | 'live' | 'reset' | 'crash';
const AFTER: readonly SelectOption<AfterDump>[] = [
  { value: 'pause', label: 'Pauses, then goes on', hint: 'one moment of it' },
  { value: 'live', label: 'Runs on meanwhile', hint: 'parts may not fit together' },
  { value: 'reset', label: 'Is reset afterwards' },
  { value: 'crash', label: 'Is turned off afterwards' },
];

type Format = NonNullable<Input<'domain.dump'>['format']>;
const FORMATS: readonly SelectOption<Format>[] = [
  { value: 'elf', label: 'ELF', hint: 'for gdb and crash' },
  { value: 'kdump-zlib', label: 'kdump, compressed', hint: 'for crash; smaller' },
  { value: 'win-dmp', label: 'Windows', hint: 'for WinDbg; needs its driver inside' },
];

export const dumpInput = (uuid: string, path: string, format: Format, after: AfterDump): Input<'domain.dump'> => ({
  domain: uuid,
  path,
  format,
  ...(after === 'pause' ? {} : { [after]: true }),
});

export function DumpDialog({ uuid, onClose }: MachineDialogProps): ReactNode {
  const { actions } = useApp();
  const machine = useMachines((state) => state.domains.get(uuid));
  const [name] = useState(() => datedName(machine?.name ?? '', 'core', new Date()));
  const target = useTarget(name);
  const [format, setFormat] = useState<Format>('elf');
  const [after, setAfter] = useState<AfterDump>('pause');
  if (!machine) return null;
  return (
    <TargetDialog
      title={`Dump the memory of ${displayName(machine)}`}
      verb="Dump"
      target={target}
      onConfirm={() => void actions.dump(dumpInput(uuid, target.path, format, after))}
      onClose={onClose}
    >
      <TargetInput target={target} title="Dump to" extensions={['core', 'dmp']} />
      <div className="board-columns">
        <SelectInput label="Format" value={format} options={FORMATS} onChange={setFormat} />
        <SelectInput label="The machine" value={after} options={AFTER} onChange={setAfter} />
      </div>
      <p className="field-hint">
        The file holds everything that the system inside has in memory, passwords too. Give it to nobody who may not
        know them.
      </p>
    </TargetDialog>
  );
}
