// A live graph of the last minutes: one line with its area, or two lines that are told apart by colour and by dashes. A new sample changes the paths and nothing else:
// the scale is text that seldom changes, and time counts back from now.
import { memo, type ReactNode } from 'react';
import { CHART_HEIGHT, chartPath } from '../format/chart-path.ts';
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
const SPAN_MS = MINUTES[0] * 60_000;
const BOX = `0 0 ${SPAN_MS / 1000} ${CHART_HEIGHT}`;

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

export function LiveChart({ at, lines, label, max, format }: LiveChartProps): ReactNode {
  const [first, second] = lines.map((values) => chartPath(values, { at, spanMs: SPAN_MS, max }));
  return (
    <div className="live-chart" role="img" aria-label={label}>
      <ChartFrame top={format(max)} middle={format(max / 2)}>
        <svg viewBox={BOX} preserveAspectRatio="none" aria-hidden>
          <path className="chart-area" d={first?.area} />
          <path className="chart-line" d={first?.line} />
          {second && <path className="chart-line second" d={second.line} />}
        </svg>
      </ChartFrame>
    </div>
  );
}
