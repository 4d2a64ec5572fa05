// Instead of a console where there is none to show: why, and what to do.
import { LoaderCircle, MonitorOff, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useCommands } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { StateIcon } from '../../components/state-badge.tsx';
import { busyText } from '../../format/busy.ts';
import { machineStateText, stateLook } from '../../format/state.ts';
import { commandOf } from '../../store/commands.ts';
import { useMachineCommands } from '../machines/use-machine-commands.ts';
import type { ConsoleState } from './console-loop.ts';

const offText = (machine: DomainSummary): string =>
  stateLook(machine) === 'saved'
    ? 'Its state is saved. Restore it to go on where it was.'
    : `This machine is ${machineStateText(machine).toLowerCase()}`;

/** A machine that does not run. */
export function ConsoleOff({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const commands = useMachineCommands();
  const busy = useCommands((state) => commandOf(state, machine));
  return (
    <div className="console-off" data-page-focus tabIndex={-1}>
      {busy ? <LoaderCircle size={32} className="spin" aria-hidden /> : <StateIcon machine={machine} size={32} />}
      <p role="status">{busy ? busyText(busy, machine) : offText(machine)}</p>
      {!busy && (
        <Button
          label={machine.hasManagedSave ? 'Restore machine' : 'Start machine'}
          icon={Play}
          variant="primary"
          onPress={() => commands.run('start', [machine.uuid])}
        />
      )}
    </div>
  );
}

/** A running machine whose console is not there yet, or not any more. */
export function ConsoleNotice({
  state,
  onRetry,
}: {
  readonly state: ConsoleState;
  readonly onRetry: () => void;
}): ReactNode {
  if (state.kind === 'connected') return null;
  if (state.kind === 'connecting' || state.attempts < 2)
    return (
      <div className="console-notice quiet" role="status">
        <LoaderCircle size={16} className="spin" aria-hidden /> Connecting to the console…
      </div>
    );
  return (
    <div className="console-notice" role="status">
      <MonitorOff size={28} aria-hidden />
      <p>The console does not answer: {state.message}.</p>
      <p className="console-hint">Vivarium tries again by itself. The machine is not affected.</p>
      <Button label="Try now" onPress={onRetry} />
    </div>
  );
}
