// -machine, -accel, -global of the chipset, -rtc, -boot, power management (libvirt: qemuBuildMachineCommandLine and its neighbours).

import { isI440fx, isQ35, isX86, machineOf } from '../def/machine.ts';
import type { CommandContext } from './context.ts';
import { deviceArgs, escapeCommas, unsupported } from './context.ts';
import { memoryBackendId } from './memory.ts';

const onOff = (value: boolean): string => (value ? 'on' : 'off');

export function buildMachine(context: CommandContext): readonly string[] {
  const { def } = context;
  const features = def.features;
  const parts = [machineOf(def), 'usb=off'];
  if (features?.vmport?.state !== undefined) parts.push(`vmport=${onOff(features.vmport.state)}`);
  if (features?.smm?.state !== undefined) parts.push(`smm=${onOff(features.smm.state)}`);
  parts.push(...machineIrqchip(context));
  if (features?.ps2?.state !== undefined && context.has('MACHINE_I8042_OPT'))
    parts.push(`i8042=${onOff(features.ps2.state)}`);
  parts.push(`dump-guest-core=${onOff(def.memory?.dumpCore ?? false)}`);
  if (def.memoryBacking?.nosharepages) parts.push('mem-merge=off');
  if (def.devices.memories.some((memory) => memory.model === 'nvdimm')) parts.push('nvdimm=on');
  const backend = memoryBackendId(context);
  if (backend !== undefined) parts.push(`memory-backend=${backend}`);
  if (hasHmat(context)) parts.push('hmat=on');
  if (def.launchSecurity) parts.push('confidential-guest-support=lsec0');
  const speaker = def.devices.sounds.find((sound) => sound.model === 'pcspk');
  if (speaker) parts.push(`pcspk-audiodev=audio${speaker.audio?.id ?? def.devices.audios[0]?.id ?? 1}`);
  parts.push(...machineFlash(context));
  const hpet = def.clock?.timers.find((timer) => timer.name === 'hpet')?.present;
  if (hpet !== undefined && context.has('MACHINE_HPET')) parts.push(`hpet=${onOff(hpet)}`);
  if (isX86(def)) parts.push(`acpi=${onOff(features?.acpi ?? false)}`);
  return ['-machine', parts.join(',')];
}

function machineIrqchip({ def }: CommandContext): readonly string[] {
  const driver = def.features?.ioapic?.driver;
  if (driver !== undefined) return [`kernel_irqchip=${driver === 'qemu' ? 'split' : 'on'}`];
  return [];
}

const hasHmat = ({ def }: CommandContext): boolean =>
  Boolean(def.cpu?.numa?.interconnects) || (def.cpu?.numa?.cells.some((cell) => cell.caches.length > 0) ?? false);

const machineFlash = ({ def }: CommandContext): readonly string[] => {
  if (def.os.loader?.type !== 'pflash' || def.os.loader.path === undefined) return [];
  const store = def.os.nvram
    ? [`pflash1=libvirt-pflash1-${def.os.nvram.format === 'qcow2' ? 'format' : 'storage'}`]
    : [];
  return ['pflash0=libvirt-pflash0-format', ...store];
};

export function buildAccel({ def }: CommandContext): readonly string[] {
  const features = def.features;
  switch (def.type) {
    case 'qemu': {
      const cache = features?.tcg?.tbCache;
      return ['-accel', cache === undefined ? 'tcg' : `tcg,tb-size=${Math.floor(cache / 1024)}`];
    }
    case 'kvm': {
      const ring = features?.kvm?.dirtyRing;
      return ['-accel', ring?.state ? `kvm,dirty-ring-size=${ring.size ?? 0}` : 'kvm'];
    }
    case 'hvf':
      return ['-accel', 'hvf'];
    default:
      throw unsupported(`the QEMU binary does not support ${def.type}`);
  }
}

/** Settings of the chipset that are global to QEMU. */
export function buildChipsetGlobals({ def }: CommandContext): readonly string[] {
  const args: string[] = [];
  if (def.os.loader?.secure && def.os.loader.type === 'pflash')
    args.push('-global', 'driver=cfi.pflash01,property=secure,value=on');
  const tseg = def.features?.smm?.tseg;
  if (tseg) args.push('-global', `mch.extended-tseg-mbytes=${tseg / 1024 / 1024}`);
  return args;
}

/** The BIOS on the serial port, by an option ROM that newer QEMUs have no more. */
export function buildSerialBios(context: CommandContext): readonly string[] {
  if (!context.def.os.bios?.useserial) return [];
  if (!context.has('SGA')) throw unsupported('qemu does not support SGA');
  return deviceArgs(context, { driver: 'sga' });
}

