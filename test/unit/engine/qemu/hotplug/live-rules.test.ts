import { describe, expect, it } from 'vitest';
import { parseDevice } from '../../../../../src/engine/conf/edit-devices.ts';
import { attachReason, detachReason } from '../../../../../src/engine/qemu/hotplug/live-rules.ts';
import { liveOf, storedWith } from '../../../../helpers/live-definition.ts';

const def = liveOf(
  storedWith(`<controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-root-port'><target hotplug='off'/></controller>
    <interface type='user'/>`),
);
const pci = (bus: number, more = ''): string =>
  `<address type='pci' domain='0' bus='${bus}' slot='0' function='0' ${more}/>`;
const rng = (address: string): string => `<rng model='virtio'><backend model='builtin'/>${address}</rng>`;

describe('what can come and go while a guest runs', () => {
  it.each([
    ["<disk><target dev='vda' bus='virtio'/></disk>", undefined],
    ["<disk><target dev='sda' bus='scsi'/></disk>", undefined],
    ["<disk><target dev='sda' bus='sata'/></disk>", 'the sata bus takes and gives no disks while the guest runs'],
    ["<disk><target dev='fda' bus='fdc'/></disk>", 'the fdc bus takes and gives no disks while the guest runs'],
    ["<disk><transient/><target dev='vda' bus='virtio'/></disk>", 'a transient disk gets its overlay at a start'],
    ["<interface type='user'/>", undefined],
    [
      "<interface type='bridge'><source bridge='br0'/></interface>",
      'QEMU was started without leave to run the bridge helper',
    ],
    ["<hostdev mode='subsystem' type='usb'/>", undefined],
    ["<hostdev mode='subsystem' type='pci'/>", "a host device of type 'pci' is given at a start"],
    ["<channel type='unix'><target type='virtio'/></channel>", undefined],
    ["<channel type='unix'><target type='guestfwd'/></channel>", "a channel of type 'guestfwd' is set up at a start"],
    ["<serial type='pty'><target type='usb-serial'/></serial>", undefined],
    ["<serial type='pty'><target type='isa-serial'/></serial>", "a port of type 'isa-serial' is part of the machine"],
    ["<watchdog model='i6300esb'/>", undefined],
    ["<watchdog model='itco'/>", 'the itco watchdog is part of the machine'],
    ["<input type='tablet' bus='usb'/>", undefined],
    ["<input type='mouse' bus='ps2'/>", 'the ps2 input is set up at a start'],
    ["<memory model='dimm'/>", undefined],
    ["<memory model='virtio-mem'/>", "memory of model 'virtio-mem' is set up at a start"],
    ["<graphics type='vnc'/>", 'devices of this kind are set up at a start'],
    [rng(pci(1)), undefined],
    [rng(pci(2)), 'hot plugging is switched off on PCI bus 2'],
    [rng(pci(0)), 'its place is on the root bus (pcie.0), which takes and gives no devices while the guest runs'],
    [rng(pci(1, "multifunction='on'")), 'it is part of a slot with several functions'],
  ])('%s: %s', (xml, reason) => {
    const { key, device } = parseDevice(xml);
    expect(attachReason(def, key, device)).toBe(reason);
  });

  it('is also a card on a bridge that came with a start that had one', () => {
    const { key, device } = parseDevice("<interface type='bridge'><source bridge='br0'/></interface>");
    expect(detachReason(def, key, device)).toBeUndefined();
  });
});
