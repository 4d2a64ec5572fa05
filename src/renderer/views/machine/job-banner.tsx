// What takes long on a machine: how far it is, and the way to stop it.
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useCommands } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { Progress } from '../../components/progress.tsx';
import { commandOf } from '../../store/commands.ts';

export function JobBanner({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const { actions } = useApp();
  const command = useCommands((state) => commandOf(state, machine));
  // What is over in a moment only flickers.
  if (command?.state !== 'running' || !command.progress) return null;
  const { text, fraction } = command.progress;
  return (
    <div className="job-banner" role="status">
      <span className="job-text truncate" title={command.label}>
        {text}
      </span>
      <Progress fraction={fraction} label={text} />
      {command.canCancel && <Button label="Cancel" small onPress={() => void actions.cancelCommand(command.id)} />}
    </div>
  );
}
