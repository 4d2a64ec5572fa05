// A live graph of the last minutes by uPlot: one line with its area, or two lines that are told apart by colour and by dashes. A new sample draws the lines and nothing
// else: the scale is text of the page that seldom changes, and time counts back from now. Colours come from the page's own, and are taken anew when the system changes
// between light and dark.
import { memo, type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './live-chart.css';

export interface LiveChartProps {
  /** ms since the epoch. */
  readonly at: readonly number[];
  /** One or two lines; undefined is a gap. */
  readonly lines: readonly (readonly (number | undefined)[])[];
  readonly label: string;
  readonly max: number;
  readonly format: (value: number) => string;
}

const MINUTES = [5, 4, 3, 2, 1] as const;
const SPAN_S = MINUTES[0] * 60;

const Scale = memo(function Scale({ top, middle }: { readonly top: string; readonly middle: string }): ReactNode {
  return (
    <div className="chart-scale">
      <span>{top}</span>
      <span>{middle}</span>
      <span>0</span>
    </div>
  );
});

const Times = memo(function Times(): ReactNode {
  return (
    <div className="chart-times">
      {MINUTES.map((minutes) => (
        <span key={minutes}>{minutes} min</span>
      ))}
      <span>now</span>
    </div>
  );
});

/** The frame of a graph, also of one that has no figures yet. */
export function ChartFrame({ top, middle, children }: ChartFrameProps): ReactNode {
  return (
    <>
      <Scale top={top} middle={middle} />
      <div className="chart-plot">{children}</div>
      <Times />
    </>
  );
}

interface ChartFrameProps {
  readonly top: string;
  readonly middle: string;
  readonly children?: ReactNode;
}

const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const lineOptions = (isSecond: boolean): uPlot.Series => {
  const stroke = color(isSecond ? '--second' : '--accent');
  const shape = isSecond ? { dash: [4, 3] } : { fill: `color-mix(in srgb, ${stroke}, transparent 86%)` };
  return { stroke, width: 1.5, points: { show: false }, ...shape };
};

type Latest = () => LiveChartProps;

const chartOptions = (latest: Latest, size: { readonly width: number; readonly height: number }): uPlot.Options => ({
  ...size,
  padding: [0, 0, 0, 0],
  legend: { show: false },
  cursor: { show: false },
  scales: {
    x: { time: false, range: (_, _first, last) => [last - SPAN_S, last] },
    y: { range: () => [0, latest().max] },
  },
  axes: [{ show: false }, { show: false }],
  series: [{}, ...latest().lines.map((_, index) => lineOptions(index > 0))],
});

const dataOf = ({ at, lines }: LiveChartProps): uPlot.AlignedData => [
  at.map((time) => time / 1000),
  ...lines.map((values) => [...values]),
];

/** uPlot's canvas, as large as its box. Returns what sets its data. */
function usePlot(props: LiveChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const size = () => ({ width: Math.max(40, place.clientWidth), height: Math.max(20, place.clientHeight) });
    const make = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(
        chartOptions(() => latest.current, size()),
        dataOf(latest.current),
        place,
      );
    };
    make();
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    const observer = new ResizeObserver(() => chart.current?.setSize(size()));
    observer.observe(place);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', make);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, []);
  const { at, lines } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: new samples are what calls for drawing; each brings all lines
  useEffect(() => {
    chart.current?.setData(dataOf(latest.current));
  }, [at, lines[0]]);
  return box;
}

export function LiveChart(props: LiveChartProps): ReactNode {
  const { label, max, format } = props;
  const box = usePlot(props);
  return (
    <div className="live-chart" role="img" aria-label={label}>
      <ChartFrame top={format(max)} middle={format(max / 2)}>
        <div ref={box} className="chart-lines" aria-hidden />
      </ChartFrame>
    </div>
  );
}
