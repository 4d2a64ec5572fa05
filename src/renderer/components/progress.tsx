// A bar for how far something is; without a figure it moves.
import type { ReactNode } from 'react';
import { ProgressBar } from 'react-aria-components';

export function Progress({
  label,
  fraction,
}: {
  readonly label: string;
  readonly fraction?: number | undefined;
}): ReactNode {
  const isUnknown = fraction === undefined;
  return (
    <ProgressBar aria-label={label} isIndeterminate={isUnknown} value={(fraction ?? 0) * 100}>
      {({ percentage }) => (
        <div className={isUnknown ? 'progress indeterminate' : 'progress'}>
          <div className="progress-fill" style={isUnknown ? {} : { width: `${percentage ?? 0}%` }} />
        </div>
      )}
    </ProgressBar>
  );
}
