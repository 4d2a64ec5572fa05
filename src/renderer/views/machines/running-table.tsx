// What runs now, the hungriest first: the answer to "which machine eats my CPU?".
import type { ReactNode } from 'react';
import { useMachines, useStats } from '../../app-context.ts';
import { Sparkline } from '../../components/sparkline.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { formatDuration, formatKiB, formatPercent } from '../../format/quantity.ts';
import { displayName } from '../../format/state.ts';
import { formatRoute } from '../../routes.ts';
import { sortMachines } from './machine-order.ts';

const SHOWN = 100;

export function RunningTable(): ReactNode {
  const domains = useMachines((state) => state.domains);
  const series = useStats((state) => state.series);
  const active = [...domains.values()].filter((machine) => machine.isActive || machine.problem);
  const rows = sortMachines(active, 'cpu', (uuid) => series.get(uuid)?.cpuPercent.at(-1) ?? -1).slice(0, SHOWN);
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
          const cpu = own?.cpuPercent.at(-1);
          const resident = own?.residentKiB.at(-1);
          return (
            <tr key={machine.uuid}>
              <th scope="row">
                <a href={formatRoute({ kind: 'machine', uuid: machine.uuid, isDetached: false })}>
                  {displayName(machine)}
                </a>
                <div className="field-hint">{machine.osName}</div>
              </th>
              <td>
                <StateBadge state={machine.state} />
              </td>
              <td>
                {machine.isActive && (
                  <span className="cell-cpu">
                    <Sparkline values={own?.cpuPercent ?? []} label="CPU" width={90} height={22} />
                    {cpu === undefined ? '' : formatPercent(cpu)}
                  </span>
                )}
              </td>
              <td>
                {machine.isActive && resident !== undefined && (
                  <>
                    {formatKiB(resident)} <span className="field-hint">of {formatKiB(machine.memoryKiB)}</span>
                  </>
                )}
              </td>
              <td>
                {machine.isActive && machine.startedAt !== undefined && formatDuration(Date.now() - machine.startedAt)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
