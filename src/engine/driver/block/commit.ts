// `blockcommit`: what lies above `base` is written into it. Of the top image that is an active commit: a mirror, which a pivot ends (libvirt: qemuBlockCommit).
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { ChainLayer } from '../../qemu/def/disk-chain.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { isReadOnlyDisk } from '../lifecycle/preflight.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { beginJob, KEPT } from './begin-job.ts';
import { backingString, editDisk, findLayer, liveRunOf, nodeOf, requireChain, targetOf } from './block-run.ts';

type Input = ParsedInput<'domain.blockCommit'>;

interface Range {
  readonly top: number;
  readonly base: number;
}

/** Which layers, by their place in the chain. Throws INVALID_ARG in libvirt's words. */
export function commitRange(
  disk: DiskDef,
  layers: readonly ChainLayer[],
  input: Pick<Input, 'top' | 'base' | 'shallow' | 'active'>,
): Range {
  const target = targetOf(disk);
  const top = input.top === undefined ? 0 : findLayer(disk, input.top);
  if (top < 0) throw virError('INVALID_ARG', `could not find image '${input.top}' in chain for '${target}'`);
  if (top === 0 && !input.active)
    throw virError('INVALID_ARG', `commit of '${target}' active layer requires active flag`);
  if (top > 0 && input.active)
    throw virError('INVALID_ARG', `active commit requested but '${input.top}' is not active`);
  if (input.shallow && input.base !== undefined)
    throw virError('INVALID_ARG', 'Options --shallow and --base are mutually exclusive');
  const base = input.base === undefined ? (input.shallow ? top + 1 : layers.length - 1) : findLayer(disk, input.base);
  if (base <= top || base >= layers.length)
    throw virError('INVALID_ARG', `could not find base image in chain for '${target}'`);
  return { top, base };
}

export async function commitBlock(
  context: DriverContext,
  obj: DomainObj,
  input: Input,
  command: CommandContext,
): Promise<void> {
  const run = liveRunOf(context, obj, command);
  const { disk, layers } = requireChain(run.live, input.disk);
  const target = targetOf(disk);
  const range = commitRange(disk, layers, input);
  const [active, top, base] = [layers[0], layers[range.top], layers[range.base]] as [
    ChainLayer,
    ChainLayer,
    ChainLayer,
  ];
  const overlay = layers[range.top - 1];
  if (!overlay && isReadOnlyDisk(disk)) throw virError('OPERATION_INVALID', `disk '${target}' is read-only`);
  const name = `commit-${target}-${nodeOf(top)}`;
  const mirror = {
    type: base.type,
    job: 'active-commit',
    format: { type: base.format },
    source: { ...base.source, index: base.index },
  } as DiskDef['mirror'];
  await beginJob(run, {
    record: {
      name,
      type: overlay ? 'commit' : 'active-commit',
      target,
      ...(top.index === undefined ? {} : { top: top.index }),
      ...(base.index === undefined ? {} : { base: base.index }),
      ...(input.delete ? { deletes: true } : {}),
    },
    ...(overlay ? {} : { edit: editDisk(target, (now) => ({ ...now, mirror })) }),
    begin: {
      command: 'block-commit',
      args: {
        'job-id': name,
        device: nodeOf(active),
        'top-node': nodeOf(top),
        'base-node': nodeOf(base),
        ...(overlay && { 'backing-file': backingString(overlay, base, input.keepRelative ?? false) }),
        speed: input.bandwidth ?? 0,
        // The definition is stored between QEMU's readiness to pivot and the pivot itself (job-control.ts).
        ...(overlay ? {} : { 'auto-finalize': false }),
        ...KEPT,
      },
    },
  });
}
