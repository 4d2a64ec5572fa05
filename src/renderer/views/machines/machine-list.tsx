// The list box of machines: drawn only where it is seen, moved through by keyboard, several can be chosen. Focus stays on the box itself;
// aria-activedescendant says which option is meant.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { ContextMenu } from '../../components/menu.tsx';
import { listMove } from './list-keys.ts';
import { machineMenuRows } from './machine-menu.ts';
import { findByPrefix } from './machine-order.ts';
import { MachineRow } from './machine-row.tsx';
import { useMachineCommands } from './use-machine-commands.ts';

export const ROW_HEIGHT = 44;
const FIND_PAUSE_MS = 700;
const optionId = (uuid: string): string => `machine-${uuid}`;

export interface MachineListProps {
  readonly machines: readonly DomainSummary[];
  /** UUID of the machine whose page is shown. */
  readonly current: string | undefined;
  readonly selection: ReadonlySet<string>;
  readonly onShow: (uuid: string) => void;
  readonly onOpen: (uuid: string) => void;
  readonly onSelect: (uuids: ReadonlySet<string>) => void;
}

interface MenuPlace {
  readonly uuid: string;
  readonly x: number;
  readonly y: number;
}

const range = (machines: readonly DomainSummary[], from: number, to: number): ReadonlySet<string> =>
  new Set(machines.slice(Math.min(from, to), Math.max(from, to) + 1).map((machine) => machine.uuid));

/** Keys of the list box. What moves also shows the machine, as in a mail program. */
function useListKeys(props: MachineListProps, box: HTMLDivElement | null, openMenu: (uuid: string) => void) {
  const commands = useMachineCommands();
  const anchor = useRef(0);
  const typed = useRef({ text: '', at: 0 });
  const { machines, current, selection } = props;
  const index = machines.findIndex((machine) => machine.uuid === current);
  const goTo = (to: number, isExtending: boolean): void => {
    const machine = machines[to];
    if (!machine) return;
    if (!isExtending) anchor.current = to;
    props.onSelect(isExtending ? range(machines, anchor.current, to) : new Set());
    props.onShow(machine.uuid);
  };
  const find = (letter: string): void => {
    const isFresh = Date.now() - typed.current.at > FIND_PAUSE_MS;
    const text = isFresh ? letter : typed.current.text + letter;
    typed.current = { text, at: Date.now() };
    const found = findByPrefix(machines, text, text.length === 1 ? index + 1 : Math.max(0, index));
    if (found !== undefined) goTo(found, false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
    const pageSize = Math.max(1, Math.floor((box?.clientHeight ?? ROW_HEIGHT) / ROW_HEIGHT) - 1);
    const move = listMove(
      { key, ctrl: ctrlKey || metaKey, shift: shiftKey, alt: altKey },
      { index, length: machines.length, pageSize },
    );
    if (move.kind === 'nothing') return;
    event.preventDefault();
    if (move.kind === 'move') goTo(move.to, move.extends);
    if (move.kind === 'all') props.onSelect(new Set(machines.map((machine) => machine.uuid)));
    if (move.kind === 'find') find(move.text);
    if (current === undefined || index < 0) return;
    if (move.kind === 'toggle') props.onSelect(toggled(selection, current, current));
    if (move.kind === 'open') props.onOpen(current);
    if (move.kind === 'delete') commands.ask('delete', current);
    if (move.kind === 'menu') openMenu(current);
  };
  const onClick = (event: MouseEvent): void => {
    const uuid = uuidAt(event);
    const at = machines.findIndex((machine) => machine.uuid === uuid);
    if (uuid === undefined || at < 0) return;
    if (event.shiftKey) props.onSelect(range(machines, anchor.current, at));
    else if (event.ctrlKey || event.metaKey) props.onSelect(toggled(selection, uuid, current));
    else return goTo(at, false);
    if (current === undefined) props.onShow(uuid);
  };
  return { onKeyDown, onClick, index };
}

const uuidAt = (event: MouseEvent): string | undefined =>
  event.target instanceof Element
    ? (event.target.closest('[data-uuid]')?.getAttribute('data-uuid') ?? undefined)
    : undefined;

/** The selection with `uuid` flipped; the machine that is shown counts as chosen from the start. */
function toggled(selection: ReadonlySet<string>, uuid: string, current: string | undefined): ReadonlySet<string> {
  const next = new Set(selection.size === 0 && current !== undefined && current !== uuid ? [current] : selection);
  if (next.has(uuid)) next.delete(uuid);
  else next.add(uuid);
  return next;
}

export function MachineList(props: MachineListProps): ReactNode {
  const { machines, current, selection } = props;
  const [box, setBox] = useState<HTMLDivElement | null>(null);
  const [menu, setMenu] = useState<MenuPlace>();
  const commands = useMachineCommands();
  const rows = useVirtualizer({
    count: machines.length,
    getScrollElement: () => box,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    getItemKey: (index) => machines[index]?.uuid ?? index,
  });
  const openMenuAtRow = (uuid: string): void => {
    const place = document.getElementById(optionId(uuid))?.getBoundingClientRect();
    setMenu({ uuid, x: (place?.left ?? 0) + 32, y: (place?.top ?? 0) + 28 });
  };
  const { onKeyDown, onClick, index } = useListKeys(props, box, openMenuAtRow);
  useEffect(() => {
    if (index >= 0) rows.scrollToIndex(index, { align: 'auto' });
  }, [index, rows]);
  const onContextMenu = (event: MouseEvent): void => {
    event.preventDefault();
    const uuid = uuidAt(event);
    if (uuid) setMenu({ uuid, x: event.clientX, y: event.clientY });
  };
  const menuMachine = machines.find((machine) => machine.uuid === menu?.uuid);
  return (
    <>
      <div
        ref={setBox}
        className="machine-list"
        role="listbox"
        aria-label="Machines"
        aria-multiselectable
        tabIndex={0}
        {...(index >= 0 && current ? { 'aria-activedescendant': optionId(current) } : {})}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onDoubleClick={(event) => props.onOpen(uuidAt(event) ?? current ?? '')}
        onContextMenu={onContextMenu}
      >
        <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((item) => {
            const machine = machines[item.index];
            if (!machine) return null;
            return (
              <MachineRow
                key={machine.uuid}
                id={optionId(machine.uuid)}
                machine={machine}
                isSelected={selection.size > 0 ? selection.has(machine.uuid) : machine.uuid === current}
                isActive={machine.uuid === current}
                position={item.index + 1}
                total={machines.length}
                top={item.start}
              />
            );
          })}
        </div>
      </div>
      {menu && menuMachine && (
        <ContextMenu
          label={`Actions of ${menuMachine.name}`}
          at={menu}
          onClose={() => setMenu(undefined)}
          rows={machineMenuRows({ machine: menuMachine, commands, onOpen: () => props.onOpen(menuMachine.uuid) })}
        />
      )}
    </>
  );
}
