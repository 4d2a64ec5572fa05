// Defaults of the domain itself, before its devices: emulator, machine, memory, processors, boot order, clock, lifecycle, features.
// Rules: qemuDomainDefPostParse, virDomainDefPostParseCommon, virDomainDefPostParseMemory.

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { scaleTo } from '../../conf/scalar.ts';
import { findMachine, type QemuCapabilities } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { completeVcpus } from './validate-vcpus.ts';

const ARCHES: Readonly<Record<string, string>> = { x86: 'i686', i386: 'i686', amd64: 'x86_64' };

export function completeDomainBasics(parsed: DomainDef, context: PostParseContext): DomainDef {
  checkName(parsed);
  const def = completeVcpus(parsed);
  return {
    ...def,
    id: undefined,
    uuid: def.uuid ?? context.newUuid(),
    ...(def.genid === '' && { genid: context.newUuid() }),
    vcpu: { max: 1, ...def.vcpu, placement: placementOf(def) },
    numatune: completeNumatune(def),
    os: completeOs(def, context),
    clock: completeClock(def),
    ...(def.memtune && { memtune: completeMemtune(def.memtune) }),
    onPoweroff: def.onPoweroff ?? 'destroy',
    onReboot: def.onReboot ?? 'restart',
    onCrash: def.onCrash ?? 'destroy',
    ...(def.features && { features: completeFeatures(def.features) }),
    seclabels: def.seclabels.map(completeSeclabel),
    ...completeIothreads(def),
    devices: { ...def.devices, emulator: def.devices.emulator ?? context.emulator },
  };
}

type Seclabel = DomainDef['seclabels'][number];

/** Labels that were made for a run belong to no definition. */
function completeSeclabel(label: Seclabel): Seclabel {
  switch (label.type) {
    case 'none':
      return { type: 'none', model: label.model ?? 'none' };
    case 'static':
      return { ...label, relabel: label.relabel ?? false, imagelabel: undefined };
    default:
      return { ...label, type: 'dynamic', relabel: label.relabel ?? true, label: undefined, imagelabel: undefined };
  }
}

/** Far more than a guest gains from. */
const MAX_IOTHREADS = 1024;

/** Threads that are counted but not named get the lowest ids that are free; where some are named, all are shown. */
function completeIothreads({ iothreads, iothreadids }: DomainDef): Pick<DomainDef, 'iothreads' | 'iothreadids'> {
  const named = iothreadids?.iothreads ?? [];
  const count = Math.max(iothreads ?? 0, named.length);
  if (count > MAX_IOTHREADS)
    throw virError('XML_ERROR', `${count} I/O threads are more than the highest number, ${MAX_IOTHREADS}`);
  if (named.length === 0) return { iothreads, iothreadids };
  const all = [...named];
  for (let id = 1; all.length < count; id++) if (!named.some((thread) => thread.id === id)) all.push({ id });
  return { iothreads: count, iothreadids: { ...iothreadids, iothreads: all } };
}

function checkName(def: DomainDef): void {
  if (def.name === '') throw virError('XML_ERROR', 'a domain needs a name that is not empty');
  if (/[/\n]/.test(def.name)) throw virError('XML_ERROR', `name '${def.name}' cannot contain '/' or a line end`);
}

/** Processors go where numad puts the memory, unless something pins them. */
function placementOf(def: DomainDef): 'static' | 'auto' {
  const tune = def.cputune;
  const isPinned = def.vcpu?.cpuset || tune?.vcpupins.length || tune?.emulatorpin || tune?.iothreadpins.length;
  if (def.numatune?.memory?.placement === 'auto' && !isPinned) return 'auto';
  return def.vcpu?.placement ?? 'static';
}

/** libvirt's word for no limit, in KiB. */
const UNLIMITED_KIB = 9_007_199_254_740_991;

function completeMemtune(memtune: NonNullable<DomainDef['memtune']>): NonNullable<DomainDef['memtune']> {
  const limit = (kib: number | undefined): number | undefined =>
    kib !== undefined && kib >= UNLIMITED_KIB ? undefined : kib;
  return {
    hardLimit: limit(memtune.hardLimit),
    softLimit: limit(memtune.softLimit),
    minGuarantee: limit(memtune.minGuarantee),
    swapHardLimit: limit(memtune.swapHardLimit),
  };
}

/** Processors that numad places take the memory along, and a memory policy says who chose its nodes. */
function completeNumatune(def: DomainDef): DomainDef['numatune'] {
  const memory = def.numatune?.memory;
  const isAuto = placementOf(def) === 'auto';
  if (!memory && isAuto && !def.numatune) return { memnodes: [], memory: { mode: 'strict', placement: 'auto' } };
  if (!def.numatune || !memory) return def.numatune;
  // That nodes are given says that they are static.
  if (memory.placement === 'static' && memory.nodeset !== undefined)
    return { ...def.numatune, memory: { ...memory, placement: undefined } };
  if (memory.placement || memory.nodeset) return def.numatune;
  return { ...def.numatune, memory: { ...memory, placement: isAuto ? 'auto' : memory.placement } };
}

/** What firmware can start from. */
const BOOTABLE = ['disks', 'interfaces', 'hostdevs', 'redirdevs', 'filesystems'] as const;

