// Step 3: what will be made, in one look.
import type { ReactNode } from 'react';
import { assertNever } from '../../../common/base/assert-never.ts';
import { Banner } from '../../components/banner.tsx';
import { CheckInput } from '../../components/fields.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { formatKiB, plural } from '../../format/quantity.ts';
import type { CreateForm } from './create-form.ts';
import type { StepProps } from './source-step.tsx';

function sourceText(form: CreateForm): string {
  switch (form.kind) {
    case 'iso':
      return form.isoPath;
    case 'import':
      return `${form.importPath} (${form.importFormat}${form.importCopy ? ', copied' : ', used as it is'})`;
    case 'network':
      return 'Network boot';
    case 'kernel':
      return form.kernel;
    case 'demo':
      return 'Demo guest';
    default:
      return assertNever(form.kind);
  }
}

const networkText = (network: string): string => {
  if (network === 'none') return 'None';
  return network.startsWith('bridge:') ? `Bridge ${network.slice('bridge:'.length)}` : 'Shared with this computer';
};

export function ReviewStep({ create }: StepProps): ReactNode {
  const { form, change, systems, submit, context } = create;
  const system = systems.find((known) => known.id === form.osId)?.name ?? context.media?.osName ?? 'Unknown';
  const facts: readonly (readonly [string, string])[] = [
    ['Name', form.name],
    ['Begin from', sourceText(form)],
    ...(form.kind === 'demo' ? [] : [['System', system] as const]),
    ['Memory', formatKiB(form.memoryMiB * 1024)],
    ['Processors', plural(form.vcpus, 'CPU')],
    ...(form.kind === 'demo'
      ? []
      : [['New disk', form.hasDisk ? `${form.diskGiB} GiB, ${form.diskFormat}` : 'None'] as const]),
    ['Network', networkText(form.network)],
    ...(form.kind === 'kernel' || form.kind === 'demo'
      ? []
      : [['Firmware', form.firmware === 'uefi' ? 'UEFI' : 'BIOS'] as const]),
  ];
  return (
    <div className="review-step">
      {submit.kind === 'failed' && (
        <Banner tone="bad" title={submit.error.message} detail={submit.error.detail} detailLabel="Details">
          <p className="field-hint">{adviceFor(submit.error).text}</p>
        </Banner>
      )}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {context.host && form.kind !== 'demo' && <p className="field-hint">Its files go to {context.host.imageDir}.</p>}
      <CheckInput isSelected={form.start} onChange={(start) => change({ start })}>
        Start it when it is created
      </CheckInput>
    </div>
  );
}
