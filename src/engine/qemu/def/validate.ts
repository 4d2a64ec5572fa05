// What a definition may not say (libvirt: src/conf/domain_validate.c, src/qemu/qemu_validate.c). Each rule is a function that throws; here are
// those about the domain as a whole, the others stand by kind in validate-*.ts.

import { virError } from '../../../common/errors.ts';
import { bitmapMembers } from '../../conf/bitmap.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { PostParseContext } from './context.ts';
import { allDevices } from './devices.ts';
import { isQ35, isX86, machineOf } from './machine.ts';
import { validateChardevs } from './validate-chardev.ts';
import { validateControllers } from './validate-controller.ts';
import { validateDevices } from './validate-devices.ts';
import { validateDisks } from './validate-disk.ts';
import { validateHostdevs } from './validate-hostdev.ts';
import { validateMemory } from './validate-memory.ts';
import { validateVcpus } from './validate-vcpus.ts';

type Rule = (def: DomainDef, context: PostParseContext) => void;

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

const RULES: readonly Rule[] = [
  checkBootOrder,
  checkFeatures,
  checkFirmware,
  checkAliases,
  checkCpuCache,
  validateVcpus,
  checkTopology,
  checkTuning,
  checkSysinfo,
  checkSeclabels,
  validateMemory,
  validateControllers,
  validateDisks,
  validateHostdevs,
  validateChardevs,
  validateDevices,
];

/** Throws XML_ERROR or CONFIG_UNSUPPORTED for the first rule that is broken. */
export function validateDomain(def: DomainDef, context: PostParseContext): void {
  for (const rule of RULES) rule(def, context);
}

function checkBootOrder(def: DomainDef): void {
  const orders = new Map<number, string>();
  for (const { kind, device } of allDevices(def)) {
    const order = device.boot?.order;
    if (order === undefined) continue;
    if (def.os.boots.length > 0)
      throw unsupported('per-device boot elements cannot be used together with os/boot elements');
    if (orders.has(order)) throw virError('XML_ERROR', `boot order '${order}' used for more than one device`);
    orders.set(order, kind);
  }
}

const POWER_FEATURES = ['hpt', 'htm', 'nestedHv', 'ccfAssist', 'cfpc', 'sbbc', 'ibs'] as const;

function checkFeatures(def: DomainDef): void {
  const features = def.features;
  if (!features) return;
  for (const name of POWER_FEATURES) {
    if (features[name] && isX86(def))
      throw unsupported(
        `The '${name}' feature is not supported for architecture '${def.os.type.arch}' or machine type '${machineOf(def)}'`,
      );
  }
  const vendor = features.hyperv?.vendorId;
  if (vendor?.state && (!vendor.value || vendor.value.length > 12 || vendor.value.includes(',')))
    throw virError('XML_ERROR', `HyperV vendor_id value '${vendor.value ?? ''}' must have 1 to 12 signs and no comma`);
  const tseg = features.smm?.tseg;
  if (tseg === undefined) return;
  if (!isQ35(def)) throw unsupported('SMM TSEG is only supported with q35 machine type');
  if (tseg % (1024 * 1024) !== 0) throw unsupported('SMM TSEG size must be divisible by 1 MiB');
}

function checkFirmware(def: DomainDef): void {
  const isEfi = def.os.firmware === 'efi' || def.os.loader?.type === 'pflash';
  if (isEfi && isX86(def) && !def.features?.acpi) throw unsupported('UEFI requires ACPI on this architecture');
  if (def.os.loader?.secure && def.features?.smm?.state !== true)
    throw unsupported('Secure boot requires SMM feature enabled');
}

/** An alias names one device. */
function checkAliases(def: DomainDef): void {
  const seen = new Set<string>();
  for (const { kind, device } of allDevices(def)) {
    const name = device.alias?.name;
    // The first console and its serial port are one.
    if (name === undefined || kind === 'consoles') continue;
    if (seen.has(name)) throw virError('XML_ERROR', `non unique alias detected: ${name}`);
    seen.add(name);
  }
}

