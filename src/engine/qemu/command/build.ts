// start, second half: a prepared definition → QEMU's arguments, in libvirt's order (src/qemu/qemu_command.c, qemuBuildCommandLine).
import type { DomainDef } from '../../conf/domain.ts';
import type { QemuCapabilities } from '../def/capabilities.ts';
import { buildChannels, buildConsoles, buildParallels, buildSerials, buildSmartcards } from './char-devices.ts';
import { type CommandContext, type CommandOptions, createContext, escapeCommas } from './context.ts';
import { buildCcidControllers, buildControllers, buildHubs } from './controller.ts';
import { buildCpu, buildSmp } from './cpu.ts';
import { buildDisks } from './disk.ts';
import { buildGraphics, buildVideos } from './display.ts';
import { buildFilesystems } from './filesystem.ts';
import { buildHostdevs } from './hostdev.ts';
import { buildInterfaces } from './interface.ts';
import {
  buildAccel,
  buildBoot,
  buildChipsetGlobals,
  buildClock,
  buildGlobalControllers,
  buildMachine,
  buildPowerManagement,
  buildSerialBios,
} from './machine.ts';
import { buildMemory, buildMemoryDevices } from './memory.ts';
import { buildNuma } from './numa.ts';
import {
  buildFlash, buildIothreads, buildLaunchSecurity, buildSysinfo, buildThrottleGroups, buildVmCoreInfo, buildVmGenId,
} from './objects.ts'; // biome-ignore format: a list
import {
  buildCryptos, buildInputs, buildIommu, buildMemballoon, buildPanics, buildRedirdevs, buildRngs, buildShmems, buildTpms, buildVsocks, buildWatchdogs,
} from './small-devices.ts'; // biome-ignore format: a list
import { buildAudios, buildSounds } from './sound.ts';

/** QEMU's arguments, without the binary. Throws CONFIG_UNSUPPORTED for what can not be put on a command line. */
export function buildCommandLine(def: DomainDef, caps: QemuCapabilities, options: CommandOptions): readonly string[] {
  const context = createContext(def, caps, options);
  return PARTS.flatMap((part) => part(context));
}

const PARTS: readonly ((context: CommandContext) => readonly string[])[] = [
  buildCompat,
  buildName,
  buildMasterKey,
  buildManagedReservations,
  buildFlash,
  buildMachine,
  buildAccel,
  buildChipsetGlobals,
  buildCpu,
  buildMemory,
  buildOvercommit,
  buildSmp,
  buildIothreads,
  buildThrottleGroups,
  buildNuma,
  buildUuid,
  buildSysinfo,
  buildVmGenId,
  buildNoDefaults,
  buildSerialBios,
  buildMonitor,
  buildClock,
  buildPowerManagement,
  buildBoot,
  buildIommu,
  buildGlobalControllers,
  buildControllers,
  buildMemoryDevices,
  buildHubs,
  buildCcidControllers,
  buildDisks,
  buildFilesystems,
  buildInterfaces,
  buildSmartcards,
  buildSerials,
  buildParallels,
  buildChannels,
  buildConsoles,
  buildTpms,
  buildInputs,
  buildAudios,
  buildGraphics,
  buildVideos,
  buildSounds,
  buildWatchdogs,
  buildRedirdevs,
  buildHostdevs,
  buildMemballoon,
  buildRngs,
  buildVmCoreInfo,
  buildIncoming,
  buildSandbox,
  buildPanics,
  buildShmems,
  buildVsocks,
  buildCryptos,
  buildAsyncTeardown,
  buildLaunchSecurity,
  buildLogging,
  buildPassthrough,
];

function buildCompat({ def }: CommandContext): readonly string[] {
  const behaviors: Readonly<Record<string, string>> = {
    omit: 'accept',
    reject: 'reject',
    crash: 'crash',
    none: 'accept',
  };
  const behavior = def.qemuDeprecation?.behavior;
  if (behavior === undefined || behavior === 'none') return [];
  return [
    '-compat',
    JSON.stringify({ 'deprecated-output': 'hide', 'deprecated-input': behaviors[behavior] ?? 'accept' }),
  ];
}

function buildName({ def, options }: CommandContext): readonly string[] {
  return ['-name', `guest=${escapeCommas(def.name)},debug-threads=on`, ...(options.startPaused ? ['-S'] : [])];
}

function buildMasterKey({ options }: CommandContext): readonly string[] {
  if (options.masterKeyFile === undefined) return [];
  return [
    '-object',
    JSON.stringify({ 'qom-type': 'secret', id: 'masterKey0', format: 'raw', file: options.masterKeyFile }),
  ];
}

function buildManagedReservations({ def, options }: CommandContext): readonly string[] {
  if (!def.devices.disks.some((disk) => disk.source?.reservations?.managed)) return [];
  return [
    '-object',
    JSON.stringify({ 'qom-type': 'pr-manager-helper', id: 'pr-helper0', path: `${options.libDir}/pr-helper0.sock` }),
  ];
}

function buildOvercommit({ def }: CommandContext): readonly string[] {
  return ['-overcommit', `mem-lock=${def.memoryBacking?.locked ? 'on' : 'off'}`];
}

function buildUuid({ def }: CommandContext): readonly string[] {
  return def.uuid === undefined ? [] : ['-uuid', def.uuid];
}

function buildNoDefaults({ def }: CommandContext): readonly string[] {
  return [...(def.devices.graphics.length === 0 ? ['-display', 'none'] : []), '-no-user-config', '-nodefaults'];
}

function buildMonitor({ options }: CommandContext): readonly string[] {
  const where = 'fd' in options.monitor ? `fd=${options.monitor.fd}` : `path=${escapeCommas(options.monitor.path)}`;
  const ends = options.pidfile === undefined ? [] : ['-pidfile', options.pidfile];
  return [
    '-chardev',
    `socket,id=charmonitor,${where},server=on,wait=off`,
    '-mon',
    'chardev=charmonitor,id=monitor,mode=control',
    ...ends,
  ];
}

function buildIncoming({ options }: CommandContext): readonly string[] {
  return options.incoming ? ['-incoming', 'defer'] : [];
}

function buildSandbox({ def, options }: CommandContext): readonly string[] {
  if (!options.sandbox) return [];
  // QEMU runs the bridge helper itself, and that one is privileged: it can not be denied both.
  const runsHelper = def.devices.interfaces.some(({ type }, index) => type === 'bridge' && !options.tapFiles?.(index));
  const helper = runsHelper ? 'allow' : 'deny';
  return ['-sandbox', `on,obsolete=deny,elevateprivileges=${helper},spawn=${helper},resourcecontrol=deny`];
}

function buildAsyncTeardown({ def, has }: CommandContext): readonly string[] {
  const enabled = def.features?.asyncTeardown?.enabled;
  return enabled && has('RUN_WITH_ASYNC_TEARDOWN') ? ['-run-with', 'async-teardown=on'] : [];
}

function buildLogging({ options }: CommandContext): readonly string[] {
  return [...(options.seed === undefined ? [] : ['-seed', options.seed]), '-no-shutdown', '-msg', 'timestamp=on'];
}

function buildPassthrough({ def }: CommandContext): readonly string[] {
  return (def.qemuCommandline?.args ?? []).map(({ value }) => value);
}
