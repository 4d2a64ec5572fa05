// Where the emulated TPM of a domain is, and when it goes: with the definition, or with a transient domain, unless somebody wants it kept (libvirt: qemuTPMEmulatorCleanupHost).
import { join } from 'node:path';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { TpmDef } from '../../conf/small-devices.ts';
import { isEmulatedTpm } from '../../qemu/command/companion.ts';
import { tpmFolder } from '../../qemu/command/swtpm.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { queueStatus } from '../registry/state-writer.ts';

/** By UUID: a new name does not touch it. */
const domainTpmDir = ({ paths }: DriverContext, uuid: string): string => join(paths.tpmDir, uuid);

/** The folder with the TPM itself: a person's own choice, else ours. */
export const tpmStateDir = (context: DriverContext, uuid: string, { backend, ...tpm }: TpmDef): string =>
  backend?.source?.path ?? join(domainTpmDir(context, uuid), tpmFolder({ backend, ...tpm }));

export interface TpmWish {
  readonly tpm?: boolean | undefined;
  readonly keepTpm?: boolean | undefined;
}

/** The folder that goes with `def`; undefined where nothing does. A folder that a person chose never goes. */
export function goingTpmDir(
  context: DriverContext,
  uuid: string,
  def: DomainDef,
  { tpm, keepTpm }: TpmWish,
): string | undefined {
  const emulated = def.devices.tpms.find(isEmulatedTpm);
  if (!emulated || emulated.backend?.source?.path !== undefined) return undefined;
  const goes = emulated.backend?.persistentState ? tpm : !keepTpm;
  return goes ? domainTpmDir(context, uuid) : undefined;
}

/** At the end of a run. `hasRun`: not a start that failed, which takes away only what it made. */
export async function dropTransientTpm(
  context: DriverContext,
  obj: Pick<DomainObj, 'uuid' | 'name' | 'isPersistent'>,
  { def, hasNewTpm, tpmAtEnd }: Pick<LiveDomain, 'def' | 'hasNewTpm' | 'tpmAtEnd'>,
  hasRun: boolean,
): Promise<void> {
  if (obj.isPersistent || (!hasRun && !hasNewTpm)) return;
  const dir = goingTpmDir(context, obj.uuid, def, { tpm: tpmAtEnd === 'remove', keepTpm: tpmAtEnd === 'keep' });
  if (dir === undefined) return;
  await context.host
    .removeTpm(dir)
    .catch((error: unknown) => context.log.error({ domain: obj.name, error: String(error) }, 'a TPM stays behind'));
}

/**
 * Undefines by `undefine`, and takes the TPM along where it is to go; of a running domain that is done at its end. Returns the folders that are gone. Throws INVALID_ARG,
 * SYSTEM_ERROR, and what `undefine` throws; where the domain is still defined, so is its TPM.
 */
export async function undefineWithTpm(
  context: DriverContext,
  obj: DomainObj,
  wish: TpmWish,
  undefine: () => Promise<void>,
): Promise<readonly string[]> {
  if (wish.tpm && wish.keepTpm)
    throw virError('INVALID_ARG', 'the TPM can be removed or kept, not both; say one of --tpm and --keep-tpm');
  const { live } = obj;
  if (live) {
    live.tpmAtEnd = wish.tpm ? 'remove' : wish.keepTpm ? 'keep' : undefined;
    await undefine();
    if (obj.live === live) await queueStatus(context, obj, live);
    // Its run ended meanwhile, as that of a persistent domain, and left the TPM to whoever undefines it.
    else if (!context.list.byUuid(obj.uuid))
      await dropTransientTpm(context, { uuid: obj.uuid, name: obj.name, isPersistent: false }, live, true);
    return [];
  }
  const dir = goingTpmDir(context, obj.uuid, obj.def, wish);
  const { host } = context;
  if (dir === undefined || !(await host.setTpmAside(dir))) {
    await undefine();
    return [];
  }
  try {
    await undefine();
  } catch (error) {
    // The definition may be gone, and a disk was what failed.
    const isStillThere = context.list.byUuid(obj.uuid) === obj;
    await (isStillThere ? host.putTpmBack(dir) : host.removeTpm(dir)).catch((failure: unknown) =>
      context.log.error({ domain: obj.name, error: String(failure) }, 'a TPM is left to the next engine'),
    );
    throw error;
  }
  await host.removeTpm(dir);
  return [dir];
}
