// Form fields: label, control, hint, error, tied together for assistive technology by react-aria.
import { Check, ChevronDown, ChevronUp, CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  TextArea as AriaTextArea,
  Checkbox,
  FieldError,
  Group,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  NumberField,
  Popover,
  Select,
  SelectValue,
  Switch,
  Text,
  TextField,
} from 'react-aria-components';

export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly isDisabled?: boolean;
}

export function ErrorText({ error }: { readonly error?: string | undefined }): ReactNode {
  return (
    <FieldError className="field-error">
      <CircleAlert size={14} aria-hidden />
      <span>{error}</span>
    </FieldError>
  );
}

export const Hint = ({ children }: { readonly children: ReactNode }): ReactNode =>
  children ? (
    <Text slot="description" className="field-hint">
      {children}
    </Text>
  ) : null;

export interface TextInputProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly isMono?: boolean;
  readonly autoFocus?: boolean;
  readonly onBlur?: () => void;
  /** A button beside the field, such as Browse. */
  readonly action?: ReactNode;
}

export function TextInput(props: TextInputProps): ReactNode {
  return (
    <TextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      isInvalid={props.error !== undefined}
      isDisabled={props.isDisabled ?? false}
      autoFocus={props.autoFocus ?? false}
      {...(props.onBlur ? { onBlur: props.onBlur } : {})}
    >
      <Label>{props.label}</Label>
      <div className="field-row">
        <Input
          className={props.isMono ? 'input mono' : 'input'}
          spellCheck={false}
          autoComplete="off"
          {...(props.placeholder ? { placeholder: props.placeholder } : {})}
        />
        {props.action}
      </div>
      <Hint>{props.hint}</Hint>
      <ErrorText error={props.error} />
    </TextField>
  );
}

export type TextAreaProps = Pick<TextInputProps, 'label' | 'hint' | 'value' | 'onChange'>;

/** Text of several lines. */
export function TextArea({ label, hint, value, onChange }: TextAreaProps): ReactNode {
  return (
    <TextField className="field" value={value} onChange={onChange}>
      <Label>{label}</Label>
      <AriaTextArea className="input" rows={4} />
      <Hint>{hint}</Hint>
    </TextField>
  );
}

export interface NumberInputProps extends FieldProps {
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
}

export function NumberInput(props: NumberInputProps): ReactNode {
  return (
    <NumberField
      className="field"
      value={props.value}
      onChange={props.onChange}
      minValue={props.min ?? 0}
      {...(props.max === undefined ? {} : { maxValue: props.max })}
      step={props.step ?? 1}
      isInvalid={props.error !== undefined}
      isDisabled={props.isDisabled ?? false}
      formatOptions={{ useGrouping: false, maximumFractionDigits: 2 }}
    >
      <Label>{props.label}</Label>
      <Group className="number-group">
        <Input />
        {props.unit && <span className="unit">{props.unit}</span>}
        <AriaButton slot="decrement" className="button">
          <ChevronDown size={14} aria-hidden />
        </AriaButton>
        <AriaButton slot="increment" className="button">
          <ChevronUp size={14} aria-hidden />
        </AriaButton>
      </Group>
      <Hint>{props.hint}</Hint>
      <ErrorText error={props.error} />
    </NumberField>
  );
}

export interface SelectOption<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

export interface SelectInputProps<T extends string> extends FieldProps {
  readonly value: T;
  readonly options: readonly SelectOption<T>[];
  readonly onChange: (value: T) => void;
}

export function SelectInput<T extends string>(props: SelectInputProps<T>): ReactNode {
  return (
    <Select
      className="field"
      value={props.value}
      onChange={(key) => {
        const chosen = props.options.find((option) => option.value === key);
        if (chosen) props.onChange(chosen.value);
      }}
      isInvalid={props.error !== undefined}
      isDisabled={props.isDisabled ?? false}
    >
      <Label>{props.label}</Label>
      <AriaButton className="button select-button">
        <SelectValue className="truncate" />
        <ChevronDown size={14} aria-hidden />
      </AriaButton>
      <Hint>{props.hint}</Hint>
      <ErrorText error={props.error} />
      <Popover className="popover" offset={4}>
        <ListBox className="listbox">
          {props.options.map((option) => (
            <ListBoxItem key={option.value} id={option.value} className="listbox-item" textValue={option.label}>
              <span>{option.label}</span>
              {option.hint && <span className="listbox-hint">{option.hint}</span>}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

export interface CheckInputProps {
  readonly children: ReactNode;
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
  readonly isDisabled?: boolean;
  readonly label?: string;
}

export function CheckInput(props: CheckInputProps): ReactNode {
  return (
    <Checkbox
      className="check"
      isSelected={props.isSelected}
      onChange={props.onChange}
      isDisabled={props.isDisabled ?? false}
      {...(props.label ? { 'aria-label': props.label } : {})}
    >
      <span className="check-box">{props.isSelected && <Check size={12} strokeWidth={3} aria-hidden />}</span>
      <span className="check-text">{props.children}</span>
    </Checkbox>
  );
}

export function SwitchInput(props: CheckInputProps): ReactNode {
  return (
    <Switch
      className="switch"
      isSelected={props.isSelected}
      onChange={props.onChange}
      isDisabled={props.isDisabled ?? false}
    >
      <span className="track" />
      <span>{props.children}</span>
    </Switch>
  );
}
