// One code for the command line and for plugging in: what is sent over QMP for a device is what a start would have put on its command line.
import { describe, expect, it } from 'vitest';
import type { DomainDef } from '../../../../../src/engine/conf/domain.ts';
import { parseDevice, plugIn, pullOut } from '../../../../../src/engine/conf/edit-devices.ts';
import { missingAliases } from '../../../../../src/engine/driver/devices/reconcile.ts';
import { buildCommandLine } from '../../../../../src/engine/qemu/command/build.ts';
import { newAlias } from '../../../../../src/engine/qemu/def/aliases.ts';
import { assignNodeIds, pinNodeIds } from '../../../../../src/engine/qemu/def/node-ids.ts';
import {
  HOTPLUG_KINDS,
  type HotplugKind,
  type HotplugStep,
  planAttach,
  planCleanUp,
} from '../../../../../src/engine/qemu/hotplug/attach-plan.ts';
import { attachReason } from '../../../../../src/engine/qemu/hotplug/live-rules.ts';
import { commandOptions, recordedCapabilities } from '../../../../helpers/define-context.ts';
import { exampleNames, liveOf, storedExample, storedWith } from '../../../../helpers/live-definition.ts';

const contextOf = (def: DomainDef) => ({ def, caps: recordedCapabilities, options: commandOptions });
const OPTIONS: Readonly<Record<string, string>> = {
  'blockdev-add': '-blockdev',
  'object-add': '-object',
  netdev_add: '-netdev',
  device_add: '-device',
};

/** Without the boot order, which a device that comes later has no part in. */
const plain = (json: string): string => JSON.stringify({ ...JSON.parse(json), bootindex: undefined });

const disk = (dev: string, source = `<source file='/${dev}'/>`): string =>
  `<disk type='file' device='disk'>${source}<target dev='${dev}' bus='virtio'/></disk>`;

describe('what plugs a device in', () => {
  it.each(exampleNames)('is what starts it: %s', (name) => {
    const def = liveOf(storedExample(name));
    const args = buildCommandLine(def, recordedCapabilities, commandOptions);
    const words = new Set(args.flatMap((word, at) => (word.startsWith('{') ? [`${args[at - 1]} ${plain(word)}`] : [])));
    const steps = HOTPLUG_KINDS.flatMap((kind) =>
      def.devices[kind].flatMap((device, index) =>
        attachReason({ ...def, devices: { ...def.devices, controllers: [] } }, kind, {
          ...device,
          address: undefined,
        }) === undefined
          ? planAttach(contextOf(def), kind, index)
          : [],
      ),
    );
    const strange = steps.filter(
      ({ command, args: sent }) =>
        OPTIONS[command] !== undefined && !words.has(`${OPTIONS[command]} ${plain(JSON.stringify(sent))}`),
    );
    expect(strange).toEqual([]);
    if (name === 'q35-typical') expect(steps.length).toBeGreaterThan(8);
  });

  it.each(exampleNames)('is looked for by the name that it was started with: %s', (name) => {
    const def = liveOf(storedExample(name));
    const ids = buildCommandLine(def, recordedCapabilities, commandOptions).flatMap((word) =>
      word.startsWith('{') ? [String((JSON.parse(word) as { id?: string }).id)] : [],
    );
    const context = { caps: recordedCapabilities, options: commandOptions };
    expect(missingAliases(context, def, new Set(ids))).toEqual([]);
    if (name === 'q35-typical') expect(missingAliases(context, def, new Set()).length).toBeGreaterThan(8);
  });

  it('of a disk whose number is not recorded has the number of its place', () => {
    const def = liveOf(storedWith([disk('vda'), disk('vdb')].join('')));
    const disks = def.devices.disks.map((one) => ({
      ...one,
      source: one.source && { ...one.source, index: undefined },
    }));
    const [step] = planAttach(contextOf({ ...def, devices: { ...def.devices, disks } }), 'disks', 0);
    expect(step?.args['node-name']).toBe('libvirt-2-storage');
  });

  const plan = (devices: string, kind: HotplugKind): readonly HotplugStep[] =>
    planAttach(contextOf(liveOf(storedWith(devices))), kind, 0);

  it.each<[HotplugKind, string, string]>([
    [
      'disks',
      "<disk type='file'><driver type='qcow2'/><source file='/a'/><target dev='vda' bus='virtio'/></disk>",
      'blockdev-add blockdev-add device_add / blockdev-del libvirt-1-format blockdev-del libvirt-1-storage',
    ],
    ['interfaces', "<interface type='user'/>", 'netdev_add device_add / netdev_del hostnet0'],
    [
      'channels',
      "<channel type='unix'><target type='virtio' name='a.0'/></channel>",
      'chardev-add device_add / chardev-remove charchannel0',
    ],
    ['rngs', "<rng model='virtio'><backend model='builtin'/></rng>", 'object-add device_add / object-del objrng0'],
    ['inputs', "<input type='tablet' bus='usb'/>", 'device_add / '],
  ])('of %s is taken back in reverse, the device by the guest', (kind, xml, expected) => {
    const steps = plan(xml, kind);
    const cleanUp = planCleanUp(steps).map(({ command, args }) => `${command} ${args['node-name'] ?? args.id}`);
    expect(`${steps.map(({ command }) => command).join(' ')} / ${cleanUp.join(' ')}`).toBe(expected);
  });

  it('of a watchdog sets its action first: that can’t be taken back', () => {
    const commands = plan("<watchdog model='i6300esb' action='pause'/>", 'watchdogs').map(({ command, args }) => [
      command,
      args.watchdog,
    ]);
    expect(commands).toEqual([
      ['set-action', 'pause'],
      ['device_add', undefined],
    ]);
  });
});

