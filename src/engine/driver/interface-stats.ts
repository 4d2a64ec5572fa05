// Counters of the host's network devices that guests are connected to (virsh: domifstat). QEMU's user network and sockets have no such device, and QEMU
// itself counts nothing.
import { readFileSync } from 'node:fs';
import type { InterfaceStats } from '../../common/model/endpoints.ts';
import type { DomainDef } from '../conf/domain.ts';

type InterfaceDef = DomainDef['devices']['interfaces'][number];

function counter(name: string, what: string): number {
  const value = Number(readFileSync(`/sys/class/net/${name}/statistics/${what}`, 'utf8'));
  return Number.isFinite(value) ? value : 0;
}

/** The counters of one host device; undefined where there is no such device. `isTap`: what the host sends there, the guest receives. */
function deviceStats(name: string, isTap: boolean): InterfaceStats | undefined {
  if (!/^[^/\s]{1,15}$/.test(name) || name === '.' || name === '..') return undefined;
  const [guestRx, guestTx] = isTap ? ['tx', 'rx'] : ['rx', 'tx'];
  try {
    return {
      name,
      rxBytes: counter(name, `${guestRx}_bytes`),
      rxPackets: counter(name, `${guestRx}_packets`),
      rxErrors: counter(name, `${guestRx}_errors`),
      rxDrops: counter(name, `${guestRx}_dropped`),
      txBytes: counter(name, `${guestTx}_bytes`),
      txPackets: counter(name, `${guestTx}_packets`),
      txErrors: counter(name, `${guestTx}_errors`),
      txDrops: counter(name, `${guestTx}_dropped`),
    };
  } catch {
    return undefined; // no such device: it is made at the start, and goes with the guest
  }
}

/** Counters of `device`; undefined where the host has no device for it. */
export const interfaceStats = ({ type, target }: InterfaceDef): InterfaceStats | undefined =>
  // A macvtap stands on the guest's side already (libvirt: virDomainNetTypeSharesHostView).
  target?.dev === undefined ? undefined : deviceStats(target.dev, type !== 'direct' && type !== 'hostdev');

export const allInterfaceStats = (def: DomainDef): InterfaceStats[] =>
  def.devices.interfaces.flatMap((device) => interfaceStats(device) ?? []);