export function buildPowerManagement({ def }: CommandContext): readonly string[] {
  const chip = isQ35(def) ? 'ICH9-LPC' : 'PIIX4_PM';
  const args: string[] = [];
  const { suspendToMem, suspendToDisk } = def.pm ?? {};
  if (suspendToMem?.enabled !== undefined) args.push('-global', `${chip}.disable_s3=${suspendToMem.enabled ? 0 : 1}`);
  if (suspendToDisk?.enabled !== undefined) args.push('-global', `${chip}.disable_s4=${suspendToDisk.enabled ? 0 : 1}`);
  return args;
}

/** <pcihole64> of a root bus, and hot plug of an i440FX's. */
export function buildGlobalControllers({ def }: CommandContext): readonly string[] {
  const args: string[] = [];
  for (const controller of def.devices.controllers) {
    if (controller.type !== 'pci') continue;
    if (controller.pcihole64 !== undefined) {
      const host = controller.model === 'pcie-root' ? 'q35-pcihost' : 'i440FX-pcihost';
      args.push('-global', `${host}.pci-hole64-size=${controller.pcihole64}K`);
    }
    if (controller.model === 'pci-root' && controller.target?.hotplug !== undefined && isI440fx(def))
      args.push('-global', `PIIX4_PM.acpi-root-pci-hotplug=${onOff(controller.target.hotplug)}`);
  }
  return args;
}

const DATE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/;

export function buildClock({ def, options }: CommandContext): readonly string[] {
  const clock = def.clock;
  const rtc = clock?.timers.find((timer) => timer.name === 'rtc');
  let base = 'utc';
  if (clock?.offset === 'localtime') base = 'localtime';
  else if (clock?.offset === 'timezone') base = 'localtime';
  else if (clock?.offset === 'variable' && Number(clock.adjustment ?? 0) !== 0)
    base = dateOf(
      (options.nowSeconds ?? 0) +
        Number(clock.adjustment) +
        (clock.basis === 'localtime' ? (options.localOffsetSeconds ?? 0) : 0),
    );
  else if (clock?.offset === 'variable' && clock.basis === 'localtime') base = 'localtime';
  else if (clock?.offset === 'absolute') base = dateOf(clock.start ?? 0);
  const parts = [`base=${base}`];
  if (rtc?.track === 'boot') throw unsupported("unsupported rtc timer track 'boot'");
  if (rtc?.track === 'guest') parts.push('clock=vm');
  if (rtc?.track === 'wall') parts.push('clock=host');
  if (rtc?.track === 'realtime') parts.push('clock=rt');
  if (rtc?.tickpolicy === 'catchup') parts.push('driftfix=slew');
  const args = ['-rtc', parts.join(',')];
  const pit = clock?.timers.find((timer) => timer.name === 'pit');
  if (pit?.tickpolicy === 'delay') args.push('-global', 'kvm-pit.lost_tick_policy=delay');
  if (pit?.tickpolicy === 'discard') args.push('-global', 'kvm-pit.lost_tick_policy=discard');
  return args;
}

const dateOf = (seconds: number): string => DATE.exec(new Date(seconds * 1000).toISOString())?.[1] ?? '';

export function buildBoot({ def }: CommandContext): readonly string[] {
  const { bootmenu, bios } = def.os;
  const parts: string[] = [];
  if (bootmenu?.enable !== undefined) {
    parts.push(`menu=${onOff(bootmenu.enable)}`);
    if (bootmenu.enable && bootmenu.timeout !== undefined) parts.push(`splash-time=${bootmenu.timeout}`);
  }
  if (bios?.rebootTimeout !== undefined) parts.push(`reboot-timeout=${bios.rebootTimeout}`);
  parts.push('strict=on');
  const args = ['-boot', parts.join(',')];
  if (def.os.kernel !== undefined) args.push('-kernel', def.os.kernel);
  if (def.os.initrd !== undefined) args.push('-initrd', def.os.initrd);
  if (def.os.cmdline !== undefined) args.push('-append', def.os.cmdline);
  if (def.os.dtb !== undefined) args.push('-dtb', def.os.dtb);
  if (def.os.shim !== undefined) args.push('-shim', def.os.shim);
  for (const table of def.os.acpi?.tables ?? []) args.push('-acpitable', acpiTable(table.type, table.path ?? ''));
  return args;
}

function acpiTable(type: string | undefined, path: string): string {
  const file = `file=${escapeCommas(path)}`;
  if (type === 'slic') return `sig=SLIC,${file}`;
  return type === 'msdm' ? `sig=MSDM,${file}` : file;
}
