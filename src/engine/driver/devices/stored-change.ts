// The stored half of a change: prepared and validated before the running domain is touched, stored after it.
import { toVirError, virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { DriverContext } from '../context.ts';
import { type CompleteDef, completeDefinition } from '../native.ts';
import { defineDomain } from '../registry/define.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { markPending } from './pending.ts';

export type StoredDef = CompleteDef['def'];

/** The stored definition as `change` makes it, complete and valid. Throws XML_ERROR, CONFIG_UNSUPPORTED. */
export async function prepareStored(
  context: DriverContext,
  obj: DomainObj,
  change: (def: DomainDef) => DomainDef,
): Promise<StoredDef> {
  return (await completeDefinition(context, change(obj.def))).def;
}

/** Stores it, where there is one, and says anew whether the running domain differs. `wasLive`: the running half is done, which a failure here must tell. */
export async function finishChange(
  context: DriverContext,
  obj: DomainObj,
  stored: StoredDef | undefined,
  wasLive: boolean,
): Promise<void> {
  try {
    if (stored) await defineDomain(context, stored);
  } catch (error) {
    const { code, message } = toVirError(error);
    if (!wasLive) throw error;
    throw virError(
      code,
      `the running domain '${obj.name}' was changed, but its definition could not be stored: ${message}`,
      { cause: error },
    );
  } finally {
    await markPending(context, obj);
    emit(context, obj, { kind: 'updated' });
  }
}
