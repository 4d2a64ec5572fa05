// The create wizard: three steps, Back and Next, and it stays open with everything in it where creating fails.
import { ArrowLeft, ArrowRight, LoaderCircle, Plus } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { assertNever } from '../../../common/base/assert-never.ts';
import { useApp, useCommands } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Progress } from '../../components/progress.tsx';
import { activeCommands } from '../../store/commands.ts';
import { navigate } from '../app/use-route.ts';
import { STEPS, type Step, stepOfErrors } from './create-form.ts';
import { MachineStep } from './machine-step.tsx';
import { ReviewStep } from './review-step.tsx';
import { SourceStep } from './source-step.tsx';
import { type Create, useCreate } from './use-create.ts';
import './create.css';

const STEP_LABELS: Readonly<Record<Step, string>> = { source: 'Source', machine: 'Machine', review: 'Review' };

function StepMarks({ step }: { readonly step: Step }): ReactNode {
  const current = STEPS.indexOf(step);
  return (
    <ol className="step-marks" aria-label={`Step ${current + 1} of ${STEPS.length}: ${STEP_LABELS[step]}`}>
      {STEPS.map((name, index) => (
        <li
          key={name}
          className={index === current ? 'now' : index < current ? 'done' : ''}
          aria-current={index === current ? 'step' : undefined}
        >
          <span className="step-number" aria-hidden>
            {index + 1}
          </span>
          {STEP_LABELS[name]}
        </li>
      ))}
    </ol>
  );
}

function StepBody({
  step,
  create,
  showErrors,
}: {
  readonly step: Step;
  readonly create: Create;
  readonly showErrors: boolean;
}): ReactNode {
  switch (step) {
    case 'source':
      return <SourceStep create={create} showErrors={showErrors} />;
    case 'machine':
      return <MachineStep create={create} showErrors={showErrors} />;
    case 'review':
      return <ReviewStep create={create} showErrors={showErrors} />;
    default:
      return assertNever(step);
  }
}

function CreatingLine({ name }: { readonly name: string }): ReactNode {
  const command = useCommands((state) =>
    activeCommands(state).find((known) => known.procedure === 'machine.create' && known.domain?.name === name),
  );
  return (
    <span className="creating-line" role="status">
      <LoaderCircle size={14} className="spin" aria-hidden />
      <span className="truncate">{command?.progress?.text ?? 'Creating…'}</span>
      <Progress label="Progress of creating the machine" fraction={command?.progress?.fraction} />
    </span>
  );
}

export function CreateDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { stores } = useApp();
  const create = useCreate();
  const [step, setStep] = useState<Step>('source');
  const [tried, setTried] = useState<ReadonlySet<Step>>(new Set());
  const index = STEPS.indexOf(step);
  const isCreating = create.submit.kind === 'creating';
  const go = (to: Step | undefined): void => to && setStep(to);
  const [isWaiting, setWaiting] = useState(false);
  const isLooking = step === 'source' && create.media.kind === 'asking';
  const next = (): void => {
    setTried((old) => new Set([...old, step]));
    // what the image is decides whether it goes on, and with which figures
    setWaiting(isLooking);
    if (isLooking) return;
    const bad = stepOfErrors(create.errors);
    if (bad && STEPS.indexOf(bad) <= index) return setStep(bad);
    go(STEPS[index + 1]);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the end of looking goes on
  useEffect(() => {
    if (isWaiting && !isLooking) next();
  }, [isWaiting, isLooking]);
  const finish = async (): Promise<void> => {
    const uuid = await create.create();
    if (uuid === undefined) return;
    onClose();
    stores.ui.setState({ selection: new Set(), filter: '' });
    navigate({ kind: 'machine', uuid, isDetached: false });
  };
  const close = (): void => {
    create.cancel();
    onClose();
  };
  return (
    <Dialog
      title="Create a machine"
      widthPx={680}
      closesOutside={false}
      className="create-dialog"
      onClose={close}
      footer={
        <>
          <div className="footer-start">{isCreating && <CreatingLine name={create.form.name} />}</div>
          <Button label="Cancel" onPress={isCreating ? create.cancel : close} />
          {index > 0 && (
            <Button label="Back" icon={ArrowLeft} isDisabled={isCreating} onPress={() => go(STEPS[index - 1])} />
          )}
          {step === 'review' ? (
            <Button
              label="Create"
              icon={Plus}
              variant="primary"
              isDisabled={isCreating || stepOfErrors(create.errors) !== undefined}
              onPress={() => void finish()}
            />
          ) : (
            <Button label="Next" icon={ArrowRight} variant="primary" isDisabled={isWaiting} onPress={next} />
          )}
        </>
      }
    >
      <StepMarks step={step} />
      <form
        className="create-step"
        onSubmit={(event) => {
          event.preventDefault();
          if (step !== 'review') next();
        }}
      >
        <StepBody step={step} create={create} showErrors={tried.has(step)} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
