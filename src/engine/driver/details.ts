// A domain's page: its hardware as rows, its XML, its log.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceView, DomainDetails, Resources } from '../../common/model/domain.ts';
import { type DomainDef, deviceFields, formatDomain } from '../conf/domain.ts';
import type { DriverContext } from './context.ts';
import { DESCRIBE, simple } from './devices/device-rows.ts';
import { formatDevice } from './devices/format-device.ts';
import type { DomainObj } from './registry/domain-obj.ts';

type Devices = DomainDef['devices'];
type Described = keyof typeof DESCRIBE;
const isDescribed = (key: string): key is Described => Object.hasOwn(DESCRIBE, key);
/** Every list of devices: those that are described, in that order, then the rest. */
const DEVICE_KEYS = [...Object.keys(DESCRIBE), ...Object.keys(deviceFields).filter((key) => !isDescribed(key))];

interface AnyDevice {
  readonly type?: unknown;
  readonly target?: { readonly type?: unknown };
  readonly alias?: { readonly name: string };
}

/** PCI bridges and ports are wiring, and the first console is the first serial port once more: no devices that a person chose. */
const isHidden = (key: string, device: AnyDevice, index: number): boolean =>
  (key === 'controllers' && device.type === 'pci') ||
  (key === 'consoles' && index === 0 && device.target?.type === 'serial');

export function deviceViews(def: DomainDef): DeviceView[] {
  const views: DeviceView[] = [];
  for (const key of DEVICE_KEYS) {
    const devices = def.devices[key as keyof Devices];
    if (!Array.isArray(devices)) continue;
    for (const [index, device] of (devices as AnyDevice[]).entries()) {
      if (isHidden(key, device, index)) continue;
      const row = isDescribed(key) ? DESCRIBE[key](device as never) : simple('other', key.replace(/s$/, ''), '');
      views.push({
        kind: row.kind,
        label: row.label,
        summary: row.summary,
        xml: formatDevice(key, device),
        facts: row.facts.flatMap(([name, value]) =>
          value === undefined || value === '' ? [] : [{ name, value: String(value) }],
        ),
        ...(device.alias ? { alias: device.alias.name } : {}),
      });
    }
  }
  return views;
}

const LOG_TAIL_BYTES = 32 * 1024;

/** The end of QEMU's log, of this run and of those before it. Empty where there is none. */
async function readTail(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined); // never started
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, LOG_TAIL_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.toString('utf8');
    return length < size ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    await file.close();
  }
}

const resourcesOf = (def: DomainDef): Resources => ({
  vcpus: def.vcpu?.current ?? def.vcpu?.max ?? 1,
  maxVcpus: def.vcpu?.max ?? 1,
  memoryKiB: def.currentMemory ?? def.memory?.kib ?? 0,
  maxMemoryKiB: def.memory?.kib ?? 0,
});

export async function domainDetails(context: DriverContext, obj: DomainObj): Promise<DomainDetails> {
  const def = obj.live?.def ?? obj.def;
  const summary = context.summarize(obj);
  const logPath = join(context.paths.logDir, `${obj.name}.log`);
  const logTail = await readTail(logPath);
  return {
    summary,
    xml: formatDomain(def, { live: obj.live !== undefined }),
    machine: def.os.type.machine ?? '',
    architecture: def.os.type.arch ?? '',
    firmware: def.os.kernel
      ? 'kernel'
      : def.os.firmware === 'efi' || def.os.loader?.type === 'pflash'
        ? 'uefi'
        : 'bios',
    cpuModel: def.cpu?.model?.name ?? def.cpu?.mode ?? 'default',
    emulator: def.devices.emulator ?? '',
    resources: resourcesOf(def),
    lifecycle: {
      poweroff: def.onPoweroff ?? 'destroy',
      reboot: def.onReboot ?? 'restart',
      crash: def.onCrash ?? 'destroy',
    },
    devices: deviceViews(def),
    ...(obj.live && obj.isPersistent
      ? { inactiveXml: formatDomain(obj.def), storedResources: resourcesOf(obj.def) }
      : {}),
    ...(def.description ? { description: def.description } : {}),
    ...(logTail ? { logPath, logTail } : {}),
  };
}
