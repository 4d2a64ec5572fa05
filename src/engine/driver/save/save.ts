// Saving a guest: its memory goes to a file, and its QEMU ends. libvirt: qemuDomainSaveInternal. The file gets its name in one step (SaveWriter.commit): before
// it the guest goes on as if nothing had been, after it the guest is saved, also where the engine dies in between (end-save.ts).
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { toVirError, type VirError, virError } from '../../../common/errors.ts';
import { formatDomain, parseDomain } from '../../conf/domain.ts';
import { hasFlag } from '../../qemu/def/capabilities.ts';
import { withoutOwnConsoles } from '../../qemu/def/prepare.ts';
import { temporarySavePath } from '../../state/save-image.ts';
import type { SaveWriter } from '../../state/save-writer.ts';
import { requireLive } from '../actions.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { asJob, type JobHandle, migrationFigures, progressText } from '../jobs/jobs.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { queueStatus, setState } from '../registry/state-writer.ts';
import { endSaved, markSaved, takeBack } from './end-save.ts';
import { followMigration } from './migration.ts';

export interface SaveRequest {
  readonly path: string;
  readonly isManaged: boolean;
  /** Instead of the running definition. It must be the same domain. */
  readonly xml?: string | undefined;
  /** How the guest is to begin when it is restored; as it is now where both are undefined. */
  readonly paused?: boolean | undefined;
  readonly running?: boolean | undefined;
}

/** No limit of its own: QEMU would take 128 MiB/s, as over a network. */
const UNLIMITED_BYTES_S = 2 ** 53 - 1;

export const managedSavePath = (context: DriverContext, name: string): string =>
  join(context.paths.saveDir, `${name}.save`);

/** The definition that goes into the file. Throws INVALID_ARG where `xml` is another domain's. */
export function savedDefinition(obj: DomainObj, live: LiveDomain, xml: string | undefined): string {
  if (xml === undefined) return formatDomain(withoutOwnConsoles(live.def, live.runtimeDir));
  const { def } = parseDomain(xml);
  if (def.name !== obj.name || (def.uuid !== undefined && def.uuid !== obj.uuid))
    throw virError('INVALID_ARG', `the definition for the saved file is of '${def.name}', not of domain '${obj.name}'`);
  return formatDomain({ ...def, uuid: obj.uuid });
}

/** Throws INVALID_ARG for a path that nothing can be saved to. */
export async function checkSavePath({ paths }: DriverContext, path: string): Promise<void> {
  if (!isAbsolute(path)) throw virError('INVALID_ARG', `${path} is no absolute path`);
  if (dirname(normalize(path)) === paths.saveDir)
    throw virError(
      'INVALID_ARG',
      `${path} is in the folder of the managed saves, whose files are their domains'; choose another place`,
    );
  const found = await stat(path).catch(() => undefined); // not there yet
  if (found && !found.isFile()) throw virError('INVALID_ARG', `${path} is no plain file`);
  const folder = await stat(dirname(path)).catch(() => undefined); // said below
  if (!folder?.isDirectory()) throw virError('INVALID_ARG', `there is no folder ${dirname(path)}`);
}

/** A file of the managed save's name may be of another domain, which once had the name: it may be all that is left of that one's guest. */
async function setAsideForeign(context: DriverContext, obj: DomainObj, path: string): Promise<void> {
  const owner = await context.host.inspectSaved(path).then(
    ({ xml }) => parseDomain(xml, { file: path }).def.uuid,
    (error: unknown) => {
      if (toVirError(error).code === 'NO_STORAGE_VOL') return obj.uuid; // there is none
      return undefined; // nobody knows whose it is
    },
  );
  if (owner === obj.uuid) return;
  const aside = await context.host.setAsideSaved(path);
  obj.hasManagedSave = false;
  context.log.warn({ domain: obj.name, owner, aside }, 'the saved state of another domain was set aside');
}

/** Saves and ends the domain. Throws OPERATION_INVALID, SYSTEM_ERROR (the file), OPERATION_ABORTED, OPERATION_FAILED; then the guest goes on as before. */
export async function saveDomain(
  context: DriverContext,
  obj: DomainObj,
  request: SaveRequest,
  command: CommandContext,
): Promise<void> {
  const { live } = requireLive(obj);
  if (obj.state !== 'running' && obj.state !== 'paused')
    throw virError('OPERATION_INVALID', `domain '${obj.name}' can't be saved while it is ${obj.state}`);
  if (request.isManaged) await setAsideForeign(context, obj, request.path);
  else await checkSavePath(context, request.path);
  const xml = savedDefinition(obj, live, request.xml);
  await asJob(context, obj, 'save', command, (job) => runSave(context, obj, live, { ...request, xml }, command, job));
  // Saved, whatever comes now: a crash here is finished by the next engine.
  await endSaved(context, obj, live);
}

