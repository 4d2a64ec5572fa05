import { describe, expect, it } from 'vitest';
import { toEnvelope } from '../../../../src/common/errors.ts';
import { parseDevice } from '../../../../src/engine/conf/edit-devices.ts';
import { describeDevice, findDevice, firstDifference, isSubset } from '../../../../src/engine/conf/find-device.ts';
import { liveOf, storedWith } from '../../../helpers/live-definition.ts';

const def = liveOf(
  storedWith(`
    <controller type='scsi' index='0' model='virtio-scsi'/>
    <disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file'><source file='/b'/><target dev='vdb' bus='virtio'/></disk>
    <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
    <interface type='user'><mac address='52:54:00:00:00:02'/></interface>
    <interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/><alias name='ua-twin'/></interface>
    <filesystem type='mount'><source dir='/x'/><target dir='tag'/></filesystem>
    <hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <rng model='virtio'><rate bytes='99'/><backend model='random'>/dev/urandom</backend></rng>
    <channel type='unix'><target type='virtio' name='a.0'/></channel>`),
);

const answer = (xml: string): string => {
  const { key, device } = parseDevice(xml);
  const found = findDevice(def, key, device);
  return found.kind === 'found' ? describeDevice(key, found.device) : `${found.kind} ${toEnvelope(found.error).code}`;
};

describe('the device that is meant', () => {
  it.each([
    [
      'a disk by its target, whatever else is said',
      "<disk type='file'><source file='/other'/><target dev='vdb'/></disk>",
      "disk 'vdb'",
    ],
    ['no disk of another target', "<disk><target dev='vdz'/></disk>", 'missing DEVICE_MISSING'],
    [
      'a card by its MAC address',
      "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>",
      "interface '52:54:00:00:00:01'",
    ],
    [
      'no card of another address',
      "<interface type='user'><mac address='52:54:00:00:00:09'/></interface>",
      'missing DEVICE_MISSING',
    ],
    [
      'which of two cards is not guessed',
      "<interface type='user'><mac address='52:54:00:00:00:02'/></interface>",
      'ambiguous OPERATION_FAILED',
    ],
    [
      'of two cards the one with the alias',
      "<interface type='user'><mac address='52:54:00:00:00:02'/><alias name='ua-twin'/></interface>",
      "interface '52:54:00:00:00:02'",
    ],
    ['a folder by its tag', "<filesystem type='mount'><target dir='tag'/></filesystem>", "filesystem 'tag'"],
    ['a controller by type and index', "<controller type='scsi' index='0'/>", "controller 'scsi0'"],
    ['no controller of another index', "<controller type='scsi' index='3'/>", 'missing DEVICE_MISSING'],
    [
      'a USB device by its source',
      "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>",
      "hostdev 'hostdev0'",
    ],
    [
      'no USB device of another product',
      "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0xbeee'/></source></hostdev>",
      'missing DEVICE_MISSING',
    ],
    [
      'which of two alike is not guessed',
      "<rng model='virtio'><backend model='random'/></rng>",
      'ambiguous OPERATION_FAILED',
    ],
    [
      'of two the one with what is said',
      "<rng model='virtio'><rate bytes='99'/><backend model='random'/></rng>",
      "rng 'rng1'",
    ],
    [
      'a channel by its name',
      "<channel type='unix'><target type='virtio' name='a.0'/></channel>",
      "channel 'channel0'",
    ],
  ])('is %s', (_title, xml, expected) => {
    expect(answer(xml)).toBe(expected);
  });
});

describe('what one device says otherwise than another', () => {
  it.each([
    [{ a: 1 }, { a: 1, b: 2 }, undefined],
    [{ a: undefined, list: [] }, { list: [1] }, undefined],
    [{ a: { b: 'x' } }, { a: { b: 'y' } }, 'a b'],
    [{ a: 1, b: { c: [1] } }, { a: 1, b: { c: [1, 2] } }, 'b c'],
    [{ a: { b: undefined } }, {}, undefined],
    [{ a: 1 }, undefined, 'a'],
  ])('%j beside %j: %s', (given, device, field) => {
    expect([firstDifference(given, device), isSubset(given, device)]).toEqual([field, field === undefined]);
  });
});

describe('one device’s XML', () => {
  it.each([
    ['<domain/>', 'this is a whole <domain>; give the element of one device, such as <disk>'],
    ['<thing/>', 'unknown device type <thing>'],
    ['<disk', expect.stringContaining('1:6')],
  ])('%s is refused', (xml, message) => {
    let refusal: unknown;
    try {
      parseDevice(xml);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: 'XML_ERROR', message });
  });
});