function checkTopology(def: DomainDef): void {
  const max = def.vcpu?.max ?? 1;
  const topology = def.cpu?.topology;
  if (topology) {
    const { sockets = 1, dies = 1, clusters = 1, cores = 1, threads = 1 } = topology;
    if (sockets * dies * clusters * cores * threads !== max)
      throw unsupported("CPU topology doesn't match the desired vcpu count");
  }
  const last = Math.max(-1, ...(def.cpu?.numa?.cells ?? []).flatMap((cell) => bitmapMembers(cell.cpus)));
  if (last >= max) throw virError('INTERNAL_ERROR', 'Number of CPUs in <numa> exceeds the <vcpu> count');
}

function checkCpuCache({ cpu }: DomainDef): void {
  const cache = cpu?.cache;
  if (cache?.mode === 'passthrough') {
    if (cpu?.mode !== 'host-passthrough' && cpu?.mode !== 'maximum')
      throw unsupported(`CPU cache mode 'passthrough' can only be used with host-passthrough or maximum CPUs`);
    if (cache.level !== undefined) throw unsupported(`unsupported CPU cache level for mode 'passthrough'`);
  }
  if (cache?.mode === 'emulate' && cache.level !== undefined && cache.level !== 3)
    throw unsupported(`unsupported CPU cache level for mode 'emulate'`);
}

function checkTuning(def: DomainDef): void {
  const seen = new Set<number>();
  for (const { vcpus } of def.cputune?.vcpusched ?? []) {
    for (const vcpu of bitmapMembers(vcpus)) {
      if (seen.has(vcpu)) throw virError('XML_ERROR', "'vcpusched' attributes 'vcpus' must not overlap");
      seen.add(vcpu);
    }
  }
  for (const period of [
    def.cputune?.period,
    def.cputune?.globalPeriod,
    def.cputune?.emulatorPeriod,
    def.cputune?.iothreadPeriod,
  ]) {
    if (period !== undefined && period !== 0 && (period < 1000 || period > 1_000_000))
      throw unsupported("Value of cputune 'period' must be in range [1000, 1000000]");
  }
  const ids = def.iothreadids?.iothreads.map(({ id }) => id) ?? [];
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw virError('XML_ERROR', `duplicate iothread id '${twice}' found`);
  const threads = new Set(def.iothreadids?.iothreads.map(({ id }) => id));
  for (let id = 1; threads.size < (def.iothreads ?? 0); id++) threads.add(id);
  for (const { iothreads } of def.cputune?.iothreadsched ?? []) {
    for (const id of bitmapMembers(iothreads))
      if (!threads.has(id)) throw unsupported(`Cannot find 'iothread' : ${id}`);
  }
}

function checkSysinfo(def: DomainDef): void {
  for (const sysinfo of def.sysinfos) {
    const uuid = sysinfo.system?.entries.find((entry) => entry.name === 'uuid')?.value;
    if (uuid !== undefined && uuid.toLowerCase() !== def.uuid)
      throw virError('XML_ERROR', 'UUID mismatch between <uuid> and <sysinfo>');
  }
}

function checkSeclabels(def: DomainDef): void {
  const models = new Set<string>();
  for (const label of def.seclabels) {
    if (label.model === undefined && def.seclabels.length > 1)
      throw virError('XML_ERROR', 'missing security model in domain seclabel');
    if (label.model === undefined) continue;
    if (models.has(label.model)) throw virError('XML_ERROR', `seclabel for model ${label.model} is already provided`);
    models.add(label.model);
  }
  for (const disk of def.devices.disks) {
    const labels = disk.source?.seclabels ?? [];
    if (labels.length > 1 && labels.some(({ model }) => model === undefined))
      throw virError('XML_ERROR', 'missing security model when using multiple labels');
    for (const label of labels) {
      if (label.relabel === true && label.label === undefined)
        throw virError('XML_ERROR', `Cannot specify relabel if label is missing. model=${label.model ?? 'NULL'}`);
    }
  }
}
