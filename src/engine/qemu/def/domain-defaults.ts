// Defaults of the domain itself, before its devices: emulator, machine, memory, processors, boot order, clock, lifecycle, features.
// Rules: qemuDomainDefPostParse, virDomainDefPostParseCommon, virDomainDefPostParseMemory.

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { scaleTo } from '../../conf/scalar.ts';
import { findMachine, type QemuCapabilities } from './capabilities.ts';
import type { PostParseContext } from './context.ts';

const ARCHES: Readonly<Record<string, string>> = { x86: 'i686', i386: 'i686', amd64: 'x86_64' };

export function completeDomainBasics(def: DomainDef, context: PostParseContext): DomainDef {
  checkName(def);
  return {
    ...def,
    id: undefined,
    uuid: def.uuid ?? context.newUuid(),
    ...(def.genid === '' && { genid: context.newUuid() }),
    vcpu: { placement: defaultPlacement(def), max: 1, ...def.vcpu },
    os: completeOs(def, context),
    clock: completeClock(def),
    onPoweroff: def.onPoweroff ?? 'destroy',
    onReboot: def.onReboot ?? 'restart',
    onCrash: def.onCrash ?? 'destroy',
    ...(def.features && { features: completeFeatures(def.features) }),
    devices: { ...def.devices, emulator: def.devices.emulator ?? context.emulator },
  };
}

function checkName(def: DomainDef): void {
  if (def.name === '') throw virError('XML_ERROR', 'a domain needs a name that is not empty');
  if (/[/\n]/.test(def.name)) throw virError('XML_ERROR', `name '${def.name}' cannot contain '/' or a line end`);
}

const defaultPlacement = (def: DomainDef): 'static' | 'auto' =>
  def.numatune?.memory?.placement === 'auto' && !def.vcpu?.cpuset ? 'auto' : 'static';

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
  const bootsByDevice = Object.values(def.devices).some(
    (list) => Array.isArray(list) && list.some((device: { boot?: { order?: number } }) => device.boot?.order),
  );
  const boots =
    def.os.boots.length === 0 && !bootsByDevice && def.os.type.name === 'hvm' ? [{ dev: 'hd' as const }] : def.os.boots;
  return { ...def.os, type: { ...def.os.type, arch, machine: resolved }, boots };
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
  return { ...def, cpu: { ...def.cpu, numa: { ...numa, cells } } };
}

/** <memory> is all that the guest can have: boot memory and memory devices; <currentMemory> at most that. */
export function completeMemory(input: DomainDef): DomainDef {
  const def = completeNuma(input);
  const hotplugged = def.devices.memories.reduce((sum, device) => sum + (device.target?.size ?? 0), 0);
  const numa = numaMemoryKiB(def);
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
