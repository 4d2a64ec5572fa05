// Name, state and the actions that its state allows. Buttons lose their labels where it is narrow; the menu has everything.
import { Ellipsis } from 'lucide-react';
import type { ReactNode } from 'react';
import { Toolbar } from 'react-aria-components';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useCommands, useUi } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { displayName } from '../../format/state.ts';
import type { MachineVerb } from '../../store/actions.ts';
import { commandOf } from '../../store/commands.ts';
import { machineMenuRows, VERB_ICONS } from '../machines/machine-menu.ts';
import { pauseVerb, VERBS, verbHint, verbLabel } from '../machines/machine-verbs.ts';
import { useMachineCommands } from '../machines/use-machine-commands.ts';

/** The actions on the toolbar: always the same places, so that nothing jumps under the pointer. */
const toolbarVerbs = (machine: DomainSummary): readonly MachineVerb[] => [
  'start',
  pauseVerb(machine),
  'shutdown',
  'reboot',
];

/** What a person most likely wants of a machine that does nothing. */
const PRIMARY: readonly MachineVerb[] = ['start', 'pmWakeup'];

interface Tag {
  readonly label: string;
  readonly title: string;
}

/** What is special about a machine in a word each. */
const tagsOf = (machine: DomainSummary, wasAsked: boolean): readonly Tag[] => [
  ...(wasAsked && machine.state === 'running'
    ? [{ label: 'Asked to shut down', title: 'The system inside decides how long it takes' }]
    : []),
  ...(machine.isActive && machine.agent === 'connected'
    ? [{ label: 'Guest agent', title: 'The system inside has qemu-guest-agent, and it is connected' }]
    : []),
  ...(machine.isPersistent ? [] : [{ label: 'Temporary', title: 'It is gone when it ends' }]),
  ...(machine.isActive && machine.accelerator === 'tcg'
    ? [{ label: 'Emulated', title: 'Runs in software, without KVM: slow' }]
    : []),
  ...(machine.isActive && machine.hasNewDefinition
    ? [
        {
          label: 'Changes pending',
          title: 'Its definition was changed. Shut it down and start it to apply the changes',
        },
      ]
    : []),
];

function MachineTags({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const wasAsked = useUi((state) => state.askedToShutDown.has(machine.uuid));
  return tagsOf(machine, wasAsked).map(({ label, title }) => (
    <span key={label} className="tag" title={title}>
      {label}
    </span>
  ));
}

export function MachineHeader({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const commands = useMachineCommands();
  const busy = useCommands((state) => commandOf(state, machine));
  return (
    <header className="machine-header">
      <div className="machine-title">
        <h2 className="truncate" title={machine.name}>
          {displayName(machine)}
        </h2>
        <StateBadge machine={machine} isBadge />
        <MachineTags machine={machine} />
        <span className="machine-system truncate">{machine.osName}</span>
      </div>
      <Toolbar className="machine-toolbar" aria-label={`Actions of ${machine.name}`}>
        {toolbarVerbs(machine).map((verb) => (
          <Button
            key={verb}
            label={verbLabel(verb, machine)}
            icon={VERB_ICONS[verb]}
            collapses
            hint={verbHint(verb, machine)}
            variant={PRIMARY.includes(verb) && VERBS[verb].isAllowed(machine) ? 'primary' : 'default'}
            isDisabled={!VERBS[verb].isAllowed(machine) || (verb === 'start' && busy !== undefined)}
            onPress={() => commands.run(verb, [machine.uuid])}
          />
        ))}
        <MenuButton label="More actions" icon={Ellipsis} iconOnly rows={machineMenuRows({ machine, commands })} />
      </Toolbar>
    </header>
  );
}
