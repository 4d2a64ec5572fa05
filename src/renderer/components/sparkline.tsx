// A small live graph: the last samples from the right, 0–100.
import type { ReactNode } from 'react';

export interface SparklineProps {
  readonly values: readonly number[];
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
  /** How many samples the width stands for. */
  readonly span?: number;
}

/** SVG path of the line, newest sample at the right edge. Exported for its test. */
export function sparklinePath(values: readonly number[], width: number, height: number, span: number): string {
  const shown = values.slice(-span);
  const step = width / Math.max(1, span - 1);
  const start = width - (shown.length - 1) * step;
  return shown
    .map((value, index) => {
      const share = Math.min(100, Math.max(0, value)) / 100;
      const x = (start + index * step).toFixed(1);
      const y = (height - 1 - share * (height - 2)).toFixed(1);
      return `${index === 0 ? 'M' : 'L'}${x} ${y}`;
    })
    .join('');
}

export function Sparkline({ values, label, width = 56, height = 20, span = 60 }: SparklineProps): ReactNode {
  const line = sparklinePath(values, width, height, span);
  const first = /^M([\d.-]+)/.exec(line)?.[1] ?? '0';
  return (
    <svg className="sparkline" width={width} height={height} role="img" aria-label={label}>
      {line !== '' && (
        <>
          <path d={`${line}L${width} ${height}L${first} ${height}Z`} className="sparkline-area" />
          <path d={line} className="sparkline-line" />
        </>
      )}
    </svg>
  );
}
