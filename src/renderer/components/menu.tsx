// Menus from plain rows: under a button, or at the place of a right click. Disabled rows say why in their hint.
import type { LucideIcon } from 'lucide-react';
import { Check } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import {
  Button as AriaButton,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  Separator,
  Tooltip,
  TooltipTrigger,
} from 'react-aria-components';

export type MenuRow =
  | { readonly kind: 'separator'; readonly id: string }
  | {
      readonly kind: 'item';
      readonly id: string;
      readonly label: string;
      readonly icon?: LucideIcon | undefined;
      readonly hint?: string | undefined;
      readonly isDanger?: boolean | undefined;
      readonly isDisabled?: boolean | undefined;
      /** Present on rows of a choice: the chosen one has a tick. */
      readonly isChecked?: boolean | undefined;
      readonly onAction: () => void;
    };

export interface MenuListProps {
  readonly label: string;
  readonly rows: readonly MenuRow[];
}

function MenuLine({ row }: { readonly row: Extract<MenuRow, { kind: 'item' }> }): ReactNode {
  const Icon = row.icon;
  return (
    <MenuItem
      id={row.id}
      className={row.isDanger ? 'menu-item danger' : 'menu-item'}
      textValue={row.label}
      isDisabled={row.isDisabled ?? false}
      onAction={row.onAction}
      {...(row.isChecked === undefined ? {} : { 'aria-label': row.isChecked ? `${row.label} (chosen)` : row.label })}
    >
      {row.isChecked !== undefined && <Check size={15} aria-hidden visibility={row.isChecked ? 'visible' : 'hidden'} />}
      {Icon && <Icon size={15} aria-hidden />}
      <span className="menu-label">{row.label}</span>
      {row.hint && <span className="menu-hint">{row.hint}</span>}
    </MenuItem>
  );
}

export function MenuList({ label, rows }: MenuListProps): ReactNode {
  return (
    <Menu className="menu" aria-label={label} autoFocus="first">
      {rows.map((row) =>
        row.kind === 'separator' ? (
          <Separator key={row.id} className="menu-separator" />
        ) : (
          <MenuLine key={row.id} row={row} />
        ),
      )}
    </Menu>
  );
}

export interface MenuButtonProps extends MenuListProps {
  readonly icon: LucideIcon;
  readonly iconOnly?: boolean;
  readonly collapses?: boolean;
  readonly small?: boolean;
  readonly isDisabled?: boolean;
  readonly variant?: 'default' | 'quiet';
}

export function MenuButton(props: MenuButtonProps): ReactNode {
  const { icon: Icon, label, rows } = props;
  const classes = [
    'button',
    props.variant ?? 'default',
    props.iconOnly ? 'icon-only' : '',
    props.collapses ? 'collapses' : '',
    props.small ? 'small' : '',
  ];
  return (
    <MenuTrigger>
      <TooltipTrigger delay={500} isDisabled={!props.iconOnly && !props.collapses}>
        <AriaButton className={classes.join(' ')} aria-label={label} isDisabled={props.isDisabled ?? false}>
          <Icon size={props.small ? 14 : 16} aria-hidden />
          {!props.iconOnly && <span className="button-label">{label}</span>}
        </AriaButton>
        <Tooltip className="tooltip" offset={4}>
          {label}
        </Tooltip>
      </TooltipTrigger>
      <Popover className="popover" placement="bottom end" offset={4}>
        <MenuList label={label} rows={rows} />
      </Popover>
    </MenuTrigger>
  );
}

export interface ContextMenuProps extends MenuListProps {
  readonly at: { readonly x: number; readonly y: number };
  readonly onClose: () => void;
}

/** Mounted while open. */
export function ContextMenu({ label, rows, at, onClose }: ContextMenuProps): ReactNode {
  const anchor = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span ref={anchor} style={{ position: 'fixed', left: at.x, top: at.y, width: 1, height: 1 }} />
      <Popover
        className="popover"
        triggerRef={anchor}
        isOpen
        onOpenChange={(isOpen) => !isOpen && onClose()}
        placement="bottom start"
        offset={0}
      >
        <MenuList label={label} rows={rows.map((row) => closing(row, onClose))} />
      </Popover>
    </>
  );
}

const closing = (row: MenuRow, onClose: () => void): MenuRow =>
  row.kind === 'separator'
    ? row
    : {
        ...row,
        onAction: () => {
          onClose();
          row.onAction();
        },
      };
