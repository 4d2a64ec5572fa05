// The one button: an icon, a name, or both. Without a visible label the name is a tooltip too, so every button tells what it does.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, Tooltip, TooltipTrigger } from 'react-aria-components';

export type ButtonVariant = 'default' | 'primary' | 'danger' | 'quiet';

export interface ButtonProps {
  readonly label: string;
  readonly icon?: LucideIcon | undefined;
  readonly onPress?: (() => void) | undefined;
  readonly variant?: ButtonVariant | undefined;
  /** Shows the icon only; the label is its accessible name and tooltip. */
  readonly iconOnly?: boolean | undefined;
  /** Shows the label only where there is room (the parent is a `.collapsing` container). */
  readonly collapses?: boolean | undefined;
  readonly small?: boolean | undefined;
  readonly isDisabled?: boolean | undefined;
  /** Said in the tooltip, such as a shortcut or why it is disabled. */
  readonly hint?: string | undefined;
  readonly autoFocus?: boolean | undefined;
  readonly slot?: string | null | undefined;
  readonly children?: ReactNode;
  readonly className?: string | undefined;
}

const classNames = (props: ButtonProps): string =>
  [
    'button',
    props.variant ?? 'default',
    props.iconOnly ? 'icon-only' : '',
    props.collapses ? 'collapses' : '',
    props.small ? 'small' : '',
    props.className ?? '',
  ]
    .filter(Boolean)
    .join(' ');

export function Button(props: ButtonProps): ReactNode {
  const { label, icon: Icon, iconOnly, collapses, hint } = props;
  const button = (
    <AriaButton
      className={classNames(props)}
      aria-label={label}
      isDisabled={props.isDisabled ?? false}
      autoFocus={props.autoFocus ?? false}
      {...(props.slot === undefined ? {} : { slot: props.slot })}
      {...(props.onPress ? { onPress: props.onPress } : {})}
    >
      {Icon && <Icon size={props.small ? 14 : 16} aria-hidden />}
      {!iconOnly && <span className="button-label">{label}</span>}
      {props.children}
    </AriaButton>
  );
  if (!iconOnly && !collapses && !hint) return button;
  return (
    <TooltipTrigger delay={500}>
      {button}
      <Tooltip className="tooltip" offset={4}>
        {hint ? `${label} (${hint})` : label}
      </Tooltip>
    </TooltipTrigger>
  );
}
