// Commands on the images of a running domain's disks: which label, what answer. What they do is beside this.
import type { ParsedInput, ProcedureName } from '../../../common/contract/procedures.ts';
import type { DriverContext } from '../context.ts';
import { execute } from '../devices/live-run.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { plain, type Verbs } from '../jobs/on-domain.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { liveRunOf } from './block-run.ts';
import { commitBlock } from './commit.ts';
import { copyBlock } from './copy.ts';
import { abortJob, pivotJob, requireJob } from './job-control.ts';
import { pullBlock } from './pull.ts';
import { resizeBlock } from './resize.ts';

type Act<N extends ProcedureName> = (
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<N>,
  command: CommandContext,
) => Promise<void>;

async function setSpeed(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.blockJobSetSpeed'>,
  command: CommandContext,
): Promise<void> {
  const run = liveRunOf(context, obj, command);
  const { name } = requireJob(run.live, input.disk);
  await execute(run, { command: 'block-job-set-speed', args: { device: name, speed: input.bandwidth } });
}

async function abort(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.blockJobAbort'>,
  command: CommandContext,
): Promise<void> {
  const run = liveRunOf(context, obj, command);
  const job = requireJob(run.live, input.disk);
  if (input.pivot) return pivotJob(run, job);
  return abortJob(run, job, input.async ?? false);
}

export function createBlockVerbs(context: DriverContext): Verbs {
  const verb = <N extends ProcedureName>(procedure: N, label: string, act: Act<N>) =>
    plain<N>(context, { procedure, label, canCancel: true }, (obj, input, command) =>
      act(context, obj, input, command),
    );
  return {
    'domain.blockResize': verb<'domain.blockResize'>('domain.blockResize', 'Resize a disk of', resizeBlock),
    'domain.blockPull': verb<'domain.blockPull'>('domain.blockPull', 'Pull the images below a disk of', pullBlock),
    'domain.blockCommit': verb<'domain.blockCommit'>('domain.blockCommit', 'Commit a disk of', commitBlock),
    'domain.blockCopy': verb<'domain.blockCopy'>('domain.blockCopy', 'Copy a disk of', copyBlock),
    'domain.blockJobSetSpeed': verb<'domain.blockJobSetSpeed'>(
      'domain.blockJobSetSpeed',
      'Set the speed of a block job of',
      setSpeed,
    ),
    'domain.blockJobAbort': verb<'domain.blockJobAbort'>('domain.blockJobAbort', 'End a block job of', abort),
  };
}
