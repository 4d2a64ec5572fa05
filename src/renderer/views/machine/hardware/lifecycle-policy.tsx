// What follows when the system inside powers off, reboots or crashes: libvirt's on_poweroff, on_reboot, on_crash, in words.
import type { ReactNode } from 'react';
import {
  type DomainDetails,
  type DomainSummary,
  LIFECYCLE_EVENTS,
  type LifecycleEvent,
} from '../../../../common/model/domain.ts';
import { useApp } from '../../../app-context.ts';
import { SelectInput, type SelectOption } from '../../../components/fields.tsx';

const TITLES: Readonly<Record<LifecycleEvent, string>> = {
  poweroff: 'When it powers off',
  reboot: 'When it reboots',
  crash: 'When it crashes',
};

const TURN_OFF: SelectOption<string> = { value: 'destroy', label: 'Turn it off' };
const START_AGAIN: SelectOption<string> = { value: 'restart', label: 'Start it again' };
const OPTIONS: Readonly<Record<LifecycleEvent, readonly SelectOption<string>[]>> = {
  poweroff: [TURN_OFF, START_AGAIN],
  reboot: [START_AGAIN, TURN_OFF],
  crash: [
    TURN_OFF,
    START_AGAIN,
    { value: 'preserve', label: 'Keep it as it is', hint: 'to look into it' },
    { value: 'coredump-destroy', label: 'Dump its memory, turn it off' },
    { value: 'coredump-restart', label: 'Dump its memory, start it again' },
  ],
};

/** Actions that a person can only have got by XML are shown by their own name. */
const optionsOf = (event: LifecycleEvent, action: string): readonly SelectOption<string>[] =>
  OPTIONS[event].some(({ value }) => value === action)
    ? OPTIONS[event]
    : [...OPTIONS[event], { value: action, label: action }];

export interface LifecyclePolicyProps {
  readonly machine: DomainSummary;
  readonly details: DomainDetails;
}

export function LifecyclePolicy({ machine, details }: LifecyclePolicyProps): ReactNode {
  const { actions } = useApp();
  return (
    <div className="policy">
      {LIFECYCLE_EVENTS.map((event) => (
        <SelectInput
          key={event}
          label={TITLES[event]}
          value={details.lifecycle[event]}
          options={optionsOf(event, details.lifecycle[event])}
          onChange={(action) => void actions.setLifecycleAction(machine.uuid, event, action)}
        />
      ))}
    </div>
  );
}
