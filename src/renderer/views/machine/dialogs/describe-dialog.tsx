// What a machine is called and what it is for. The name is what commands and files go by, and can change only while it is off; the title is what lists show.
import { type ReactNode, useState } from 'react';
import { toVirError, type VirError } from '../../../../common/errors.ts';
import type { DomainSummary } from '../../../../common/model/domain.ts';
import { domainNameProblem } from '../../../../common/model/machine.ts';
import { useApp, useMachines } from '../../../app-context.ts';
import { Banner } from '../../../components/banner.tsx';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { TextArea, TextInput } from '../../../components/fields.tsx';
import { adviceFor } from '../../../errors/advice.ts';
import { displayName } from '../../../format/state.ts';
import { DetailsGate } from '../details-gate.tsx';
import { useDetails } from '../use-details.ts';

interface FormProps {
  readonly machine: DomainSummary;
  readonly description: string;
  readonly onClose: () => void;
}

/** Why the name can't change now, or undefined. */
const whyFixed = (machine: DomainSummary): string | undefined => {
  if (machine.isActive) return 'Shut it down to change the name.';
  if (machine.hasManagedSave) return 'Restore it, or discard its saved state, to change the name.';
  return machine.isPersistent ? undefined : 'A temporary machine keeps its name.';
};

function useDescribe({ machine, description, onClose }: FormProps) {
  const { connection } = useApp();
  const [form, setForm] = useState({ name: machine.name, title: machine.title ?? '', description });
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: VirError }>({ isBusy: false });
  const save = async (): Promise<void> => {
    setState({ isBusy: true });
    const domain = machine.uuid;
    const changes = {
      ...(form.title === (machine.title ?? '') ? {} : { title: form.title }),
      ...(form.description === description ? {} : { description: form.description }),
    };
    try {
      if (Object.keys(changes).length > 0)
        await connection.call('domain.setDescription', {
          domain,
          ...changes,
          live: machine.isActive,
          config: machine.isPersistent,
        });
      if (form.name !== machine.name) await connection.call('domain.rename', { domain, newName: form.name });
      onClose();
    } catch (error) {
      setState({ isBusy: false, error: toVirError(error) });
    }
  };
  return { form, setForm, state, save };
}

function DescribeForm(props: FormProps): ReactNode {
  const { machine, onClose } = props;
  const { form, setForm, state, save } = useDescribe(props);
  const fixed = whyFixed(machine);
  const problem = form.name === machine.name ? undefined : domainNameProblem(form.name);
  return (
    <Dialog
      title={`Name and description of ${displayName(machine)}`}
      widthPx={480}
      closesOutside={false}
      onClose={onClose}
      footer={
        <>
          <Button label="Cancel" onPress={onClose} />
          <Button
            label={state.isBusy ? 'Saving…' : 'Save'}
            variant="primary"
            isDisabled={state.isBusy || problem !== undefined}
            onPress={() => void save()}
          />
        </>
      }
    >
      {state.error && (
        <Banner tone="bad" title={state.error.message} detail={state.error.detail}>
          <p className="field-hint">{adviceFor(state.error).text}</p>
        </Banner>
      )}
      <TextInput
        label="Name"
        value={form.name}
        isDisabled={fixed !== undefined}
        hint={fixed ?? 'What commands and files go by.'}
        error={problem}
        onChange={(name) => setForm((old) => ({ ...old, name }))}
      />
      <TextInput
        label="Title"
        value={form.title}
        hint="What lists show instead of the name. May be empty."
        onChange={(title) => setForm((old) => ({ ...old, title }))}
      />
      <TextArea
        label="Description"
        value={form.description}
        onChange={(text) => setForm((old) => ({ ...old, description: text }))}
      />
    </Dialog>
  );
}

export function DescribeDialog({ uuid, onClose }: { readonly uuid: string; readonly onClose: () => void }): ReactNode {
  const now = useMachines((state) => state.domains.get(uuid));
  // What the dialog is about stays the same while others change the machine.
  const [machine] = useState(now);
  const details = useDetails(uuid);
  if (!machine) return null;
  return (
    <DetailsGate state={details}>
      {({ description }) => <DescribeForm machine={machine} description={description ?? ''} onClose={onClose} />}
    </DetailsGate>
  );
}
