// Rules about character devices (libvirt: virDomainChrSourceDefValidate, qemuValidateDomainChrTargetDef).

import { virError } from '../../../common/errors.ts';
import type { ChardevBackend } from '../../conf/chardev.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { isX86, machineOf } from './machine.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

/** A back end that needs a path or an address has one. A virtio channel's socket may be left to us. */
function checkReconnect(device: ChardevBackend): void {
  for (const { mode, reconnect } of device.sources) {
    if (!reconnect?.enabled) continue;
    if (mode === 'bind') throw unsupported("reconnect options are allowed only for 'connect' mode");
    if (!reconnect.timeout)
      throw virError(
        'XML_ERROR',
        "Invalid value for attribute 'timeout' in element 'reconnect': it must be at least 1",
      );
  }
}

function checkSource(device: ChardevBackend, mayLackPath: boolean): void {
  checkReconnect(device);
  const source = device.sources[0];
  switch (device.type) {
    case 'unix':
      if (!source?.path && !mayLackPath) throw virError('XML_ERROR', 'Missing source path attribute for char device');
      return;
    case 'file':
    case 'pipe':
    case 'dev':
      if (!source?.path) throw virError('XML_ERROR', 'Missing source path attribute for char device');
      return;
    case 'tcp':
      if (!source?.host && source?.mode !== 'bind')
        throw virError('XML_ERROR', 'Missing source host attribute for char device');
      if (!source?.service) throw virError('XML_ERROR', 'Missing source service attribute for char device');
      return;
    case 'udp':
      if (!device.sources.some(({ service }) => service))
        throw virError('XML_ERROR', 'Missing source service attribute for char device');
      return;
    case 'spiceport':
      if (!source?.channel) throw virError('XML_ERROR', 'Missing source channel attribute for char device');
      return;
    case 'nmdm':
      throw unsupported("chardev type 'nmdm' is not supported");
    default:
  }
}

const TARGET_MODELS: Readonly<Record<string, readonly string[]>> = {
  'isa-serial': ['isa-serial'],
  'usb-serial': ['usb-serial'],
  'pci-serial': ['pci-serial'],
  'isa-debug': ['isa-debugcon'],
};

/** Channels of SPICE lead to its viewer. */
function checkSpice({ devices }: DomainDef): void {
  if (devices.graphics.some(({ type }) => type === 'spice')) return;
  const all = [
    ...devices.serials,
    ...devices.consoles,
    ...devices.channels,
    ...devices.smartcards,
    ...devices.redirdevs,
  ];
  const lost = all.find(({ type }) => type === 'spicevmc' || type === 'spiceport');
  if (lost) throw unsupported(`chardev '${lost.type}' not supported without spice graphics`);
}

export function validateChardevs(def: DomainDef): void {
  const { serials, parallels, consoles, channels, smartcards, redirdevs, rngs } = def.devices;
  for (const device of [...serials, ...parallels, ...consoles]) checkSource(device, false);
  for (const channel of channels) checkSource(channel, channel.target?.type === 'virtio');
  for (const card of smartcards) if (card.mode === 'passthrough') checkSource(card, false);
  for (const redirdev of redirdevs) checkSource(redirdev, false);
  for (const { backend } of rngs) if (backend.model === 'egd') checkSource(backend, false);
  checkSpice(def);
  if (smartcards.length > 1) throw unsupported('this QEMU binary lacks multiple smartcard support');
  for (const { certificates, mode } of smartcards) {
    if (mode === 'host-certificates' && certificates.length !== 3)
      throw virError('XML_ERROR', 'host-certificates mode needs exactly three certificates');
  }
  for (const serial of serials) {
    const models = TARGET_MODELS[serial.target?.type ?? ''];
    const model = serial.target?.model?.name;
    if (isX86(def) && (!models || (model !== undefined && !models.includes(model))))
      throw unsupported(
        `Serial device with target type '${serial.target?.type}' and target model '${model}' not compatible with guest architecture or machine type '${machineOf(def)}'`,
      );
  }
  for (const channel of channels) {
    if (channel.target?.type === 'virtio' || channel.target?.type === 'guestfwd') continue;
    throw unsupported(`unsupported channel target type '${channel.target?.type}'`);
  }
}