async function runSave(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  request: SaveRequest & { readonly xml: string },
  command: CommandContext,
  job: JobHandle,
): Promise<void> {
  const { path, isManaged } = request;
  const wasRunning = obj.state === 'running';
  const runsLater = request.running ? true : request.paused ? false : wasRunning;
  const temporary = temporarySavePath(path);
  const emulator = live.def.devices.emulator ?? '';
  const capabilities = await context.capabilities(emulator);
  // mapped-ram came between the two: who has both has it (QEMU 9.1).
  const isSparse = hasFlag(capabilities, 'MIGRATE_FILE') && hasFlag(capabilities, 'MIGRATION_PARAM_DIRECT_IO');
  let writer: SaveWriter | undefined;
  try {
    // On disk before there is anything to find: whoever takes over knows what to look for.
    await markSaving(context, obj, live, { path, temporary, phase: 'preparing', wasRunning, isManaged });
    writer = await context.host.createSave({
      path,
      temporary,
      socketPath: join(live.runtimeDir, 'save.sock'),
      xml: request.xml,
      wasRunning: runsLater,
      isSparse,
    });
    await markSaving(context, obj, live, { path, temporary, phase: 'writing', wasRunning, isManaged });
    if (wasRunning) await pauseForSave(context, obj, live, command.signal);
    await migrateTo(live, writer, isSparse ? temporary : undefined, command.signal, job);
    assertSame(obj, live);
    await writer.commit();
    markSaved(obj, live);
  } catch (error) {
    const left = await takeBack(context, obj, live, writer);
    throw saveFailure(obj, live, error, left, command.signal);
  }
}

const assertSame = (obj: DomainObj, live: LiveDomain): void => {
  if (obj.live !== live || live.phase !== 'running')
    throw virError('OPERATION_FAILED', `domain '${obj.name}' ended while it was saved`);
};

async function markSaving(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  saving: NonNullable<LiveDomain['saving']>,
): Promise<void> {
  live.saving = saving;
  await queueStatus(context, obj, live);
  assertSame(obj, live);
}

async function pauseForSave(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  signal: AbortSignal,
): Promise<void> {
  live.pauseReason = 'saving';
  await live.monitor?.execute('stop', undefined, { signal });
  assertSame(obj, live);
  if (obj.state === 'running')
    setState(context, obj, { state: 'paused', reason: 'saving', event: 'Suspended', detail: 'Paused' });
}

async function migrateTo(
  live: LiveDomain,
  writer: SaveWriter,
  file: string | undefined,
  signal: AbortSignal,
  job: JobHandle,
): Promise<void> {
  const { monitor } = live;
  if (!monitor) throw virError('OPERATION_FAILED', 'QEMU does not answer');
  const execute: typeof monitor.execute = (name, args) => monitor.execute(name, args, { signal });
  await execute('migrate-set-parameters', { 'max-bandwidth': UNLIMITED_BYTES_S });
  await execute('migrate-set-capabilities', {
    capabilities: [
      // What a cancelled migration of before may have left on.
      { capability: 'mapped-ram', state: file !== undefined },
      { capability: 'multifd', state: file !== undefined },
    ].filter(({ capability }) => file !== undefined || capability !== 'mapped-ram'),
  });
  if (file === undefined) await execute('migrate', { uri: `unix:${join(live.runtimeDir, 'save.sock')}` });
  else
    await execute('migrate', {
      channels: [{ 'channel-type': 'main', addr: { transport: 'file', filename: file, offset: writer.streamOffset } }],
    });
  // The stream's end comes with the migration's; only its failure is news.
  const broken = writer.finished.then(() => new Promise<never>(() => undefined));
  await followMigration(monitor, {
    signal,
    broken,
    onProgress: (info) => {
      const figures = migrationFigures(info);
      job.update(progressText('Saving memory', figures), figures);
    },
  });
  await writer.finished;
}

function saveFailure(
  obj: DomainObj,
  live: LiveDomain,
  error: unknown,
  left: string | undefined,
  signal: AbortSignal,
): VirError {
  const { code, message, detail } = toVirError(error);
  if (signal.aborted && (obj.live !== live || live.phase !== 'running'))
    return virError('OPERATION_ABORTED', `domain '${obj.name}' was forced off while it was saved`, { cause: error });
  return code === 'OPERATION_ABORTED'
    ? virError(code, `the save of domain '${obj.name}' was cancelled; ${left ?? 'it goes on as before'}`, {
        detail,
        cause: error,
      })
    : virError(code, `domain '${obj.name}' was not saved: ${message}${left === undefined ? '' : `; ${left}`}`, {
        detail,
        cause: error,
      });
}
