// A console in a window of its own: nothing but the screen.

import { MonitorOff } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { useMachines } from '../../app-context.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { displayName } from '../../format/state.ts';
import { VncTab } from '../console/vnc-tab.tsx';

export function DetachedConsole({ uuid }: { readonly uuid: string }): ReactNode {
  const machine = useMachines((state) => state.domains.get(uuid));
  const status = useMachines((state) => state.status);
  const title = machine ? displayName(machine) : 'Vivarium';
  useEffect(() => {
    document.title = title;
  }, [title]);
  if (machine) return <VncTab machine={machine} isDetached />;
  return status === 'loading' ? null : <EmptyState icon={MonitorOff} title="This machine is not here any more" />;
}
