// Where a console's tools go: the right end of the tab row, or the bar over a full screen.
import { createContext, type ReactNode, useContext } from 'react';
import { createPortal } from 'react-dom';

export const ToolsContext = createContext<HTMLElement | null>(null);

export function ToolsSlot({ children }: { readonly children: ReactNode }): ReactNode {
  const place = useContext(ToolsContext);
  return place ? createPortal(children, place) : null;
}
