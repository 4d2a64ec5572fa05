// What runs now, the hungriest first: the answer to "which machine eats my CPU?".
import { memo, type ReactNode, useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useMachines, useStats } from '../../app-context.ts';
import { Sparkline } from '../../components/sparkline.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { formatDuration, formatKiB, formatPercent } from '../../format/quantity.ts';
import { asSentence } from '../../format/sentence.ts';
import { displayName } from '../../format/state.ts';
import { formatRoute } from '../../routes.ts';
import { cpuRank } from '../../store/stats.ts';
import { sortMachines } from './machine-order.ts';

const SHOWN = 100;

/** Follows the samples by itself, so that a new one draws the figures of one row and not the table. */
function Figures({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const series = useStats((state) => state.series.get(machine.uuid));
  const cpu = series?.cpuPercent.at(-1);
  const resident = series?.residentKiB.at(-1);
  return (
    <>
      <td>
        <span className="cell-cpu">
          <Sparkline values={series?.cpuPercent ?? []} label="CPU" width={90} height={22} />
          <span className="cell-percent">{cpu === undefined ? '' : formatPercent(cpu)}</span>
        </span>
      </td>
      <td>
        {resident !== undefined && (
          <>
            {formatKiB(resident)} <span className="field-hint">of {formatKiB(machine.memoryKiB)}</span>
          </>
        )}
      </td>
      <td>
        <span className="cell-time">
          {machine.startedAt !== undefined && formatDuration(Date.now() - machine.startedAt)}
        </span>
      </td>
    </>
  );
}

const RunningRow = memo(function RunningRow({ machine }: { readonly machine: DomainSummary }): ReactNode {
  return (
    <tr>
      <th scope="row">
        <a href={formatRoute({ kind: 'machine', uuid: machine.uuid, isDetached: false })}>{displayName(machine)}</a>
        <div className="field-hint">{machine.osName}</div>
      </th>
      <td>
        <StateBadge machine={machine} />
      </td>
      {machine.isActive ? (
        <Figures machine={machine} />
      ) : (
        <td colSpan={3} className="table-problem">
          {asSentence(machine.problem?.message ?? '')}
        </td>
      )}
    </tr>
  );
});

/** Those that run or have a problem, in an order that a sample changes only where it matters. */
function useRows(): readonly DomainSummary[] {
  const domains = useMachines((state) => state.domains);
  const active = useMemo(
    () => [...domains.values()].filter((machine) => machine.isActive || machine.problem),
    [domains],
  );
  return useStats(
    useShallow(({ series }) => sortMachines(active, 'cpu', (uuid) => cpuRank(series.get(uuid))).slice(0, SHOWN)),
  );
}

export function RunningTable(): ReactNode {
  const rows = useRows();
  if (rows.length === 0)
    return <p className="field-hint">No machine is running. Choose one on the left to start it.</p>;
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">State</th>
          <th scope="col">CPU</th>
          <th scope="col">Memory in use</th>
          <th scope="col">Running for</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((machine) => (
          <RunningRow key={machine.uuid} machine={machine} />
        ))}
      </tbody>
    </table>
  );
}
