// One line of the list: state, name, system, live CPU. It is an option of the list box; the list handles every key and click.
import { TriangleAlert } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useCommands, useStats } from '../../app-context.ts';
import { Sparkline } from '../../components/sparkline.tsx';
import { StateIcon } from '../../components/state-badge.tsx';
import { busyText } from '../../format/busy.ts';
import { formatPercent } from '../../format/quantity.ts';
import { displayName, machineStateText, stateLook } from '../../format/state.ts';
import { commandOf } from '../../store/commands.ts';

export interface MachineRowProps {
  readonly machine: DomainSummary;
  readonly id: string;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  readonly position: number;
  readonly total: number;
  readonly top: number;
}

function CpuGraph({ uuid }: { readonly uuid: string }): ReactNode {
  const series = useStats((state) => state.series.get(uuid));
  const values = series?.cpuPercent ?? [];
  const now = values.at(-1);
  return (
    <span className="row-cpu">
      <Sparkline values={values} label={now === undefined ? 'CPU: no figures yet' : `CPU ${formatPercent(now)}`} />
      <span className="row-percent" aria-hidden>
        {now === undefined ? '' : formatPercent(now)}
      </span>
    </span>
  );
}

export const MachineRow = memo(function MachineRow(props: MachineRowProps): ReactNode {
  const { machine, isSelected, isActive } = props;
  const command = useCommands((state) => commandOf(state, machine));
  const name = displayName(machine);
  const state = command ? busyText(command, machine) : machineStateText(machine);
  const second = [state, machine.osName].filter(Boolean).join(' · ');
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: focus stays on the list box, which points here by aria-activedescendant
    <div
      role="option"
      id={props.id}
      data-uuid={machine.uuid}
      className={`machine-row ${isSelected ? 'selected' : ''} ${isActive ? 'active' : ''}`}
      aria-selected={isSelected}
      aria-posinset={props.position}
      aria-setsize={props.total}
      aria-label={[name, machineStateText(machine), machine.osName, machine.problem && 'has a problem']
        .filter(Boolean)
        .join(', ')}
      style={{ transform: `translateY(${props.top}px)` }}
      title={name}
    >
      <span className={`row-state state ${stateLook(machine)}`}>
        <StateIcon machine={machine} size={15} />
      </span>
      <span className="row-text">
        <span className="row-name truncate">{name}</span>
        <span className="row-second truncate">
          {machine.problem && !machine.isActive && <TriangleAlert size={12} aria-hidden className="row-problem" />}
          {second}
        </span>
      </span>
      {machine.isActive && <CpuGraph uuid={machine.uuid} />}
    </div>
  );
});
