// The registry: libvirt's virDomainObjList. It holds entries by UUID and by name and lets a definition in only by `decideAdd`; look-up, decision and
// insert happen in one synchronous call, so no other client's call can come between.

import { virError } from '../../../common/errors.ts';
import { type AddDecision, type AddFlags, decideAdd, type ExistingDomain } from '../../conf/decide-add.ts';

export type DecideAdd = <E extends ExistingDomain>(
  list: { byUuid(uuid: string): E | undefined; byName(name: string): E | undefined },
  def: { readonly uuid: string; readonly name: string },
  flags: AddFlags,
) => AddDecision<E>;

export interface RegistryEntry extends ExistingDomain {
  readonly id: number | undefined;
  readonly facts: { readonly macs: readonly string[] };
  name: string;
}

export class DomainList<E extends RegistryEntry> {
  readonly #byUuid = new Map<string, E>();
  readonly #byName = new Map<string, E>();
  /** Every MAC address that an entry has come in with, or that was made for one. It only grows: asking ten thousand entries for each new interface would take longer than the rest of a define. */
  readonly #macs = new Set<string>();
  readonly #decide: DecideAdd;

  /** `decide` is a parameter only so that a test can show that a weaker rule loses domains. */
  constructor(decide: DecideAdd = decideAdd) {
    this.#decide = decide;
  }

  get size(): number {
    return this.#byUuid.size;
  }

  values(): readonly E[] {
    return [...this.#byUuid.values()];
  }

  byUuid(uuid: string): E | undefined {
    return this.#byUuid.get(uuid);
  }

  byName(name: string): E | undefined {
    return this.#byName.get(name);
  }

  /** The entry for `def`: a new one from `make`, or the one that may be reused. Throws what `decideAdd` refuses with. */
  add(
    def: { readonly uuid: string; readonly name: string },
    flags: AddFlags,
    make: () => E,
  ): { readonly entry: E; readonly isNew: boolean } {
    const decision = this.#decide(this, def, flags);
    if (decision.kind === 'refuse') throw decision.error;
    if (decision.kind === 'reuse') return { entry: decision.existing, isNew: false };
    const entry = make();
    this.#byUuid.set(entry.uuid, entry);
    this.#byName.set(entry.name, entry);
    for (const mac of entry.facts.macs) this.#macs.add(mac);
    return { entry, isNew: true };
  }

  /** Takes `entry` out, if it is the one that is in: never another one of the same name. */
  remove(entry: E): void {
    if (this.#byUuid.get(entry.uuid) === entry) this.#byUuid.delete(entry.uuid);
    if (this.#byName.get(entry.name) === entry) this.#byName.delete(entry.name);
  }

  /** True where no domain has had `mac`; from now on it is taken. */
  claimMac(mac: string): boolean {
    if (this.#macs.has(mac)) return false;
    this.#macs.add(mac);
    return true;
  }

  /** Keeps `name`, which nobody has, for `entry`: it is found by both until `rename` or `release`. Throws DOM_EXIST. */
  reserve(entry: E, name: string): void {
    if (this.#byName.has(name)) throw virError('DOM_EXIST', `domain with name '${name}' already exists`);
    this.#byName.set(name, entry);
  }

  release(entry: E, name: string): void {
    if (name !== entry.name && this.#byName.get(name) === entry) this.#byName.delete(name);
  }

  /** From now on `entry` has the name that was kept for it, and its old one is free. */
  rename(entry: E, name: string): void {
    const old = entry.name;
    entry.name = name;
    this.release(entry, old);
  }

  /** By running id, UUID or name, in virsh's order (tools/virsh-util.c). Throws NO_DOMAIN that names what was asked for. */
  lookup(selector: string): E {
    const byId = /^\d+$/.test(selector) ? this.values().find((entry) => entry.id === Number(selector)) : undefined;
    const found = byId ?? this.#byUuid.get(selector.toLowerCase()) ?? this.#byName.get(selector);
    if (!found) throw virError('NO_DOMAIN', `failed to get domain '${selector}': no domain has this name, UUID or id`);
    return found;
  }
}
