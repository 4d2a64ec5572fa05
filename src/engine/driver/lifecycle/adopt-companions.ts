// Adoption's part for companions (companions.ts): those of a guest that is taken over are taken over with it, all others of this user's runs are ended. They are found by their
// command line, which has the start id of their run; where one is recorded, its pid and start time have to agree as well.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type CompanionNeed, companionNeeds } from '../../qemu/command/companion.ts';
import { adoptCompanion, type Companion, type FoundCompanion, findCompanions } from '../../qemu/companion-process.ts';
import type { ProcessIdentity } from '../../qemu/process-identity.ts';
import { domainRuntimeDir } from '../../state/domain-runtime-dir.ts';
import type { DomainStatus } from '../../state/status-files.ts';
import type { DriverContext } from '../context.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';
import { companionLog } from './companions.ts';

const runtimeRoot = (context: DriverContext): string => join(context.paths.runtimeDir, 'd');

export const findAllCompanions = (context: DriverContext): Promise<readonly FoundCompanion[]> =>
  findCompanions(runtimeRoot(context));

const keyOf = ({ pid, startTime }: ProcessIdentity): string => `${pid} ${startTime}`;

/** Its record, else who was found: the last engine may have died between spawn and record. A recorded one that is gone has died, which will be told. */
function identityOf(
  status: DomainStatus,
  found: readonly FoundCompanion[],
  { kind, alias }: CompanionNeed,
): ProcessIdentity | undefined {
  const recorded = status.companions?.find((one) => one.kind === kind && one.alias === alias);
  if (recorded) return { pid: recorded.pid, startTime: recorded.startTime };
  return found.find((one) => !one.isSetup && one.startId === status.startId && one.kind === kind && one.alias === alias)
    ?.identity;
}

/** The companions of a run that is taken over. */
export const companionsToAdopt = (
  context: DriverContext,
  status: DomainStatus,
  def: LiveDomain['def'],
  found: readonly FoundCompanion[],
): readonly Companion[] =>
  companionNeeds(def).flatMap((need) => {
    const identity = identityOf(status, found, need);
    return identity ? [adoptCompanion(need, identity, companionLog(context, status.name, need))] : [];
  });

/** Those that are no running domain's. */
async function straysOf(context: DriverContext, found: readonly FoundCompanion[]): Promise<readonly FoundCompanion[]> {
  const running = context.list.values().flatMap(({ live }) => (live ? [live] : []));
  const owned = new Set(running.flatMap(({ companions }) => companions.map(({ identity }) => keyOf(identity))));
  const adopted = new Set(running.map(({ runtimeDir }) => runtimeDir));
  // A status file that could not be understood, or a QEMU that could not be taken over: what belongs to it is left alone with it.
  const left = (await readdir(context.paths.statusDir))
    .map((name) => domainRuntimeDir(context.paths, basename(name, '.json')))
    .filter((dir) => !adopted.has(dir));
  return found.filter(({ identity, runtimeDir }) => !owned.has(keyOf(identity)) && !left.includes(runtimeDir));
}

/** How often the strays are looked for again: a swtpm_setup may start its swtpm in the moment in which it is ended. */
const SWEEPS = 3;

/** Ends the strays among `found`. Called once all runs are taken over. */
export async function sweepCompanions(context: DriverContext, found: readonly FoundCompanion[]): Promise<void> {
  let strays = await straysOf(context, found);
  for (let sweep = 0; strays.length > 0 && sweep < SWEEPS; sweep += 1) {
    for (const { identity, kind, alias } of strays) {
      context.log.info({ pid: identity.pid, kind, alias }, 'a companion that is nobody’s is ended');
      await context.host
        .endCompanion(identity, 0)
        .catch((error: unknown) => context.log.error({ pid: identity.pid, error: String(error) }, 'it could not be'));
    }
    strays = await straysOf(context, await findAllCompanions(context));
  }
}
