// The create wizard's command: images, definition and start as one unit. What was made is taken away again where a later step fails.
import { mkdir, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { formatBytes } from '../../../common/base/units.ts';
import type { Output } from '../../../common/contract/procedures.ts';
import type { CallContext } from '../../../common/contract/server.ts';
import { virError } from '../../../common/errors.ts';
import { domainNameProblem, type MachineSpec } from '../../../common/model/machine.ts';
import { buildDemoGuest } from '../../demo/build-demo-guest.ts';
import { convertImage, createImage } from '../../storage/qemu-img.ts';
import type { DriverContext } from '../context.ts';
import { findEmulator } from '../host/host.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { checkFile } from '../lifecycle/preflight.ts';
import { startDomain } from '../lifecycle/start.ts';
import { defineDomain, readDefinition, undefineDomain } from '../registry/define.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { removeFiles } from '../registry/undefine-files.ts';
import { type MachineFacts, machineXml } from './machine-xml.ts';

function checkSpec(context: DriverContext, spec: MachineSpec): void {
  const problem = domainNameProblem(spec.name);
  if (problem) throw virError('INVALID_ARG', problem);
  const existing = context.list.byName(spec.name);
  if (existing)
    throw virError('DOM_EXIST', `domain '${spec.name}' already exists with uuid ${existing.uuid}; choose another name`);
  if (spec.memoryKiB * 1024 > totalmem()) {
    throw virError(
      'INVALID_ARG',
      `${formatBytes(spec.memoryKiB * 1024)} of memory is more than this host has (${formatBytes(totalmem())}); give the machine less`,
    );
  }
}

async function checkSource(context: DriverContext, spec: MachineSpec): Promise<void> {
  const { source } = spec;
  if (source.kind === 'iso' || source.kind === 'import') {
    const media = await context.systems.inspect(source.path);
    if (source.kind === 'iso' && media.sizeBytes === 0)
      throw virError('INVALID_ARG', `${source.path} is empty; download it again`);
  }
  if (source.kind === 'kernel') {
    await checkFile('the kernel', source.kernel);
    if (source.initrd) await checkFile('the initial RAM disk', source.initrd);
  }
}

/** Makes the machine's own disk, if it is to have one; pushes what it made onto `made`. */
async function prepareDisk(
  context: DriverContext,
  spec: MachineSpec,
  made: string[],
  { progress, signal }: CommandContext,
): Promise<MachineFacts['disk']> {
  const { source } = spec;
  if (source.kind === 'import' && !source.copy) return { path: source.path, format: source.format };
  const wanted = source.kind === 'import' ? 'qcow2' : spec.disk?.format;
  if (!wanted) return undefined;
  const path = join(context.paths.imageDir, `${spec.name}.${wanted}`);
  await mkdir(context.paths.imageDir, { recursive: true, mode: 0o700 });
  progress('Making the disk');
  if (source.kind === 'import') {
    await convertImage({
      from: source.path,
      fromFormat: source.format,
      path,
      signal,
      onProgress: (fraction) => progress('Copying the disk', fraction),
    });
  } else if (spec.disk) {
    const { bavail, bsize } = await statfs(context.paths.imageDir);
    if (spec.disk.format === 'raw' && spec.disk.sizeBytes > bavail * bsize)
      progress('The disk is larger than the free space; it grows as the machine writes');
    await createImage({ path, format: spec.disk.format, capacityBytes: spec.disk.sizeBytes }, signal);
  }
  made.push(path);
  return { path, format: wanted };
}

async function prepareKernel(
  context: DriverContext,
  spec: MachineSpec,
  { progress, signal }: CommandContext,
): Promise<MachineFacts['kernel']> {
  if (spec.source.kind === 'kernel') return spec.source;
  if (spec.source.kind !== 'demo') return undefined;
  return buildDemoGuest({ cacheDir: context.paths.cacheDir, signal, onProgress: (text) => progress(text) });
}

async function build(context: DriverContext, spec: MachineSpec, command: CommandContext): Promise<DomainObj> {
  const made: string[] = [];
  let obj: DomainObj | undefined;
  try {
    checkSpec(context, spec);
    await checkSource(context, spec);
    const system = spec.osId === undefined ? undefined : await context.systems.find(spec.osId);
    const facts: MachineFacts = {
      emulator: await findEmulator(),
      kernel: await prepareKernel(context, spec, command),
      disk: await prepareDisk(context, spec, made, command),
      hasVirtioDisk: system?.supports.virtioDisk ?? spec.source.kind !== 'import',
      hasVirtioNet: system?.supports.virtioNet ?? true,
      isWindows: system?.family === 'winnt',
    };
    const { def } = await readDefinition(context, machineXml(spec, facts), undefined);
    obj = await defineDomain(context, def);
    if (spec.start) {
      command.progress('Starting');
      await startDomain(context, obj, {}, command);
    }
    return obj;
  } catch (error) {
    if (await takeBack(context, obj))
      await removeFiles([...made, ...(obj?.def.os.nvram?.path ? [obj.def.os.nvram.path] : [])]);
    throw error;
  }
}

/** Takes the definition back. False where it stays, and then its files must stay too: a QEMU that does not die, a file that can't be removed. */
async function takeBack(context: DriverContext, obj: DomainObj | undefined): Promise<boolean> {
  if (!obj) return true;
  if (obj.isActive) return false;
  try {
    await undefineDomain(context, obj);
    return true;
  } catch (failure) {
    context.log.error(
      { domain: obj.name, error: String(failure) },
      'a machine that could not be started stays defined',
    );
    return false;
  }
}

/** Throws INVALID_ARG, DOM_EXIST, NO_STORAGE_VOL, STORAGE_VOL_EXIST, NO_SUPPORT, OPERATION_FAILED, OPERATION_ABORTED; then nothing is left. */
export async function createMachine(
  context: DriverContext,
  spec: MachineSpec,
  { signal }: CallContext,
): Promise<Output<'machine.create'>> {
  checkSpec(context, spec);
  const obj = await context.queue.submit({
    procedure: 'machine.create',
    label: `Create ${spec.name}`,
    domain: { name: spec.name },
    lane: `domain:${spec.name}`,
    canCancel: true,
    signal,
    run: (command) => build(context, spec, command),
  });
  return { uuid: obj.uuid, name: obj.name, started: spec.start };
}
