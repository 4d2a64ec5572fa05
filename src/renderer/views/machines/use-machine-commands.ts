// Runs a verb on machines the way every door of the window does it: asks first where asking is on.
import { useCallback } from 'react';
import { useApp } from '../../app-context.ts';
import type { MachineVerb } from '../../store/actions.ts';
import { allowing, asConfirmation } from './machine-verbs.ts';

export interface MachineCommands {
  readonly run: (verb: MachineVerb, uuids: readonly string[]) => void;
  readonly ask: (question: MachineQuestion, uuid: string) => void;
  readonly sleep: (uuid: string) => void;
}

/** What needs more than a press: each has a dialog. */
export type MachineQuestion = 'start' | 'save' | 'dump' | 'describe' | 'delete';

export function useMachineCommands(): MachineCommands {
  const { actions, stores } = useApp();
  const run = useCallback(
    (verb: MachineVerb, uuids: readonly string[]) => {
      const { domains } = stores.machines.getState();
      const targets = allowing(
        verb,
        uuids.flatMap((uuid) => domains.get(uuid) ?? []),
      ).map((machine) => machine.uuid);
      if (targets.length === 0) return;
      const question = asConfirmation(verb);
      if (question && !stores.settings.getState().unasked.includes(question)) {
        stores.ui.setState({ dialog: { kind: 'confirm', verb: question, uuids: targets } });
        return;
      }
      for (const uuid of targets) void actions.run(verb, uuid);
    },
    [actions, stores],
  );
  const ask = useCallback(
    (kind: MachineQuestion, uuid: string) => stores.ui.setState({ dialog: { kind, uuid } }),
    [stores],
  );
  const sleep = useCallback((uuid: string) => void actions.sleep(uuid), [actions]);
  return { run, ask, sleep };
}
