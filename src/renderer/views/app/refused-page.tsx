// A browser tab that has no token: it can not do anything, so it says how to open one that can.
import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { EmptyState } from '../../components/empty-state.tsx';

export function RefusedPage(): ReactNode {
  return (
    <main className="refused">
      <EmptyState icon={KeyRound} title="Open Vivarium from the terminal">
        This tab has no permission to control your machines. Run <code className="mono">npm start</code> in Vivarium’s
        folder: it opens a window, or prints an address that works once.
      </EmptyState>
    </main>
  );
}