describe('the numbers of block nodes', () => {
  it('stay with their disks when others come and go, and are not used again', () => {
    const start = liveOf(storedWith([disk('vda'), disk('vdb'), disk('vdc')].join('')));
    expect(assignNodeIds(start).disks.map(({ ids }) => ids)).toEqual([[3], [2], [1]]);
    const without = { ...start, devices: { ...start.devices, disks: start.devices.disks.slice(0, 2) } };
    const { key, device } = parseDevice(disk('vdd'));
    const plugged = pinNodeIds(plugIn(without, key, device));
    expect(assignNodeIds(plugged).disks.map(({ ids }) => ids)).toEqual([[3], [2], [4]]);
  });

  it('cover the images below', () => {
    const chain =
      "<disk type='file'><source file='/a'/><backingStore type='file'><format type='qcow2'/><source file='/b'/><backingStore/></backingStore><target dev='vda' bus='virtio'/></disk>";
    const live = liveOf(storedWith(chain));
    expect([live.devices.disks[0]?.source?.index, live.devices.disks[0]?.backingStore?.index]).toEqual([1, 2]);
    expect(
      assignNodeIds({ ...live, devices: { ...live.devices, disks: [...live.devices.disks] } }).disks[0]?.ids,
    ).toEqual([1, 2]);
  });
});

describe('the alias of a device that joins', () => {
  const live = liveOf(storedWith("<interface type='user'/><interface type='user'/><interface type='user'/>"));
  const join = (xml: string): string => {
    const def = plugIn(pullOut(live, 'interfaces', 1), 'interfaces', parseDevice(xml).device);
    return newAlias(def, 'interfaces', 2);
  };

  it('is behind the highest in use: the others keep theirs', () => {
    expect(join("<interface type='user'/>")).toBe('net3');
  });

  it('is a person’s own where they gave one', () => {
    expect(join("<interface type='user'><alias name='ua-mine'/></interface>")).toBe('ua-mine');
  });

  it('of a disk is its place', () => {
    const def = plugIn(live, 'disks', parseDevice(disk('vdc')).device);
    expect(newAlias(def, 'disks', 0)).toBe('virtio-disk2');
  });
});
