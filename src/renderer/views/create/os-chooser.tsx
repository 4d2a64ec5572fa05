// The guest's system: a box to type in over osinfo-db's list. Systems past their end of life come only when asked for.
import { ChevronDown } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { Button as AriaButton, ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import type { OsSummary } from '../../../common/model/machine.ts';
import { CheckInput, Hint } from '../../components/fields.tsx';

const UNKNOWN = 'unknown';
const SHOWN = 120;

export interface OsChooserProps {
  readonly systems: readonly OsSummary[];
  readonly value: string | undefined;
  readonly onChange: (osId: string | undefined) => void;
  readonly hint?: ReactNode;
}

/** Systems that match what is typed, those still cared for first. Exported for its test. */
export function matchSystems(systems: readonly OsSummary[], text: string, withOld: boolean): readonly OsSummary[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = systems.filter(
    (system) =>
      (withOld || !system.isEndOfLife) &&
      words.every((word) => `${system.name} ${system.vendor} ${system.id}`.toLowerCase().includes(word)),
  );
  return found.toSorted(
    (a, b) => Number(a.isEndOfLife) - Number(b.isEndOfLife) || (b.releaseDate ?? '').localeCompare(a.releaseDate ?? ''),
  );
}

export function OsChooser({ systems, value, onChange, hint }: OsChooserProps): ReactNode {
  const chosen = systems.find((system) => system.id === value);
  const [text, setText] = useState<string>();
  const [withOld, setWithOld] = useState(false);
  const name = chosen?.name ?? (value ? value : 'Unknown system');
  const typed = text !== undefined && text !== name ? text : '';
  const items = useMemo(() => matchSystems(systems, typed, withOld).slice(0, SHOWN), [systems, typed, withOld]);
  return (
    <div className="field">
      <ComboBox
        className="field"
        value={value ?? UNKNOWN}
        inputValue={text ?? name}
        onInputChange={setText}
        onChange={(key) => {
          setText(undefined);
          onChange(key === UNKNOWN || key === null ? undefined : String(key));
        }}
        onOpenChange={(isOpen) => !isOpen && setText(undefined)}
        menuTrigger="focus"
        defaultFilter={() => true}
      >
        <Label>System</Label>
        <div className="combo">
          <Input className="input" onFocus={(event) => event.target.select()} />
          <AriaButton className="button quiet icon-only small">
            <ChevronDown size={14} aria-hidden />
          </AriaButton>
        </div>
        <Hint>{hint}</Hint>
        <Popover className="popover combo-popover" offset={4}>
          <ListBox className="listbox">
            {(typed === '' || items.length === 0) && (
              <ListBoxItem id={UNKNOWN} className="listbox-item" textValue="Unknown system">
                {items.length === 0 && typed !== '' ? 'None of these: unknown system' : 'Unknown system'}
              </ListBoxItem>
            )}
            {items.map((system) => (
              <ListBoxItem key={system.id} id={system.id} className="listbox-item" textValue={system.name}>
                <span className="truncate">{system.name}</span>
                <span className="listbox-hint">
                  {system.isEndOfLife ? 'no longer supported' : system.releaseDate?.slice(0, 4)}
                </span>
              </ListBoxItem>
            ))}
          </ListBox>
        </Popover>
      </ComboBox>
      <CheckInput isSelected={withOld} onChange={setWithOld}>
        <span className="field-hint">Also show systems that are no longer supported</span>
      </CheckInput>
    </div>
  );
}
