// What plugging one device in takes: the very arguments that it would have on a command line, as QMP commands, each with the one that takes it back. So a
// device that is plugged in and one that is there from the start are made by one code. Pure.
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { buildChannels, buildSerials } from '../command/char-devices.ts';
import { type CommandContext, type CommandOptions, createContext } from '../command/context.ts';
import { buildDisks } from '../command/disk.ts';
import { buildHostdevs } from '../command/hostdev.ts';
import { buildInterfaces } from '../command/interface.ts';
import { buildMemoryDevices } from '../command/memory.ts';
import { buildInputs, buildRngs, buildWatchdogs } from '../command/small-devices.ts';
import type { QemuCapabilities } from '../def/capabilities.ts';
import { type DeviceKind, withDevices } from '../def/devices.ts';
import { pinNodeIds } from '../def/node-ids.ts';
import type { MonitorCommand } from '../monitor-commands.ts';
import { chardevAddArgs } from './chardev-backend.ts';

export interface QmpCall {
  readonly command: MonitorCommand;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface HotplugStep extends QmpCall {
  readonly undo: QmpCall | undefined;
}

/** The kinds that can be plugged in at all, and the part of the command line that each is. */
const BUILDERS = {
  disks: buildDisks,
  interfaces: buildInterfaces,
  hostdevs: buildHostdevs,
  channels: buildChannels,
  serials: buildSerials,
  rngs: buildRngs,
  watchdogs: buildWatchdogs,
  inputs: buildInputs,
  memories: buildMemoryDevices,
} as const satisfies Partial<Record<DeviceKind, (context: CommandContext) => readonly string[]>>;

export type HotplugKind = keyof typeof BUILDERS;
export const HOTPLUG_KINDS = Object.keys(BUILDERS) as readonly HotplugKind[];
export const isHotplugKind = (kind: string): kind is HotplugKind => Object.hasOwn(BUILDERS, kind);

export interface HotplugContext {
  readonly def: DomainDef;
  readonly caps: QemuCapabilities;
  readonly options: CommandOptions;
}

/** The arguments of device `index` of `kind` alone. The boot order of <os> is the start's: it gives a device that comes later no place. */
function argsOf({ def, caps, options }: HotplugContext, kind: HotplugKind, index: number): readonly string[] {
  // A number that is not recorded is counted among all disks.
  const device = pinNodeIds(def).devices[kind][index];
  const alone = withDevices(def, { interfaces: [], [kind]: device === undefined ? [] : [device] });
  return BUILDERS[kind](createContext({ ...alone, os: { ...def.os, boots: [] } }, caps, options));
}

const call = (command: MonitorCommand, args: Readonly<Record<string, unknown>>): QmpCall => ({ command, args });

function stepOf(option: string, value: string): HotplugStep {
  const json = (): Record<string, unknown> => JSON.parse(value) as Record<string, unknown>;
  switch (option) {
    case '-blockdev': {
      const props = json();
      return {
        ...call('blockdev-add', props),
        undo: call('blockdev-del', { 'node-name': props['node-name'] }),
      };
    }
    case '-object':
      return { ...call('object-add', json()), undo: call('object-del', { id: json().id }) };
    case '-netdev':
      return { ...call('netdev_add', json()), undo: call('netdev_del', { id: json().id }) };
    case '-chardev': {
      const args = chardevAddArgs(value);
      return { ...call('chardev-add', args), undo: call('chardev-remove', { id: args.id }) };
    }
    case '-device':
      return { ...call('device_add', json()), undo: call('device_del', { id: json().id }) };
    case '-watchdog-action':
      return { ...call('set-action', { watchdog: value }), undo: undefined };
    default:
      throw virError('CONFIG_UNSUPPORTED', `this device needs ${option}, which a running QEMU does not take`);
  }
}

/** What plugs the device in, in order; the device itself is last, and first what can't be taken back. Throws CONFIG_UNSUPPORTED. */
export function planAttach(context: HotplugContext, kind: HotplugKind, index: number): readonly HotplugStep[] {
  const args = argsOf(context, kind, index);
  const steps: HotplugStep[] = [];
  for (let at = 0; at < args.length; at += 2) steps.push(stepOf(args[at] ?? '', args[at + 1] ?? ''));
  return [...steps.filter(({ undo }) => !undo), ...steps.filter(({ undo }) => undo)];
}

/** What takes the back ends of a device away once the device itself is gone, the last one first. */
export const planCleanUp = (steps: readonly HotplugStep[]): readonly QmpCall[] =>
  [...steps].reverse().flatMap(({ command, undo }) => (command === 'device_add' || !undo ? [] : [undo]));

/** Whether the device is one that QEMU knows by its alias. */
export const isQdev = (steps: readonly HotplugStep[], alias: string): boolean =>
  steps.some(({ command, args }) => command === 'device_add' && args.id === alias);
