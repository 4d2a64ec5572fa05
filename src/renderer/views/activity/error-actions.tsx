// The buttons that an error's advice calls for.
import type { ReactNode } from 'react';
import { assertNever } from '../../../common/base/assert-never.ts';
import { useApp, useMachines } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import type { Advice } from '../../errors/advice.ts';
import { navigate } from '../app/use-route.ts';
import { useMachineCommands } from '../machines/use-machine-commands.ts';

export interface ErrorActionsProps {
  readonly advice: Advice;
  readonly machine?: string | undefined;
  readonly onDone?: (() => void) | undefined;
}

export function ErrorActions({ advice, machine, onDone }: ErrorActionsProps): ReactNode {
  const { actions } = useApp();
  const commands = useMachineCommands();
  const known = useMachines((state) => (machine === undefined ? undefined : state.domains.get(machine)));
  const button = (label: string, onPress: () => void): ReactNode => (
    <Button
      label={label}
      small
      onPress={() => {
        onDone?.();
        onPress();
      }}
    />
  );
  switch (advice.action) {
    case 'none':
      return null;
    case 'open-doctor':
      return button('Open the doctor', () => navigate({ kind: 'doctor' }));
    case 'start-without-kvm':
      return (
        <>
          {known &&
            !known.isActive &&
            button('Start without KVM (slow)', () => void actions.start({ domain: known.uuid, accelerator: 'tcg' }))}
          {button('Open the doctor', () => navigate({ kind: 'doctor' }))}
        </>
      );
    case 'open-log':
      return known
        ? button('Open the log', () => navigate({ kind: 'machine', uuid: known.uuid, tab: 'log', isDetached: false }))
        : null;
    case 'force-off':
      return known?.isActive ? button('Force off', () => commands.run('destroy', [known.uuid])) : null;
    default:
      return assertNever(advice.action);
  }
}
