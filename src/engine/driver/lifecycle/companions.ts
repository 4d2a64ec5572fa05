// A guest's companions (qemu/command/companion.ts) in its life: started before its QEMU, which connects to them, and ended with it (libvirt: qemuExtDevicesStart, qemuExtDevicesStop).
// The status file is on disk before they are spawned, and their command line has its start id: so a new engine finds them wherever the last one died.
import { join } from 'node:path';
import { toVirError, virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import {
  type CompanionNeed,
  companionName,
  companionNeeds,
  companionPidFile,
  companionSocket,
  isEmulatedTpm,
  isPasst,
} from '../../qemu/command/companion.ts';
import { passtArgs } from '../../qemu/command/passt.ts';
import { checkTpm, setupLog, swtpmArgs, swtpmReconfigureArgs, swtpmSetupArgs } from '../../qemu/command/swtpm.ts';
import type { Companion, CompanionOptions } from '../../qemu/companion-process.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit, queueStatus } from '../registry/state-writer.ts';
import { explainCompanionFailure } from './explain-failure.ts';
import { joinScope } from './scope.ts';
import { tpmStateDir } from './tpm.ts';

/** Once QEMU has let go of it, a companion ends by itself in some milliseconds. */
const PATIENCE_MS = 500;
const ANSWER_MS = 5_000;

interface Run {
  readonly context: DriverContext;
  readonly obj: DomainObj;
  readonly live: LiveDomain;
  readonly signal?: AbortSignal | undefined;
}

export const companionLog = (context: DriverContext, name: string, need: CompanionNeed): string =>
  join(context.paths.logDir, `${name}-${companionName(need)}.log`);

const deviceOf = <T extends { readonly alias?: { readonly name: string } | undefined }>(
  devices: readonly T[],
  alias: string,
): T => {
  const device = devices.find((one) => one.alias?.name === alias);
  if (!device) throw virError('INTERNAL_ERROR', `there is no device '${alias}'`);
  return device;
};

async function swtpmOf({ context, obj, live, signal }: Run, alias: string, isIncoming: boolean): Promise<string[]> {
  const tpm = deviceOf(live.def.devices.tpms, alias);
  const { host } = context;
  const program = await host.findProgram('swtpm');
  const stateDir = tpmStateDir(context, obj.uuid, tpm);
  // The intent first: one that a transient domain's start has made goes with it, wherever that ends.
  if (!(await host.hasTpm(stateDir))) {
    live.hasNewTpm = true;
    await queueStatus(context, obj, live);
  }
  await host.prepareTpm({
    stateDir,
    isIncoming,
    findSetup: () => host.findProgram('swtpm_setup'),
    makeArgs: (dir) => swtpmSetupArgs(tpm, live, { stateDir: dir, vmid: `${obj.name}:${obj.uuid}` }),
    changeArgs: swtpmReconfigureArgs(tpm, live, stateDir),
    logPath: setupLog(tpm, live),
    signal,
  });
  const logPath = companionLog(context, obj.name, { kind: 'swtpm', alias });
  return [program, ...swtpmArgs(tpm, live, { stateDir, logPath })];
}

async function passtOf({ context, live }: Run, alias: string): Promise<string[]> {
  const net = deviceOf(live.def.devices.interfaces, alias);
  const runAs = process.getuid?.() === 0 ? '0:0' : undefined;
  return [await context.host.findProgram('passt'), ...passtArgs(net, live, { runAs })];
}

async function optionsOf(run: Run, need: CompanionNeed, isIncoming: boolean): Promise<CompanionOptions> {
  const argv = need.kind === 'swtpm' ? await swtpmOf(run, need.alias, isIncoming) : await passtOf(run, need.alias);
  return {
    ...need,
    argv,
    socketPath: companionSocket(run.live.runtimeDir, need),
    pidFile: companionPidFile(run.live, need),
    logPath: companionLog(run.context, run.obj.name, need),
    signal: run.signal,
  };
}

const isOver = ({ obj, live }: Run): boolean => obj.live !== live || live.phase === 'stopping';

/** Throws NO_SUPPORT, OPERATION_FAILED with its words, OPERATION_ABORTED where the run ended meanwhile; then it does not run. */
async function startCompanion(run: Run, need: CompanionNeed, isIncoming: boolean): Promise<Companion> {
  const { context, obj, live } = run;
  const options = await optionsOf(run, need, isIncoming);
  const ended = () => virError('OPERATION_ABORTED', `domain '${obj.name}' was forced off meanwhile`);
  if (isOver(run)) throw ended();
  const companion = await context.host.spawnCompanion(options).catch((error: unknown) => {
    throw isOver(run) ? ended() : explainCompanionFailure(obj.name, need, toVirError(error));
  });
  if (isOver(run)) {
    await endAll(context, obj, [companion], 0);
    throw ended();
  }
  live.companions = [...live.companions, companion];
  return companion;
}

/** Starts all that the definition of a run needs. Where one fails, those that came to be are in `live.companions`, for whoever undoes the start. */
export async function startCompanions(run: Run, isIncoming: boolean): Promise<void> {
  const starts = companionNeeds(run.live.def).map((need) => startCompanion(run, need, isIncoming));
  const failure = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/** Starts what a device that is plugged in needs, once it is in the running definition. */
export async function startCompanionsOf(run: Run, alias: string): Promise<void> {
  const needs = companionNeeds(run.live.def).filter((need) => need.alias === alias);
  for (const need of needs) {
    const companion = await startCompanion(run, need, false);
    joinScope(run.context, run.obj, run.live, companion.identity.pid);
    watchCompanion(run, companion);
  }
  if (needs.length > 0) await queueStatus(run.context, run.obj, run.live);
}

async function endAll(
  context: DriverContext,
  obj: DomainObj,
  companions: readonly Companion[],
  patienceMs: number,
): Promise<void> {
  await Promise.all(
    companions.map(({ identity, kind }) =>
      context.host
        .endCompanion(identity, patienceMs)
        .catch((error: unknown) =>
          context.log.error(
            { domain: obj.name, pid: identity.pid, error: String(error) },
            `${kind} could not be ended`,
          ),
        ),
    ),
  );
}

/** Ends them once QEMU is gone, or never was. What can't be ended is logged, and the next engine tries again. */
export async function endCompanions(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const { companions } = live;
  live.companions = [];
  await endAll(context, obj, companions, live.process ? PATIENCE_MS : 0);
}

/** Ends those of a device that QEMU has let go of. */
export async function endCompanionsOf({ context, obj, live }: Run, alias: string): Promise<void> {
  const going = live.companions.filter((companion) => companion.alias === alias);
  live.companions = live.companions.filter((companion) => companion.alias !== alias);
  await endAll(context, obj, going, PATIENCE_MS);
}

/** From now on the death of one is told. From the moment that the guest runs: before that it is the start that fails. */
export function watchCompanions(run: Run): void {
  for (const companion of run.live.companions) watchCompanion(run, companion);
}

function watchCompanion(run: Run, companion: Companion): void {
  const { context, obj, live } = run;
  void companion.exited.then(() => {
    live.events = live.events
      .then(() => handleDeath(run, companion))
      .catch((error: unknown) =>
        context.log.error({ domain: obj.name, error: String(error) }, 'the end of a companion could not be handled'),
      );
  });
}

/** Whether QEMU is still there: where it is not, its companions went with it, and its own end tells. */
async function answers({ monitor }: LiveDomain): Promise<boolean> {
  try {
    await monitor?.execute('query-status', undefined, { timeoutMs: ANSWER_MS });
    return monitor !== undefined;
  } catch (error) {
    return toVirError(error).code === 'OPERATION_TIMEOUT'; // it hangs, which is not the end
  }
}

async function handleDeath(run: Run, companion: Companion): Promise<void> {
  const { context, obj, live } = run;
  const isCurrent = (): boolean =>
    obj.live === live && live.phase === 'running' && !live.isExpectedToEnd && live.companions.includes(companion);
  if (!isCurrent() || !(await answers(live)) || !isCurrent()) return;
  const detail = await companion.lastWords();
  // It stays in the record: the next engine tells it too.
  obj.problem = {
    code: 'OPERATION_FAILED',
    message: lossOf(obj.name, companion),
    at: context.now(),
    ...(detail ? { detail } : {}),
  };
  context.log.warn({ domain: obj.name, pid: companion.identity.pid }, `${companion.kind} ended while the guest runs`);
  emit(context, obj, { kind: 'updated' });
}

function lossOf(name: string, { kind, alias, identity }: Companion): string {
  const what = `${kind} (process ${identity.pid}) ended`;
  return kind === 'swtpm'
    ? `the TPM of domain '${name}' does not work any more, because ${what}; shut the domain down and start it again`
    : `the network interface '${alias}' of domain '${name}' is cut off, because ${what}; detach it and attach it again, or restart the domain`;
}

/** What a start would be refused for. Throws CONFIG_UNSUPPORTED, NO_SUPPORT. */
export async function checkCompanions({ host }: DriverContext, def: DomainDef): Promise<void> {
  const { tpms, interfaces } = def.devices;
  for (const tpm of tpms.filter(isEmulatedTpm)) {
    checkTpm(def.name, tpm);
    await host.findProgram('swtpm');
  }
  if (interfaces.some(isPasst)) await host.findProgram('passt');
}
