// What runs now, the hungriest first: the answer to "which machine eats my CPU?".
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useMachines, useStats } from '../../app-context.ts';
import { Sparkline } from '../../components/sparkline.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { formatDuration, formatKiB, formatPercent } from '../../format/quantity.ts';
import { asSentence } from '../../format/sentence.ts';
import { displayName } from '../../format/state.ts';
import { formatRoute } from '../../routes.ts';
import { cpuRank, type StatsSeries } from '../../store/stats.ts';
import { sortMachines } from './machine-order.ts';

const SHOWN = 100;

interface FiguresProps {
  readonly machine: DomainSummary;
  readonly series: StatsSeries | undefined;
}

function Figures({ machine, series }: FiguresProps): ReactNode {
  const cpu = series?.cpuPercent.at(-1);
  const resident = series?.residentKiB.at(-1);
  return (
    <>
      <td>
        <span className="cell-cpu">
          <Sparkline values={series?.cpuPercent ?? []} label="CPU" width={90} height={22} />
          {cpu === undefined ? '' : formatPercent(cpu)}
        </span>
      </td>
      <td>
        {resident !== undefined && (
          <>
            {formatKiB(resident)} <span className="field-hint">of {formatKiB(machine.memoryKiB)}</span>
          </>
        )}
      </td>
      <td>{machine.startedAt !== undefined && formatDuration(Date.now() - machine.startedAt)}</td>
    </>
  );
}

export function RunningTable(): ReactNode {
  const domains = useMachines((state) => state.domains);
  const series = useStats((state) => state.series);
  const active = [...domains.values()].filter((machine) => machine.isActive || machine.problem);
  const rows = sortMachines(active, 'cpu', (uuid) => cpuRank(series.get(uuid))).slice(0, SHOWN);
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
        {rows.map((machine) => {
          const own = series.get(machine.uuid);
          return (
            <tr key={machine.uuid}>
              <th scope="row">
                <a href={formatRoute({ kind: 'machine', uuid: machine.uuid, isDetached: false })}>
                  {displayName(machine)}
                </a>
                <div className="field-hint">{machine.osName}</div>
              </th>
              <td>
                <StateBadge machine={machine} />
              </td>
              {machine.isActive ? (
                <Figures machine={machine} series={own} />
              ) : (
                <td colSpan={3} className="table-problem">
                  {asSentence(machine.problem?.message ?? '')}
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
