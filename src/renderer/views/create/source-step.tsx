// Step 1: what the machine begins from.
import {
  CircleCheck,
  Disc3,
  FileCode,
  FolderOpen,
  HardDrive,
  LoaderCircle,
  type LucideIcon,
  Network,
  Sparkles,
  TriangleAlert,
} from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Label, Radio, RadioGroup } from 'react-aria-components';
import { formatBytes } from '../../../common/base/units.ts';
import { IMPORT_FORMATS } from '../../../common/model/machine.ts';
import { Button } from '../../components/button.tsx';
import { CheckInput, SelectInput, TextInput } from '../../components/fields.tsx';
import { FilePicker } from '../files/file-picker.tsx';
import { type CreateForm, type MediaState, SOURCE_KINDS, type SourceKind } from './create-form.ts';
import type { Create } from './use-create.ts';

const SOURCES: Readonly<
  Record<SourceKind, { readonly label: string; readonly text: string; readonly icon: LucideIcon }>
> = {
  iso: { label: 'Installation image', text: 'An ISO file: install a system, or run a live one', icon: Disc3 },
  import: { label: 'Existing disk', text: 'A disk image from here or another program', icon: HardDrive },
  network: { label: 'Network boot', text: 'Start from a server on the network (PXE)', icon: Network },
  kernel: { label: 'Linux kernel', text: 'Start a kernel and initrd directly', icon: FileCode },
  demo: { label: 'Demo guest', text: 'A tiny Linux, ready in seconds, no download', icon: Sparkles },
};

export interface StepProps {
  readonly create: Create;
  /** Errors are shown only once the person has tried to go on. */
  readonly showErrors: boolean;
}

type PathField = 'isoPath' | 'importPath' | 'kernel' | 'initrd';

const PICKER_TITLES: Readonly<Record<PathField, string>> = {
  isoPath: 'Choose an installation image',
  importPath: 'Choose a disk image',
  kernel: 'Choose a kernel',
  initrd: 'Choose an initrd',
};

interface PathInputProps extends StepProps {
  readonly field: PathField;
  readonly label: string;
  readonly placeholder?: string;
  readonly extensions: readonly string[];
  readonly hint?: ReactNode;
}

function PathInput({ create, showErrors, field, label, placeholder, extensions, hint }: PathInputProps): ReactNode {
  const [isBrowsing, setBrowsing] = useState(false);
  const value = create.form[field];
  const set = (path: string): void => create.change({ [field]: path } as Pick<CreateForm, PathField>);
  const isWrong = showErrors || (value !== '' && create.media.kind === 'unreadable');
  return (
    <>
      <TextInput
        label={label}
        value={value}
        onChange={set}
        isMono
        placeholder={placeholder ?? '/path/to/file'}
        error={isWrong ? create.errors[field] : undefined}
        hint={hint}
        action={<Button label="Browse…" icon={FolderOpen} onPress={() => setBrowsing(true)} />}
      />
      {isBrowsing && (
        <FilePicker
          title={PICKER_TITLES[field]}
          startAt={value}
          extensions={extensions}
          onClose={() => setBrowsing(false)}
          onChoose={(path) => {
            setBrowsing(false);
            set(path);
          }}
        />
      )}
    </>
  );
}

function MediaLine({ media }: { readonly media: MediaState }): ReactNode {
  if (media.kind === 'asking')
    return (
      <span className="media-line">
        <LoaderCircle size={14} className="spin" aria-hidden /> Looking at the image…
      </span>
    );
  if (media.kind !== 'known') return null;
  const { osName, sizeBytes, isBootable, warning, label, kind } = media.media;
  const isOk = isBootable && warning === undefined;
  const Icon = isOk ? CircleCheck : TriangleAlert;
  const what = osName ?? (label ? `Unknown system (“${label}”)` : `Unknown system (${kind})`);
  return (
    <span className="media-line" role="status">
      <Icon size={14} aria-hidden className={isOk ? 'icon-ok' : 'icon-warn'} />
      <span>
        <b>{what}</b> · {formatBytes(sizeBytes)}
        {warning ? ` · ${warning}` : isBootable ? '' : ' · does not look bootable'}
      </span>
    </span>
  );
}

function SourceFields(props: StepProps): ReactNode {
  const { create } = props;
  switch (create.form.kind) {
    case 'iso':
      return (
        <PathInput
          {...props}
          field="isoPath"
          label="ISO image"
          placeholder="/home/you/Downloads/debian.iso"
          extensions={['iso', 'img']}
          hint={<MediaLine media={create.media} />}
        />
      );
    case 'import':
      return <ImportFields {...props} />;
    case 'network':
      return (
        <p className="field-hint">
          The machine asks the network for a system at its first start. Use a bridge in the next step to reach a server
          on your own network.
        </p>
      );
    case 'kernel':
      return (
        <>
          <PathInput {...props} field="kernel" label="Kernel" placeholder="/boot/vmlinuz" extensions={[]} />
          <PathInput
            {...props}
            field="initrd"
            label="Initrd (optional)"
            placeholder="/boot/initrd.img"
            extensions={[]}
          />
          <TextInput
            label="Kernel arguments (optional)"
            value={create.form.cmdline}
            onChange={(cmdline) => create.change({ cmdline })}
            isMono
            placeholder="console=ttyS0"
          />
        </>
      );
    case 'demo':
      return (
        <p className="field-hint">
          The demo guest has a screen, a serial console and a network, and stays as small as 128 MiB. It is good for
          trying things out.
        </p>
      );
  }
}

function ImportFields(props: StepProps): ReactNode {
  const { create } = props;
  return (
    <>
      <PathInput
        {...props}
        field="importPath"
        label="Disk image"
        placeholder="/home/you/old-machine.vmdk"
        extensions={['qcow2', 'img', 'raw', 'vmdk', 'vdi', 'vhd', 'vhdx']}
        hint={<MediaLine media={create.media} />}
      />
      <SelectInput
        label="Format"
        value={create.form.importFormat}
        options={IMPORT_FORMATS.map((format) => ({ value: format, label: format === 'vpc' ? 'vpc (VHD)' : format }))}
        onChange={(importFormat) => create.change({ importFormat })}
      />
      <CheckInput isSelected={create.form.importCopy} onChange={(importCopy) => create.change({ importCopy })}>
        Work on a copy
        <span className="field-hint block">
          The file you chose stays as it is. Without a copy the machine writes to that very file.
        </span>
      </CheckInput>
    </>
  );
}

export function SourceStep(props: StepProps): ReactNode {
  const { form, change } = props.create;
  return (
    <div className="source-step">
      <RadioGroup
        className="source-list"
        value={form.kind}
        onChange={(value) => {
          const kind = SOURCE_KINDS.find((known) => known === value);
          if (kind) change({ kind });
        }}
      >
        <Label className="field-label">Begin from</Label>
        {SOURCE_KINDS.map((kind) => {
          const { label, text, icon: Icon } = SOURCES[kind];
          return (
            <Radio key={kind} value={kind} className="source-card" aria-label={label}>
              <Icon size={20} aria-hidden />
              <span>
                <span className="source-name">{label}</span>
                <span className="source-text">{text}</span>
              </span>
            </Radio>
          );
        })}
      </RadioGroup>
      <div className="source-fields">
        <SourceFields {...props} />
      </div>
    </div>
  );
}
