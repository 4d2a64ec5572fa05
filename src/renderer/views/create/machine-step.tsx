// Step 2: name, system and hardware, filled with what the system recommends.
import type { ReactNode } from 'react';
import { useHost } from '../../app-context.ts';
import { CheckInput, NumberInput, SelectInput, type SelectOption, TextInput } from '../../components/fields.tsx';
import { formatKiB } from '../../format/quantity.ts';
import { hintsOf } from './create-form.ts';
import { OsChooser } from './os-chooser.tsx';
import type { StepProps } from './source-step.tsx';

function networkOptions(bridges: readonly string[]): readonly SelectOption<string>[] {
  return [
    { value: 'user', label: 'Shared with this computer', hint: 'works everywhere' },
    ...bridges.map((bridge) => ({
      value: `bridge:${bridge}`,
      label: `Bridge ${bridge}`,
      hint: 'an address of its own',
    })),
    { value: 'none', label: 'No network' },
  ];
}

function DiskFields({ create }: StepProps): ReactNode {
  const { form, change, errors, context, defaults } = create;
  if (form.kind === 'demo') return null;
  const hints = hintsOf(form, context, defaults);
  return (
    <fieldset className="field-group">
      <legend>
        <CheckInput isSelected={form.hasDisk} onChange={(hasDisk) => change({ hasDisk })}>
          {form.kind === 'import' ? 'Add another, empty disk' : 'Give it a new disk'}
        </CheckInput>
      </legend>
      {form.hasDisk && (
        <div className="field-columns">
          <NumberInput
            label="Disk size"
            unit="GiB"
            min={1}
            value={form.diskGiB}
            onChange={(diskGiB) => change({ diskGiB })}
            error={errors.diskGiB}
            hint={hints.disk}
          />
          <SelectInput
            label="Disk format"
            value={form.diskFormat}
            options={[
              { value: 'qcow2', label: 'qcow2', hint: 'grows as needed' },
              { value: 'raw', label: 'raw', hint: 'whole size at once' },
            ]}
            onChange={(diskFormat) => change({ diskFormat })}
          />
        </div>
      )}
    </fieldset>
  );
}

export function MachineStep(props: StepProps): ReactNode {
  const { create, showErrors } = props;
  const { form, change, errors, context, defaults, systems } = create;
  const host = useHost((state) => state.host);
  const hints = hintsOf(form, context, defaults);
  return (
    <div className="machine-step">
      <TextInput
        label="Name"
        value={form.name}
        onChange={(name) => change({ name })}
        error={showErrors || form.edited.has('name') ? errors.name : undefined}
        autoFocus
      />
      {form.kind !== 'demo' && (
        <OsChooser
          systems={systems}
          value={form.osId}
          onChange={(osId) => change({ osId })}
          hint={defaults?.basis && `Figures below: ${defaults.basis}.`}
        />
      )}
      <div className="field-columns">
        <NumberInput
          label="Memory"
          unit="MiB"
          min={1}
          step={1}
          value={form.memoryMiB}
          onChange={(memoryMiB) => change({ memoryMiB })}
          error={errors.memoryMiB}
          hint={hints.memory ?? (host && `${formatKiB(host.memoryKiB)} in this computer`)}
        />
        <NumberInput
          label="CPUs"
          min={1}
          max={255}
          value={form.vcpus}
          onChange={(vcpus) => change({ vcpus })}
          error={errors.vcpus}
          hint={hints.vcpus ?? (host && `${host.cpus} in this computer`)}
        />
      </div>
      <DiskFields {...props} />
      <div className="field-columns">
        <SelectInput
          label="Network"
          value={form.network}
          options={networkOptions(host?.bridges ?? [])}
          onChange={(network) => change({ network })}
        />
        {form.kind !== 'kernel' && form.kind !== 'demo' && (
          <SelectInput
            label="Firmware"
            value={form.firmware}
            options={[
              { value: 'bios', label: 'BIOS' },
              ...(host?.hasUefi === false ? [] : [{ value: 'uefi' as const, label: 'UEFI' }]),
            ]}
            onChange={(firmware) => change({ firmware })}
          />
        )}
      </div>
    </div>
  );
}
