// A live graph of the last minutes by uPlot. Colours come from the page's own, and are taken anew when the system changes between light and dark.
import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface LiveChartProps {
  /** ms since the epoch. */
  readonly at: readonly number[];
  readonly values: readonly number[];
  readonly label: string;
  readonly max: number;
  readonly format: (value: number) => string;
  readonly heightPx?: number;
}

const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function chartOptions(props: LiveChartProps, width: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: color('--text-3'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: props.heightPx ?? 150,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: () => [0, props.max] } },
    axes: [
      { ...axis, size: 22, space: 80, grid: { show: false }, values: '{HH}:{mm}:{ss}' },
      {
        ...axis,
        size: 62,
        splits: () => [0, props.max / 2, props.max],
        values: (_, splits) => splits.map(props.format),
      },
    ],
    series: [
      {},
      {
        stroke: color('--accent'),
        width: 1.5,
        fill: `color-mix(in srgb, ${color('--accent')}, transparent 86%)`,
        points: { show: false },
      },
    ],
  };
}

export function LiveChart(props: LiveChartProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { at, values } = props;
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const make = (): void => {
      chart.current?.destroy();
      const data: uPlot.AlignedData = [latest.current.at.map((time) => time / 1000), [...latest.current.values]];
      chart.current = new uPlot(chartOptions(latest.current, Math.max(120, place.clientWidth)), data, place);
    };
    make();
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    const observer = new ResizeObserver(() =>
      chart.current?.setSize({ width: Math.max(120, place.clientWidth), height: latest.current.heightPx ?? 150 }),
    );
    observer.observe(place);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', make);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, []);
  useEffect(() => {
    chart.current?.setData([at.map((time) => time / 1000), [...values]]);
  }, [at, values]);
  return <div ref={box} className="live-chart" role="img" aria-label={props.label} />;
}
