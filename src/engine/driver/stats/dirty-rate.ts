// How fast a guest writes its memory, which tells whether it could be moved while it runs (libvirt: qemuDomainStartDirtyRateCalc, qemuDomainGetStatsDirtyRate). QEMU measures
// behind the answer, and keeps the last result.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainStats } from '../../../common/model/endpoints.ts';
import { requireLive } from '../actions.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { type MeasureOptions, measure } from './measure.ts';

type Input = ParsedInput<'domain.calcDirtyRate'>;
type Mode = NonNullable<Input['mode']>;

const MOST_SECONDS = 60;

/** Throws CONFIG_UNSUPPORTED for what this run's QEMU can't do. */
function assertMode({ def, accelerator }: LiveDomain, mode: Mode): void {
  if (mode === 'page-sampling') return;
  const hasRing = def.features?.kvm?.dirtyRing?.state === true;
  if (mode === 'dirty-ring' && !hasRing)
    throw virError('CONFIG_UNSUPPORTED', 'dirty-ring calculation mode requires dirty-ring feature enabled.');
  if (mode === 'dirty-bitmap' && hasRing)
    throw virError('CONFIG_UNSUPPORTED', 'dirty-bitmap calculation mode requires dirty-ring feature disabled.');
  // QEMU 7.2 reads KVM's bitmap without looking whether there is KVM, and is gone.
  if (accelerator !== 'kvm')
    throw virError('CONFIG_UNSUPPORTED', `${mode} calculation mode requires KVM; page-sampling does without`);
}

/** Begins to measure; domain.stats tells the result. Throws OPERATION_INVALID, CONFIG_UNSUPPORTED, OPERATION_FAILED (one is under way). */
export async function calcDirtyRate(
  obj: DomainObj,
  { seconds = 1, mode = 'page-sampling' }: Input,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const { live, monitor } = requireLive(obj);
  if (seconds < 1 || seconds > MOST_SECONDS)
    throw virError(
      'CONFIG_UNSUPPORTED',
      `seconds=${seconds} is invalid, please choose value within [1, ${MOST_SECONDS}].`,
    );
  assertMode(live, mode);
  await monitor.execute('calc-dirty-rate', { 'calc-time': seconds, mode }, { signal });
}

/** Undefined where QEMU does not tell in time. */
export async function dirtyRateOf(live: LiveDomain, options: MeasureOptions): Promise<DomainStats['dirtyRate']> {
  const told = await measure(live, (monitor, asked) => monitor.execute('query-dirty-rate', undefined, asked), options);
  if (!told) return undefined;
  const rate = told['dirty-rate'];
  const vcpus = told['vcpu-dirty-rate']?.map((vcpu) => ({ id: vcpu.id, megabytesPerSecond: vcpu['dirty-rate'] }));
  return {
    status: told.status,
    startTime: told['start-time'],
    periodSeconds: told['calc-time'],
    mode: told.mode,
    // QEMU answers -1 where nothing was measured yet.
    ...(rate === undefined || rate < 0 ? {} : { megabytesPerSecond: rate }),
    ...(vcpus ? { vcpus } : {}),
  };
}