function completeOs(def: DomainDef, context: PostParseContext): DomainDef['os'] {
  const named = def.os.type.arch ?? context.caps.arch;
  const arch = ARCHES[named] ?? named;
  if (arch !== context.caps.arch && !(arch === 'i686' && context.caps.arch === 'x86_64'))
    throw virError(
      'CONFIG_UNSUPPORTED',
      `Emulator '${def.devices.emulator ?? context.emulator}' does not support arch '${arch}'`,
    );
  const machine = def.os.type.machine ?? defaultMachine(context.caps);
  const known = findMachine(context.caps, machine);
  const resolved = context.resolveMachineAlias && known?.alias === machine ? known.name : machine;
  const bootsByDevice = BOOTABLE.some((kind) => def.devices[kind].some(({ boot }) => boot?.order !== undefined));
  const boots =
    def.os.boots.length === 0 && !bootsByDevice && def.os.type.name === 'hvm' ? [{ dev: 'hd' as const }] : def.os.boots;
  const { bootmenu } = def.os;
  const menu = bootmenu && { ...bootmenu, timeout: bootmenu.enable ? bootmenu.timeout : undefined };
  return { ...def.os, type: { ...def.os.type, arch, machine: resolved }, boots, bootmenu: menu };
}

const defaultMachine = (caps: QemuCapabilities): string => {
  const found = caps.machines.find((machine) => machine.isDefault);
  return found?.alias ?? found?.name ?? 'pc';
};

function completeClock(def: DomainDef): NonNullable<DomainDef['clock']> {
  const clock = def.clock ?? { timers: [] };
  const offset = clock.offset ?? 'utc';
  if (offset !== 'variable') return { ...clock, offset };
  return { ...clock, offset, adjustment: clock.adjustment ?? '0', basis: clock.basis ?? 'utc' };
}

function completeFeatures(features: NonNullable<DomainDef['features']>): NonNullable<DomainDef['features']> {
  return {
    ...features,
    ...(features.hyperv && { hyperv: { ...features.hyperv, mode: features.hyperv.mode ?? 'custom' } }),
    ...(features.smm && { smm: { ...features.smm, state: features.smm.state ?? true } }),
    ...(features.vmcoreinfo && { vmcoreinfo: { ...features.vmcoreinfo, state: features.vmcoreinfo.state ?? true } }),
    ...(features.pvspinlock && { pvspinlock: { ...features.pvspinlock, state: features.pvspinlock.state ?? true } }),
    ...(features.pmu && { pmu: { ...features.pmu, state: features.pmu.state ?? true } }),
    ...(features.vmport && { vmport: { ...features.vmport, state: features.vmport.state ?? true } }),
    ...(features.asyncTeardown && {
      asyncTeardown: { ...features.asyncTeardown, enabled: features.asyncTeardown.enabled ?? true },
    }),
  };
}

/** Memory of all cells together, or undefined where guest NUMA does not say. */
function numaMemoryKiB(def: DomainDef): number | undefined {
  const cells = def.cpu?.numa?.cells ?? [];
  if (cells.length === 0 || cells.every((cell) => cell.memory === undefined)) return undefined;
  return cells.reduce((sum, cell) => sum + scaleTo(String(cell.memory ?? 0), cell.unit ?? 'KiB', 'KiB'), 0);
}

type NumaCell = NonNullable<NonNullable<DomainDef['cpu']>['numa']>['cells'][number];

const LOCAL_DISTANCE = 10;
const REMOTE_DISTANCE = 20;

/** Where one distance is given, all are: the way back is as long as the way there, and a cell is nearest to itself. */
function completeDistances(cells: readonly NumaCell[]): readonly NumaCell[] {
  if (!cells.some((cell) => cell.distances)) return cells;
  const given = (from: NumaCell, to: NumaCell): number | undefined =>
    from.distances?.siblings.find((sibling) => sibling.id === to.id)?.value;
  const distance = (from: NumaCell, to: NumaCell): number =>
    given(from, to) ?? given(to, from) ?? (from === to ? LOCAL_DISTANCE : REMOTE_DISTANCE);
  return cells.map((from) => ({
    ...from,
    distances: { siblings: cells.map((to) => ({ id: to.id, value: distance(from, to) })) },
  }));
}

/** Cells sorted by id, their memory in KiB. */
function completeNuma(def: DomainDef): DomainDef {
  const numa = def.cpu?.numa;
  if (!def.cpu || !numa) return def;
  const cells = numa.cells
    .map((cell, at) => ({
      ...cell,
      id: cell.id ?? at,
      ...(cell.memory !== undefined && {
        memory: scaleTo(String(cell.memory), cell.unit ?? 'KiB', 'KiB'),
        unit: 'KiB',
      }),
    }))
    .sort((a, b) => a.id - b.id);
  return { ...def, cpu: { ...def.cpu, numa: { ...numa, cells: completeDistances(cells) } } };
}

/** <memory> is all that the guest can have: boot memory and memory devices; <currentMemory> at most that. */
export function completeMemory(input: DomainDef): DomainDef {
  const def = completeNuma(input);
  const hotplugged = def.devices.memories.reduce((sum, device) => sum + (device.target?.size ?? 0), 0);
  // The cells say how much memory there is only where <memory> does not (virDomainDefPostParseMemory).
  const numa = def.memory?.kib ? undefined : numaMemoryKiB(def);
  const total = numa === undefined ? def.memory?.kib : numa + hotplugged;
  if (!total) throw virError('XML_ERROR', 'Memory size must be specified via <memory> or in the <numa> configuration');
  if (hotplugged > total)
    throw virError('CONFIG_UNSUPPORTED', 'Total size of memory devices exceeds the total memory size');
  const current = def.currentMemory && def.currentMemory < total ? def.currentMemory : total;
  return { ...def, memory: { ...def.memory, kib: total }, currentMemory: current };
}

/** Memory that the guest boots with, without memory devices. */
export const initialMemoryKiB = (def: DomainDef): number =>
  (def.memory?.kib ?? 0) - def.devices.memories.reduce((sum, device) => sum + (device.target?.size ?? 0), 0);
