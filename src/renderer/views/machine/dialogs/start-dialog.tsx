// Starting in another way than usual: paused, without its saved state, with fresh UEFI variables, without KVM.
import { type ReactNode, useState } from 'react';
import type { Input } from '../../../../common/contract/procedures.ts';
import type { DomainDetails, DomainSummary } from '../../../../common/model/domain.ts';
import { useApp, useHost, useMachines } from '../../../app-context.ts';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { CheckInput } from '../../../components/fields.tsx';
import { displayName } from '../../../format/state.ts';
import { DetailsGate } from '../details-gate.tsx';
import { useDetails } from '../use-details.ts';

type Option = 'paused' | 'forceBoot' | 'resetNvram' | 'tcg';

interface OptionText {
  readonly option: Option;
  readonly label: string;
  readonly hint: string;
}

const TEXTS: readonly OptionText[] = [
  { option: 'paused', label: 'Paused', hint: 'Nothing runs in it until it is resumed.' },
  {
    option: 'forceBoot',
    label: 'Discard its saved state',
    hint: 'It boots as after a power cut; what was open when it was saved is lost.',
  },
  {
    option: 'resetNvram',
    label: 'With fresh UEFI variables',
    hint: 'Boot entries and firmware settings are made anew.',
  },
  { option: 'tcg', label: 'Without KVM', hint: 'In software: slow, but it works on every computer.' },
];

export const startInput = (uuid: string, chosen: ReadonlySet<Option>): Input<'domain.start'> => ({
  domain: uuid,
  ...(chosen.has('paused') ? { paused: true } : {}),
  ...(chosen.has('forceBoot') ? { forceBoot: true } : {}),
  ...(chosen.has('resetNvram') ? { resetNvram: true } : {}),
  ...(chosen.has('tcg') ? { accelerator: 'tcg' } : {}),
});

interface FormProps {
  readonly machine: DomainSummary;
  readonly details: DomainDetails;
  readonly onClose: () => void;
}

function StartForm({ machine, details, onClose }: FormProps): ReactNode {
  const { actions } = useApp();
  const hasKvm = useHost(({ host }) => host?.accelerator === 'kvm');
  const [chosen, setChosen] = useState<ReadonlySet<Option>>(new Set());
  const applies: Readonly<Record<Option, boolean>> = {
    paused: true,
    forceBoot: machine.hasManagedSave === true,
    resetNvram: details.firmware === 'uefi',
    tcg: hasKvm,
  };
  const toggle = (option: Option, isOn: boolean): void =>
    setChosen(new Set([...[...chosen].filter((one) => one !== option), ...(isOn ? [option] : [])]));
  const start = (): void => {
    onClose();
    void actions.start(startInput(machine.uuid, chosen));
  };
  return (
    <Dialog
      title={`Start ${displayName(machine)}`}
      widthPx={440}
      onClose={onClose}
      footer={
        <>
          <Button label="Cancel" onPress={onClose} />
          <Button label="Start" variant="primary" autoFocus onPress={start} />
        </>
      }
    >
      {TEXTS.filter(({ option }) => applies[option]).map(({ option, label, hint }) => (
        <CheckInput key={option} isSelected={chosen.has(option)} onChange={(isOn) => toggle(option, isOn)}>
          {label}
          <span className="field-hint check-hint">{hint}</span>
        </CheckInput>
      ))}
    </Dialog>
  );
}

export function StartDialog({ uuid, onClose }: { readonly uuid: string; readonly onClose: () => void }): ReactNode {
  const machine = useMachines((state) => state.domains.get(uuid));
  const details = useDetails(uuid);
  if (!machine) return null;
  return (
    <DetailsGate state={details}>
      {(ready) => <StartForm machine={machine} details={ready} onClose={onClose} />}
    </DetailsGate>
  );
}
