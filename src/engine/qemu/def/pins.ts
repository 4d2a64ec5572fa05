// Which CPUs of the host a definition gives each thread of its QEMU (libvirt: qemuProcessSetupPid): its own pin, else what <vcpu cpuset> gives to all, else any. Pure.
import { bitmapMembers, formatBitmap } from '../../conf/bitmap.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { CputuneDef } from '../../conf/tuning.ts';

export type PinnedThread =
  | { readonly thread: 'vcpu' | 'iothread'; readonly id: number }
  | { readonly thread: 'emulator'; readonly id?: undefined };

/** CPUs that the definition names for this thread; undefined: it names none. */
export function pinOf({ cputune, vcpu }: DomainDef, of: PinnedThread): readonly number[] | undefined {
  const own =
    of.thread === 'emulator'
      ? cputune?.emulatorpin?.cpuset
      : of.thread === 'vcpu'
        ? cputune?.vcpupins.find((pin) => pin.vcpu === of.id)?.cpuset
        : cputune?.iothreadpins.find((pin) => pin.iothread === of.id)?.cpuset;
  const set = own ?? vcpu?.cpuset;
  return set === undefined ? undefined : bitmapMembers(set);
}

const NO_TUNING: CputuneDef = { vcpupins: [], iothreadpins: [], vcpusched: [], iothreadsched: [], cachetunes: [] };

export function withPin(def: DomainDef, of: PinnedThread, cpus: readonly number[]): DomainDef {
  const cputune = def.cputune ?? NO_TUNING;
  const cpuset = formatBitmap([...cpus].sort((a, b) => a - b));
  if (of.thread === 'emulator') return { ...def, cputune: { ...cputune, emulatorpin: { cpuset } } };
  if (of.thread === 'vcpu') {
    const others = cputune.vcpupins.filter((pin) => pin.vcpu !== of.id);
    const vcpupins = [...others, { vcpu: of.id, cpuset }].sort((a, b) => (a.vcpu ?? 0) - (b.vcpu ?? 0));
    return { ...def, cputune: { ...cputune, vcpupins } };
  }
  const others = cputune.iothreadpins.filter((pin) => pin.iothread !== of.id);
  const iothreadpins = [...others, { iothread: of.id, cpuset }].sort((a, b) => (a.iothread ?? 0) - (b.iothread ?? 0));
  return { ...def, cputune: { ...cputune, iothreadpins } };
}

/** Numbers of the I/O threads: those that are named, then as many more as <iothreads> counts, by the lowest that are free. */
export function iothreadNumbers(def: DomainDef): readonly number[] {
  const ids = (def.iothreadids?.iothreads ?? []).map(({ id }) => id);
  for (let id = 1; ids.length < (def.iothreads ?? 0); id += 1) if (!ids.includes(id)) ids.push(id);
  return ids;
}

type Iothreads = NonNullable<DomainDef['iothreadids']>['iothreads'];
export type IothreadDef = Iothreads[number];

/** The definition with exactly these I/O threads. What is said of those that stay, stays. */
export function withIothreads(def: DomainDef, ids: readonly number[]): DomainDef {
  const named = def.iothreadids?.iothreads ?? [];
  const iothreads: Iothreads = ids.map((id) => named.find((one) => one.id === id) ?? ({ id } as Iothreads[number]));
  const cputune = def.cputune && {
    ...def.cputune,
    iothreadpins: def.cputune.iothreadpins.filter(({ iothread }) => ids.includes(iothread ?? 0)),
  };
  return {
    ...def,
    ...(cputune ? { cputune } : {}),
    iothreads: ids.length === 0 ? undefined : ids.length,
    iothreadids: ids.length === 0 ? undefined : { iothreads },
  };
}

/** Who uses an I/O thread: the target of a disk, or a controller; undefined: nobody. */
export function iothreadUser({ devices }: DomainDef, id: number): string | undefined {
  const disk = devices.disks.find(
    ({ driver }) => driver?.iothread === id || driver?.iothreads?.iothreads.some((one) => one.id === id),
  );
  if (disk) return `disk '${disk.target?.dev}'`;
  const controller = devices.controllers.find(
    ({ driver }) => driver?.iothread === id || driver?.iothreads?.iothreads.some((one) => one.id === id),
  );
  return controller && `${controller.type} controller ${controller.index ?? 0}`;
}
