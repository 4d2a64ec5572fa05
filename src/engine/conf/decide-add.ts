// The rule that this project exists for: what happens when a definition is to enter the registry. From libvirt's virDomainObjListAddLocked
// (src/conf/virdomainobjlist.c). Pure, so that every row has a test, and so that the registry can apply it without an await between
// look-up and insert.
import type { VirError } from '../../common/errors.ts';
import { virError } from '../../common/errors.ts';

/** What the rule looks at in an entry that is already there. */
export interface ExistingDomain {
  readonly uuid: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly isPersistent: boolean;
  /** Undefine or a transient end is under way: the entry is about to leave. */
  readonly isRemoving: boolean;
}

export interface AddFlags {
  /** The domain is to be run (create, start from XML): refuse one that is live, or about to be. Without it: define. */
  readonly checkLive: boolean;
}

export type AddDecision<E extends ExistingDomain> =
  | { readonly kind: 'add' }
  | { readonly kind: 'reuse'; readonly existing: E }
  | { readonly kind: 'refuse'; readonly error: VirError };

export interface Lookup<E extends ExistingDomain> {
  byUuid(uuid: string): E | undefined;
  byName(name: string): E | undefined;
}

const refuse = (code: 'DOM_EXIST' | 'OPERATION_INVALID' | 'OPERATION_FAILED', message: string) =>
  ({ kind: 'refuse', error: virError(code, message) }) as const;

/** Says whether a definition of this UUID and name may enter: as a new entry, as an existing one's new definition, or not. */
export function decideAdd<E extends ExistingDomain>(
  list: Lookup<E>,
  def: { readonly uuid: string; readonly name: string },
  flags: AddFlags,
): AddDecision<E> {
  const sameUuid = list.byUuid(def.uuid);
  if (!sameUuid) {
    const sameName = list.byName(def.name);
    return sameName
      ? refuse('DOM_EXIST', `domain '${def.name}' already exists with uuid ${sameName.uuid}`)
      : { kind: 'add' };
  }
  if (sameUuid.name !== def.name)
    return refuse('DOM_EXIST', `domain '${sameUuid.name}' is already defined with uuid ${def.uuid}`);
  if (sameUuid.isRemoving) return refuse('OPERATION_FAILED', `domain '${sameUuid.name}' is being removed`);
  if (flags.checkLive) {
    if (sameUuid.isActive) return refuse('OPERATION_INVALID', `domain is already active as '${sameUuid.name}'`);
    // An inactive transient entry is one that somebody else is starting at this moment. To let it through would replace that start's entry,
    // and leave its QEMU running with nobody knowing of it.
    if (!sameUuid.isPersistent)
      return refuse('OPERATION_INVALID', `domain '${sameUuid.name}' is already being started`);
  }
  return { kind: 'reuse', existing: sameUuid };
}
