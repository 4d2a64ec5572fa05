// What is being done to a machine, in a word: the engine's label says what was asked for ('Start web'), this says what goes on ('Starting').
import type { CommandRecord } from '../../common/model/command.ts';
import type { DomainSummary } from '../../common/model/domain.ts';

const WORDS: Readonly<Record<string, string>> = {
  'domain.start': 'Starting',
  'domain.shutdown': 'Asking it to shut down',
  'domain.reboot': 'Rebooting',
  'domain.reset': 'Resetting',
  'domain.destroy': 'Forcing off',
  'domain.suspend': 'Pausing',
  'domain.resume': 'Resuming',
  'domain.managedSave': 'Saving',
  'domain.save': 'Saving',
  'domain.dump': 'Dumping its memory',
  'domain.pmWakeup': 'Waking up',
  'domain.undefine': 'Deleting',
  'machine.create': 'Creating',
  'domain.blockCopy': 'Beginning a copy of a disk',
  'domain.blockPull': 'Beginning a merge of images',
  'domain.blockCommit': 'Beginning a merge of images',
  'domain.blockJobAbort': 'Ending a job on a disk',
};

/** 'Restoring…' */
export function busyText(command: CommandRecord, machine: Pick<DomainSummary, 'name' | 'hasManagedSave'>): string {
  if (command.state === 'queued') return `${withoutName(command.label, machine.name)}: waiting…`;
  if (command.procedure === 'domain.start' && machine.hasManagedSave) return 'Restoring…';
  return `${WORDS[command.procedure] ?? withoutName(command.label, machine.name)}…`;
}

const withoutName = (label: string, name: string): string => label.replace(name, '').trim();
