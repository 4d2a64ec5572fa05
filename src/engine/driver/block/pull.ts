// `blockpull`: what lies below the top image is taken into it, until it needs nothing below any more, or only `base` (libvirt: qemuDomainBlockPullCommon).
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { isReadOnlyDisk } from '../lifecycle/preflight.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { beginJob, KEPT } from './begin-job.ts';
import { backingString, findLayer, liveRunOf, nodeOf, requireChain, targetOf } from './block-run.ts';

export async function pullBlock(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.blockPull'>,
  command: CommandContext,
): Promise<void> {
  const run = liveRunOf(context, obj, command);
  const { disk, layers } = requireChain(run.live, input.disk);
  const target = targetOf(disk);
  const [top] = layers;
  if (!top || isReadOnlyDisk(disk)) throw virError('OPERATION_INVALID', `disk '${target}' is read-only`);
  if (input.keepRelative && input.base === undefined)
    throw virError('INVALID_ARG', 'flag VIR_DOMAIN_BLOCK_PULL_RELATIVE is valid only with non-null base');
  const at = input.base === undefined ? undefined : findLayer(disk, input.base);
  if (at !== undefined && at < 1)
    throw virError('INVALID_ARG', `could not find image '${input.base}' below the active one in chain for '${target}'`);
  const base = at === undefined ? undefined : layers[at];
  const name = `pull-${target}-${nodeOf(top)}`;
  await beginJob(run, {
    record: { name, type: 'pull', target, ...(base?.index === undefined ? {} : { base: base.index }) },
    begin: {
      command: 'block-stream',
      args: {
        'job-id': name,
        device: nodeOf(top),
        ...(base && {
          'base-node': nodeOf(base),
          'backing-file': backingString(top, base, input.keepRelative ?? false),
        }),
        speed: input.bandwidth ?? 0,
        ...KEPT,
      },
    },
  });
}
