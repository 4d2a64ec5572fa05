// Several machines chosen: what they are, and what can be done to all of them.
import { Trash2, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useApp, useMachines, useUi } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { plural } from '../../format/quantity.ts';
import { displayName } from '../../format/state.ts';
import { VERB_ICONS } from './machine-menu.ts';
import { allowing, severalVerbs, VERBS, verbLabel } from './machine-verbs.ts';
import { useMachineCommands } from './use-machine-commands.ts';

const SHOWN = 200;

export function SelectionPage(): ReactNode {
  const { stores } = useApp();
  const commands = useMachineCommands();
  const selection = useUi((state) => state.selection);
  const domains = useMachines((state) => state.domains);
  const machines = [...selection].flatMap((uuid) => domains.get(uuid) ?? []);
  const only = machines.length === 1 ? machines[0] : undefined;
  return (
    <section className="selection-page page-scroll" aria-label="Selected machines">
      <header className="selection-head">
        <h2 className="page-title">{plural(machines.length, 'machine')} selected</h2>
        <Button
          label="Clear selection"
          icon={X}
          variant="quiet"
          hint="Escape"
          onPress={() => stores.ui.setState({ selection: new Set() })}
        />
      </header>
      <div className="selection-actions" role="toolbar" aria-label="Actions on the selection">
        {severalVerbs(machines).map((verb) => {
          const targets = allowing(verb, machines);
          const labels = new Set(targets.map((machine) => verbLabel(verb, machine)));
          // 'Restore' where all of them are saved
          const label = labels.size === 1 ? [...labels].join() : VERBS[verb].label;
          return (
            <Button
              key={verb}
              label={targets.length === machines.length ? label : `${label} (${targets.length})`}
              icon={VERB_ICONS[verb]}
              isDisabled={targets.length === 0}
              onPress={() =>
                commands.run(
                  verb,
                  targets.map((machine) => machine.uuid),
                )
              }
            />
          );
        })}
        {only && <Button label="Delete…" icon={Trash2} onPress={() => commands.ask('delete', only.uuid)} />}
      </div>
      <ul className="selection-list">
        {machines.slice(0, SHOWN).map((machine) => (
          <li key={machine.uuid}>
            <span className="truncate">{displayName(machine)}</span>
            <StateBadge machine={machine} />
          </li>
        ))}
        {machines.length > SHOWN && <li className="field-hint">and {machines.length - SHOWN} more</li>}
      </ul>
    </section>
  );
}
