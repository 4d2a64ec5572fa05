// Whether a machine starts by itself: with each session, or with the next one only.
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp } from '../../app-context.ts';
import { SwitchInput } from '../../components/fields.tsx';

export function Autostart({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const { actions } = useApp();
  const { uuid, isAutostart, isAutostartOnce = false } = machine;
  if (!machine.isPersistent) return null;
  return (
    <div className="autostart">
      <SwitchInput isSelected={isAutostart} onChange={(isOn) => void actions.setAutostart(uuid, isOn)}>
        Start with Vivarium
      </SwitchInput>
      {/* who starts it always starts it next time too */}
      {(!isAutostart || isAutostartOnce) && (
        <SwitchInput isSelected={isAutostartOnce} onChange={(isOn) => void actions.setAutostartOnce(uuid, isOn)}>
          Next time only
        </SwitchInput>
      )}
    </div>
  );
}
