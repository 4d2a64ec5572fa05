// The Console tab: the machine's screen, or why there is none.
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { ConsoleOff } from './console-off.tsx';
import { VncView } from './vnc-view.tsx';

export function VncTab({
  machine,
  isDetached = false,
}: {
  readonly machine: DomainSummary;
  readonly isDetached?: boolean;
}): ReactNode {
  return machine.isActive ? <VncView machine={machine} isDetached={isDetached} /> : <ConsoleOff machine={machine} />;
}
