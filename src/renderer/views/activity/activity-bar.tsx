// The line at the bottom: what the engine is doing now, and the list behind it.
import { ChevronUp, CircleCheck, CircleX, Clock3, LoaderCircle, X } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import type { CommandRecord } from '../../../common/model/command.ts';
import { useApp, useCommands, useHost, useMachines, useUi } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { Progress } from '../../components/progress.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { formatWhen, plural } from '../../format/quantity.ts';
import { asSentence } from '../../format/sentence.ts';
import { isEnded, reduceDismiss, visibleCommands } from '../../store/commands.ts';
import { BlockJobLine, BlockJobNow, type MachineJob, useMachineJobs } from './block-job-lines.tsx';
import { ErrorActions } from './error-actions.tsx';
import './activity.css';

const STATE_TEXT: Readonly<Record<CommandRecord['state'], string>> = {
  queued: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

function CommandIcon({ state }: { readonly state: CommandRecord['state'] }): ReactNode {
  switch (state) {
    case 'queued':
      return <Clock3 size={15} aria-hidden />;
    case 'running':
      return <LoaderCircle size={15} className="spin" aria-hidden />;
    case 'done':
      return <CircleCheck size={15} className="icon-ok" aria-hidden />;
    case 'failed':
      return <CircleX size={15} className="icon-bad" aria-hidden />;
    case 'cancelled':
      return <X size={15} aria-hidden />;
  }
}

interface CommandErrorProps {
  readonly error: NonNullable<CommandRecord['error']>;
  readonly machine: string | undefined;
}

function CommandError({ error, machine }: CommandErrorProps): ReactNode {
  const advice = adviceFor(error);
  return (
    <>
      <div className="command-error">{asSentence(error.message)}</div>
      <div className="field-hint">{advice.text}</div>
      {error.detail && (
        <details className="details-toggle">
          <summary>QEMU’s last words</summary>
          <pre>{error.detail}</pre>
        </details>
      )}
      <div className="command-actions">
        <ErrorActions advice={advice} machine={machine} />
      </div>
    </>
  );
}

function CommandLine({ command }: { readonly command: CommandRecord }): ReactNode {
  const { actions } = useApp();
  const when = command.endedAt ?? command.startedAt ?? command.queuedAt;
  return (
    <li className="command-line">
      <CommandIcon state={command.state} />
      <div className="command-text">
        <div className="command-head">
          <span className="truncate">{command.label}</span>
          <span className="command-state">
            {STATE_TEXT[command.state]}
            {isEnded(command) && ` ${formatWhen(when, Date.now())}`}
          </span>
        </div>
        {command.state === 'running' && (
          <Progress label={`Progress of ${command.label}`} fraction={command.progress?.fraction} />
        )}
        {command.progress && !isEnded(command) && <div className="field-hint">{command.progress.text}</div>}
        {command.error && <CommandError error={command.error} machine={command.domain?.uuid} />}
      </div>
      {command.canCancel && !isEnded(command) && (
        <Button
          label={`Cancel ${command.label}`}
          icon={X}
          iconOnly
          small
          variant="quiet"
          onPress={() => void actions.cancelCommand(command.id)}
        />
      )}
    </li>
  );
}

interface ActivityPanelProps {
  readonly commands: readonly CommandRecord[];
  readonly jobs: readonly MachineJob[];
}

function ActivityPanel({ commands, jobs }: ActivityPanelProps): ReactNode {
  const { stores } = useApp();
  const ended = commands.filter(isEnded).map((command) => command.id);
  return (
    <section className="activity-panel" aria-label="Activity">
      <header>
        <h2>Activity</h2>
        <Button
          label="Clear finished"
          small
          variant="quiet"
          isDisabled={ended.length === 0}
          onPress={() => stores.commands.setState((state) => reduceDismiss(state, ended), true)}
        />
        <Button
          label="Close activity"
          icon={X}
          iconOnly
          small
          variant="quiet"
          onPress={() => stores.ui.setState({ isActivityOpen: false })}
        />
      </header>
      {commands.length + jobs.length === 0 ? (
        <p className="list-note">Nothing has been done yet.</p>
      ) : (
        <ul>
          {jobs.map(({ machine, job }) => (
            <BlockJobLine key={`${machine.uuid} ${job.target}`} machine={machine} job={job} />
          ))}
          {commands.map((command) => (
            <CommandLine key={command.id} command={command} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface NowProps {
  readonly active: readonly CommandRecord[];
  readonly jobs: readonly MachineJob[];
}

function Now({ active, jobs }: NowProps): ReactNode {
  const first = active.find((command) => command.state === 'running') ?? active[0];
  const job = jobs.find((one) => !one.job.isReady);
  if (!first) return job ? <BlockJobNow {...job} more={jobs.length - 1} /> : null;
  return (
    <span className="activity-now">
      <LoaderCircle size={13} className="spin" aria-hidden />
      <span className="truncate">{first.label}</span>
      {first.progress && <span className="truncate activity-progress-text">{first.progress.text}</span>}
      <Progress label={`Progress of ${first.label}`} fraction={first.progress?.fraction} />
      {active.length + jobs.length > 1 && <span>and {active.length + jobs.length - 1} more</span>}
    </span>
  );
}

function HostLine(): ReactNode {
  const host = useHost((state) => state.host);
  const running = useMachines((state) => {
    let count = 0;
    for (const machine of state.domains.values()) if (machine.isActive) count += 1;
    return count;
  });
  if (!host) return <span className="activity-host" />;
  const facts = [
    host.accelerator === 'kvm' ? 'KVM' : 'Software emulation',
    host.emulatorVersion ? `QEMU ${host.emulatorVersion}` : 'QEMU not found',
    running === 0 ? 'nothing running' : `${plural(running, 'machine')} running`,
  ];
  return (
    <span className="activity-host truncate" title={`${host.hostName}: ${host.cpuModel}`}>
      {facts.join(' · ')}
    </span>
  );
}

export function ActivityBar(): ReactNode {
  const { stores } = useApp();
  const state = useCommands((commands) => commands);
  const isOpen = useUi((ui) => ui.isActivityOpen);
  const commands = useMemo(() => visibleCommands(state), [state]);
  const active = commands.filter((command) => !isEnded(command));
  const jobs = useMachineJobs();
  const busy = active.length + jobs.length;
  const failed = commands.filter((command) => command.state === 'failed').length;
  return (
    <div className="activity">
      {isOpen && <ActivityPanel commands={commands} jobs={jobs} />}
      <div className="activity-bar">
        <HostLine />
        <Now active={active} jobs={jobs} />
        <Button
          label={busy > 0 ? `Activity (${busy})` : failed > 0 ? `Activity (${failed} failed)` : 'Activity'}
          icon={ChevronUp}
          small
          variant="quiet"
          className={isOpen ? 'open' : ''}
          onPress={() => stores.ui.setState({ isActivityOpen: !isOpen })}
        />
      </div>
    </div>
  );
}
