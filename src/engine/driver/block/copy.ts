// `blockcopy`: a disk is copied while it is used, and from then on every write goes to both, until a pivot or an abort ends it (libvirt: qemuDomainBlockCopyCommon).
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import { DISK_FORMATS, type DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { type ChainLayer, chainOf, layerPath } from '../../qemu/def/disk-chain.ts';
import { mirrorOf } from '../../qemu/def/disk-mirror.ts';
import { assignNodeIds, pinNodeIds } from '../../qemu/def/node-ids.ts';
import { planAttach, planCleanUp } from '../../qemu/hotplug/attach-plan.ts';
import { fillImage, type ImageSpec } from '../../storage/qemu-img.ts';
import type { DriverContext } from '../context.ts';
import { assertSameRun, hotplugContextOf, type LiveRun } from '../devices/live-run.ts';
import { runSteps, sendAll } from '../devices/run-steps.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { assertFreeToWrite } from '../lifecycle/preflight.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { beginJob, KEPT } from './begin-job.ts';
import { editDisk, liveRunOf, nodeOf, replaceDisk, requireChain, targetOf } from './block-run.ts';
import { chainDisk } from './chain-nodes.ts';
import { type CopyInput, withDestination } from './copy-destination.ts';
import { withBackingChain } from './detect-chain.ts';

type Input = CopyInput;
type Format = NonNullable<NonNullable<DiskDef['driver']>['type']>;

function formatOf(input: Input, source: ChainLayer): Format {
  const format = input.isBlockDevice && input.format === undefined ? 'raw' : (input.format ?? source.format);
  const known = DISK_FORMATS.find((one) => one === format);
  if (!known) throw virError('INVALID_ARG', `unknown driver format value '${format}'`);
  return known;
}

function assertPossible(obj: DomainObj, input: Input, format: Format): void {
  if (!isAbsolute(input.destination)) throw virError('INVALID_ARG', `${input.destination} is no absolute path`);
  if (obj.isPersistent && !input.transientJob)
    throw virError(
      'OPERATION_INVALID',
      'domain is not transient: a copy is lost where the domain is shut off; say that this is known with --transient-job',
    );
  if (input.granularity && (input.granularity & (input.granularity - 1)) !== 0)
    throw virError('INVALID_ARG', `granularity must be power of 2`);
  if (!input.reuseExternal && !input.isBlockDevice && format !== 'raw' && format !== 'qcow2')
    throw virError(
      'CONFIG_UNSUPPORTED',
      `an image of format ${format} is not made here; make it first and use --reuse-external`,
    );
  if (input.shallow && format === 'raw' && !input.reuseExternal)
    throw virError('INVALID_ARG', 'shallow copy of disk is not possible with raw destination; it has nothing below it');
}

/** The image that is copied to, as a disk: its chain is what it is read with once the disk is it. */
async function destinationOf(disk: DiskDef, input: Input, format: Format, index: number): Promise<DiskDef> {
  const { layers, isWhole } = chainOf(disk);
  const place = input.isBlockDevice ? { dev: input.destination } : { file: input.destination };
  const top: ChainLayer = {
    type: input.isBlockDevice ? 'block' : 'file',
    source: { ...place, hosts: [], seclabels: [] },
    format,
    index,
  };
  // What lies below a shallow copy is open already.
  if (input.shallow) return chainDisk(disk, { layers: [top, ...layers.slice(1)], isWhole });
  if (!input.reuseExternal) return chainDisk(disk, { layers: [top], isWhole: true });
  return withBackingChain(chainDisk(disk, { layers: [top], isWhole: false }));
}

async function capacityOf(run: LiveRun, node: string): Promise<number> {
  const nodes = (await run.monitor.execute(
    'query-named-block-nodes',
    { flat: true },
    { signal: run.signal },
  )) as readonly {
    readonly 'node-name'?: string;
    readonly image?: { readonly 'virtual-size'?: number };
  }[];
  const size = nodes.find((one) => one['node-name'] === node)?.image?.['virtual-size'];
  if (size === undefined) throw virError('OPERATION_FAILED', `QEMU does not tell how large the disk is`);
  return size;
}

async function requireDestination(target: string, path: string): Promise<void> {
  await stat(path).catch((error: unknown) => {
    throw virError('NO_STORAGE_VOL', `missing destination file for disk ${target}: ${path}`, { cause: error });
  });
}

export async function copyBlock(
  context: DriverContext,
  obj: DomainObj,
  asked: ParsedInput<'domain.blockCopy'>,
  command: CommandContext,
): Promise<void> {
  const input = withDestination(asked);
  const run = liveRunOf(context, obj, command);
  const { disk, layers } = requireChain(run.live, input.disk);
  const [source] = layers as [ChainLayer];
  const format = formatOf(input, source);
  assertPossible(obj, input, format);
  const target = targetOf(disk);
  if (input.reuseExternal || input.isBlockDevice) await requireDestination(target, input.destination);
  if (layers.some((layer) => layerPath(layer) === input.destination))
    throw virError('INVALID_ARG', `${input.destination} is a layer of disk '${target}' itself`);
  const before = pinNodeIds(run.live.def);
  const destination = pinBelow(before, await destinationOf(disk, input, format, assignNodeIds(before).next));
  const capacityBytes = await capacityOf(run, nodeOf(source));
  const makes = !input.reuseExternal && !input.isBlockDevice;
  const spec = imageSpec(input, format, capacityBytes, input.shallow ? layers[1] : undefined);
  const steps = await stepsOf(run, before, target, destination, input.shallow === true);
  const name = `copy-${target}-${nodeOf(source)}`;
  const [top] = chainOf(destination).layers as [ChainLayer];
  const mirror = mirrorOf(destination);
  assertSameRun(run);
  // From here to the record of the mirror nothing is awaited: of two domains that want the same file, one is refused.
  assertFreeToWrite(context, obj, input.destination);
  await beginJob(run, {
    record: {
      name,
      type: 'copy',
      target,
      ...(input.shallow ? { isShallow: true } : {}),
      ...(makes ? { creates: input.destination } : {}),
    },
    edit: (def) => editDisk(target, (now) => ({ ...now, mirror }))(pinNodeIds(def)),
    fill: () => fillImage(spec, command.signal),
    prepare: () => runSteps(run, steps),
    takeBack: () => sendAll(run, planCleanUp(steps)),
    begin: {
      command: 'blockdev-mirror',
      args: {
        'job-id': name,
        device: nodeOf(source),
        target: nodeOf(top),
        sync: input.shallow ? 'top' : 'full',
        speed: input.bandwidth ?? 0,
        granularity: input.granularity || undefined,
        'buf-size': input.bufferBytes || undefined,
        'copy-mode': input.synchronousWrites ? 'write-blocking' : undefined,
        'auto-finalize': false,
        ...KEPT,
      },
    },
  });
}

/** Numbers for what lies below a reused destination. */
function pinBelow(def: DomainDef, destination: DiskDef): DiskDef {
  const pinned = pinNodeIds({ ...def, devices: { ...def.devices, disks: [...def.devices.disks, destination] } });
  return pinned.devices.disks.at(-1) ?? destination;
}

const imageSpec = (input: Input, format: Format, capacityBytes: number, below: ChainLayer | undefined): ImageSpec => ({
  path: input.destination,
  format: format === 'raw' ? 'raw' : 'qcow2',
  capacityBytes,
  ...(below && { backing: { path: layerPath(below) ?? '', format: below.format } }),
});

/** What opens the destination; of a shallow copy its top image alone, over what the disk has open. */
async function stepsOf(run: LiveRun, def: DomainDef, target: string, destination: DiskDef, isShallow: boolean) {
  const plans = await hotplugContextOf(run.context, run.live);
  const index = def.devices.disks.findIndex((one) => targetOf(one) === target);
  const planned = planAttach({ ...plans, def: replaceDisk(def, target, destination) }, 'disks', index);
  const own = `libvirt-${destination.source?.index}-`;
  return planned.filter(
    ({ command, args }) =>
      command !== 'device_add' && (!isShallow || String(args['node-name'] ?? args.id).includes(own)),
  );
}
