// Processors and memory: how many are in use, at once where the machine runs, and the most that there may be, from its next start.
import { Cpu } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { toVirError, type VirError } from '../../../../common/errors.ts';
import type { DomainDetails, DomainSummary } from '../../../../common/model/domain.ts';
import { useApp } from '../../../app-context.ts';
import { Banner } from '../../../components/banner.tsx';
import { Button } from '../../../components/button.tsx';
import { NumberInput } from '../../../components/fields.tsx';
import { adviceFor } from '../../../errors/advice.ts';
import { Facts } from '../facts.tsx';
import { type BoardForm, boardChange, boardErrors, boardForm, editBoard, vcpusHint } from './board-form.ts';
import { LifecyclePolicy } from './lifecycle-policy.tsx';

export interface BoardPaneProps {
  readonly machine: DomainSummary;
  readonly details: DomainDetails;
}

function useBoard({ machine, details }: BoardPaneProps) {
  const { connection } = useApp();
  const [edited, setEdited] = useState<BoardForm>();
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: VirError }>({ isBusy: false });
  const form = edited ?? boardForm(details);
  const input = edited && boardChange(machine, details, edited);
  const apply = async (): Promise<void> => {
    if (!input) return;
    setState({ isBusy: true });
    try {
      await connection.call('domain.setResources', input);
      setEdited(undefined);
      setState({ isBusy: false });
    } catch (error) {
      setState({ isBusy: false, error: toVirError(error) });
    }
  };
  const undo = (): void => {
    setEdited(undefined);
    setState({ isBusy: false });
  };
  const change = (part: Partial<BoardForm>): void => setEdited(editBoard(form, part, machine.isActive));
  return { form, change, apply, undo, isChanged: input !== undefined, ...state };
}

function BoardFields({ machine, details }: BoardPaneProps): ReactNode {
  const board = useBoard({ machine, details });
  const { form, change } = board;
  const { isActive, isPersistent } = machine;
  const errors = boardErrors(form, details, machine);
  const next = isActive ? 'From the next start' : undefined;
  return (
    <div className="board-form">
      {board.error && (
        <Banner tone="bad" title={board.error.message} detail={board.error.detail}>
          <p className="field-hint">{adviceFor(board.error).text}</p>
        </Banner>
      )}
      <div className="board-columns">
        <NumberInput
          label={isActive ? 'Virtual CPUs now' : 'Virtual CPUs'}
          value={form.vcpus}
          min={1}
          hint={errors.vcpus ? undefined : vcpusHint(machine, details)}
          error={errors.vcpus}
          onChange={(vcpus) => change({ vcpus })}
        />
        <NumberInput
          label="At most"
          value={form.maxVcpus}
          min={1}
          isDisabled={!isPersistent}
          hint={next ?? 'More can be added while it runs, up to this'}
          error={errors.maxVcpus}
          onChange={(maxVcpus) => change({ maxVcpus })}
        />
        <NumberInput
          label={isActive ? 'Memory now' : 'Memory'}
          unit="MiB"
          value={form.memoryMiB}
          min={1}
          hint={isActive && !errors.memoryMiB ? 'The system inside gives or takes it as it can' : undefined}
          error={errors.memoryMiB}
          onChange={(memoryMiB) => change({ memoryMiB })}
        />
        <NumberInput
          label="At most"
          unit="MiB"
          value={form.maxMemoryMiB}
          min={1}
          isDisabled={!isPersistent}
          hint={next}
          error={errors.maxMemoryMiB}
          onChange={(maxMemoryMiB) => change({ maxMemoryMiB })}
        />
      </div>
      <div className="board-buttons">
        <Button
          label={board.isBusy ? 'Applying…' : 'Apply'}
          variant="primary"
          isDisabled={!board.isChanged || board.isBusy || Object.keys(errors).length > 0}
          onPress={() => void board.apply()}
        />
        {board.isChanged && <Button label="Undo" isDisabled={board.isBusy} onPress={board.undo} />}
      </div>
    </div>
  );
}

export function BoardPane({ machine, details }: BoardPaneProps): ReactNode {
  return (
    <section className="device-pane" aria-label="Processor and memory">
      <h3>
        <Cpu size={18} aria-hidden /> Processor and memory
      </h3>
      <BoardFields machine={machine} details={details} />
      <Facts
        facts={[
          { name: 'CPU model', value: details.cpuModel },
          { name: 'Machine type', value: details.machine },
          { name: 'Architecture', value: details.architecture },
        ]}
      />
      <LifecyclePolicy machine={machine} details={details} />
    </section>
  );
}
