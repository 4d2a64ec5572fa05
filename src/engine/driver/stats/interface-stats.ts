// Counters of the host's network devices that guests are connected to (virsh: domifstat). QEMU's user network and sockets have no such device, and QEMU
// itself counts nothing.
import { readdirSync, readFileSync } from 'node:fs';
import type { InterfaceStats } from '../../../common/model/endpoints.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';

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

/** Types whose netdev is a tap; qemu-bridge-helper lets the kernel choose its name, and tells nobody. */
const TAP_TYPES: readonly string[] = ['bridge', 'network', 'ethernet'];
const isNameless = ({ type, target }: InterfaceDef): boolean => target?.dev === undefined && TAP_TYPES.includes(type);

/** Names of the taps that a process has open, in the order in which it opened them. */
export function openTaps(pid: number): readonly string[] {
  const dir = `/proc/${pid}/fdinfo`;
  try {
    const numbers = readdirSync(dir).map(Number);
    return numbers
      .sort((a, b) => a - b)
      .flatMap((fd) => /^iff:\s*(\S+)$/m.exec(readFileSync(`${dir}/${fd}`, 'utf8'))?.[1] ?? []);
  } catch {
    return []; // the process, or one of its files, is gone
  }
}

interface Known {
  readonly def: DomainDef;
  readonly names: readonly (string | undefined)[];
}
/** Looked for once a run and definition: it reads every file that QEMU has open. */
const known = new WeakMap<LiveDomain, Known>();

/** The host device of each interface, in order; undefined where it has none. */
export function deviceNames(live: LiveDomain): readonly (string | undefined)[] {
  const found = known.get(live);
  if (found?.def === live.def) return found.names;
  const { interfaces } = live.def.devices;
  const named = new Set(interfaces.map(({ target }) => target?.dev));
  const pid = live.process?.identity.pid;
  const taps = pid !== undefined && interfaces.some(isNameless) ? openTaps(pid).filter((name) => !named.has(name)) : [];
  const nameless = interfaces.filter(isNameless);
  // In order they are each other's; where their numbers differ nobody knows whose is whose.
  const isSure = taps.length === nameless.length;
  const names = interfaces.map((device) => device.target?.dev ?? (isSure ? taps[nameless.indexOf(device)] : undefined));
  known.set(live, { def: live.def, names });
  return names;
}

export interface HostDevice {
  readonly device: InterfaceDef;
  readonly name: string | undefined;
  readonly stats: InterfaceStats | undefined;
}

/** The interfaces of a running domain with their host devices and counters, where they have any. */
export const hostDevices = (live: LiveDomain): readonly HostDevice[] => {
  const names = deviceNames(live);
  return live.def.devices.interfaces.map((device, index) => {
    const name = names[index];
    // A macvtap stands on the guest's side already (libvirt: virDomainNetTypeSharesHostView).
    const isTap = device.type !== 'direct' && device.type !== 'hostdev';
    return { device, name, stats: name === undefined ? undefined : deviceStats(name, isTap) };
  });
};

export const allInterfaceStats = (live: LiveDomain): InterfaceStats[] =>
  hostDevices(live).flatMap(({ stats }) => stats ?? []);
