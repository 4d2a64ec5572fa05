// Live figures of a running machine: processors, memory, disks, network. While they are shown the engine measures disks and network as well.
import { type ReactNode, useEffect } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useStats } from '../../app-context.ts';
import { ChartFrame, LiveChart } from '../../components/live-chart.tsx';
import { formatKiB, formatPercent, plural } from '../../format/quantity.ts';
import { formatRate, isMeasured, type Rates, rateScale } from '../../format/rates.ts';
import type { StatsSeries } from '../../store/stats.ts';
import { watchMachine } from '../../store/watch.ts';

const MEASURING = 'measuring…';

function useWatch({ uuid, isActive }: DomainSummary): void {
  const { connection, stores } = useApp();
  useEffect(() => {
    if (!isActive) return;
    const isVisible = (): boolean => document.visibilityState === 'visible';
    const watch = watchMachine({ connection, stores, uuid, isVisible });
    return () => watch.dispose();
  }, [connection, stores, uuid, isActive]);
}

interface FigureProps {
  readonly title: string;
  readonly now: ReactNode;
  readonly children: ReactNode;
}

function Figure({ title, now, children }: FigureProps): ReactNode {
  return (
    <figure className="card">
      <figcaption>
        <h3>{title}</h3>
        <span className="usage-now">{now}</span>
      </figcaption>
      {children}
    </figure>
  );
}

interface RateChartProps {
  readonly title: string;
  readonly label: string;
  readonly at: readonly number[];
  readonly first: { readonly name: string; readonly values: Rates };
  readonly second: { readonly name: string; readonly values: Rates };
}

/** Two directions: each with its name, the mark of its line, and what it is now. */
function RateChart({ title, label, at, first, second }: RateChartProps): ReactNode {
  const lines = [first.values, second.values];
  const key = ({ name, values }: RateChartProps['first'], mark: string): ReactNode => (
    <span className={`rate-key ${mark}`}>
      {name} <b>{formatRate(values.at(-1) ?? 0)}</b>
    </span>
  );
  const now = isMeasured(lines) ? (
    <>
      {key(first, 'first')}
      {key(second, 'second')}
    </>
  ) : (
    MEASURING
  );
  return (
    <Figure title={title} now={now}>
      <LiveChart at={at} lines={lines} label={label} max={rateScale(lines)} format={formatRate} />
    </Figure>
  );
}

function Network({ machine, series }: { readonly machine: DomainSummary; readonly series: StatsSeries }): ReactNode {
  const { at, netRxBps, netTxBps } = series;
  // Disks are measured in the same breath: with their figures there and none of the network's, it has none.
  if (!isMeasured([netRxBps, netTxBps]))
    return isMeasured([series.diskReadBps]) ? (
      <Figure title="Network" now="not measured">
        <p className="field-hint usage-hint">
          QEMU does not count what goes through its own user network. With a network card on a bridge there is a graph
          here.
        </p>
      </Figure>
    ) : null;
  return (
    <RateChart
      title="Network"
      label={`Network use of ${machine.name}`}
      at={at}
      first={{ name: 'In', values: netRxBps }}
      second={{ name: 'Out', values: netTxBps }}
    />
  );
}

/** QEMU needs some of its own: what it takes may be more than the machine has. */
const memoryText = (resident: number, given: number): string =>
  resident > given
    ? `${formatKiB(resident)}, ${formatKiB(given)} given`
    : `${formatKiB(resident)} of ${formatKiB(given)}`;

/** In halves of what the machine has, so that the scale is short to read. */
const memoryScale = (given: number, resident: readonly number[]): number =>
  Math.max(2, Math.ceil((2 * Math.max(0, ...resident)) / given)) * (given / 2);

function Charts({ machine, series }: { readonly machine: DomainSummary; readonly series: StatsSeries }): ReactNode {
  const { at, cpuPercent, residentKiB } = series;
  const cpu = cpuPercent.at(-1) ?? 0;
  const resident = residentKiB.at(-1) ?? 0;
  return (
    <div className="usage">
      <Figure title="CPU" now={`${formatPercent(cpu)} of ${plural(machine.vcpus, 'CPU')}`}>
        <LiveChart at={at} lines={[cpuPercent]} label={`CPU use of ${machine.name}`} max={100} format={formatPercent} />
      </Figure>
      <Figure title="Memory in use" now={memoryText(resident, machine.memoryKiB)}>
        <LiveChart
          at={at}
          lines={[residentKiB]}
          label={`Memory of ${machine.name} on this computer`}
          max={memoryScale(machine.memoryKiB, residentKiB)}
          format={formatKiB}
        />
      </Figure>
      <RateChart
        title="Disks"
        label={`Disk use of ${machine.name}`}
        at={at}
        first={{ name: 'Read', values: series.diskReadBps }}
        second={{ name: 'Write', values: series.diskWriteBps }}
      />
      <Network machine={machine} series={series} />
    </div>
  );
}

const EmptyChart = (): ReactNode => (
  <div className="live-chart">
    <ChartFrame top="" middle="" />
  </div>
);

export function Usage({ machine }: { readonly machine: DomainSummary }): ReactNode {
  useWatch(machine);
  const series = useStats((state) => state.series.get(machine.uuid));
  if (!machine.isActive) return null;
  if (!series)
    return (
      <div className="usage" aria-busy="true">
        <Figure title="CPU" now={MEASURING}>
          <EmptyChart />
        </Figure>
        <Figure title="Memory in use" now={MEASURING}>
          <EmptyChart />
        </Figure>
      </div>
    );
  return <Charts machine={machine} series={series} />;
}
