// A live graph of the last minutes by uPlot: one line with its area, or two lines that are told apart by colour and by dashes. Colours come from the page's
// own, and are taken anew when the system changes between light and dark.
import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface LiveChartProps {
  /** ms since the epoch. */
  readonly at: readonly number[];
  /** One or two lines; undefined is a gap. */
  readonly lines: readonly (readonly (number | undefined)[])[];
  readonly label: string;
  readonly max: number;
  readonly format: (value: number) => string;
  readonly heightPx?: number;
}

const HEIGHT_PX = 118;
const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const lineOptions = (isSecond: boolean): uPlot.Series => {
  const stroke = color(isSecond ? '--second' : '--accent');
  const shape = isSecond ? { dash: [4, 3] } : { fill: `color-mix(in srgb, ${stroke}, transparent 86%)` };
  return { stroke, width: 1.5, points: { show: false }, ...shape };
};

function chartOptions(latest: () => LiveChartProps, width: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: color('--text-3'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: latest().heightPx ?? HEIGHT_PX,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: () => [0, latest().max] } },
    axes: [
      {
        ...axis,
        size: 22,
        space: 64,
        incrs: [5, 10, 15, 30, 60, 120, 300],
        grid: { show: false },
        values: '{HH}:{mm}:{ss}',
      },
      {
        ...axis,
        size: 74,
        splits: () => [0, latest().max / 2, latest().max],
        values: (_, splits) => splits.map(latest().format),
      },
    ],
    series: [{}, ...latest().lines.map((_, index) => lineOptions(index > 0))],
  };
}

const dataOf = ({ at, lines }: LiveChartProps): uPlot.AlignedData => [
  at.map((time) => time / 1000),
  ...lines.map((values) => [...values]),
];

export function LiveChart(props: LiveChartProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { at, lines } = props;
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const width = (): number => Math.max(120, place.clientWidth);
    const make = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(
        chartOptions(() => latest.current, width()),
        dataOf(latest.current),
        place,
      );
    };
    make();
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    const observer = new ResizeObserver(() =>
      chart.current?.setSize({ width: width(), height: latest.current.heightPx ?? HEIGHT_PX }),
    );
    observer.observe(place);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', make);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new samples are what calls for drawing; each brings all lines
  useEffect(() => {
    chart.current?.setData(dataOf(latest.current));
  }, [at, lines[0]]);
  return <div ref={box} className="live-chart" role="img" aria-label={props.label} />;
}
