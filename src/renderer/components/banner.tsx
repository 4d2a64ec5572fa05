// A message that stays in its place: what happened, what to do, and more for who wants it.
import { CircleAlert, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { asSentence } from '../format/sentence.ts';

export type BannerTone = 'bad' | 'warn' | 'info';

const ICONS: Readonly<Record<BannerTone, LucideIcon>> = { bad: CircleAlert, warn: TriangleAlert, info: Info };

export interface BannerProps {
  readonly tone: BannerTone;
  readonly title?: string | undefined;
  readonly children?: ReactNode;
  readonly detail?: string | undefined;
  readonly actions?: ReactNode;
  /** At the right edge, such as a close button. */
  readonly end?: ReactNode;
  readonly detailLabel?: string;
}

export function Banner(props: BannerProps): ReactNode {
  const Icon = ICONS[props.tone];
  return (
    <div className={`banner ${props.tone}`} role={props.tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={16} aria-hidden />
      <div className="banner-body">
        {props.title && <div className="banner-title">{asSentence(props.title)}</div>}
        {props.children}
        {props.detail && (
          <details className="details-toggle">
            <summary>{props.detailLabel ?? 'Details'}</summary>
            <pre>{props.detail}</pre>
          </details>
        )}
        {props.actions && <div className="banner-actions">{props.actions}</div>}
      </div>
      {props.end}
    </div>
  );
}
