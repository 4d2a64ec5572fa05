// `domifaddr`: the guest's addresses from its agent, or what the host has seen of its MACs (libvirt: qemuDomainInterfaceAddresses).
import { readFile } from 'node:fs/promises';
import type { Output, ParsedInput } from '../../../common/contract/procedures.ts';
import type { GuestInterface } from '../../../common/model/agent.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { requireLive } from '../actions.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { requireAgent } from './agent-port.ts';
import { agentState } from './live-agent.ts';
import { viewInterfaces } from './views.ts';

type Addresses = Output<'domain.addresses'>;

/** /proc/net/arp: address, type, flags, MAC, mask, device. Flags 0x0: the question had no answer. */
export function arpInterfaces(table: string, def: DomainDef): GuestInterface[] {
  const macs = new Set(def.devices.interfaces.flatMap(({ mac }) => mac?.address?.toLowerCase() ?? []));
  const found = new Map<string, GuestInterface>();
  for (const row of table.split('\n').slice(1)) {
    const [address, , flags, mac, , device] = row.trim().split(/\s+/);
    if (!address || !mac || !device || flags === '0x0' || !macs.has(mac.toLowerCase())) continue;
    const known = found.get(mac) ?? { name: device, mac: mac.toLowerCase(), addresses: [] };
    known.addresses.push({ type: 'ipv4', address, prefix: 0 });
    found.set(mac, known);
  }
  return [...found.values()];
}

async function fromArp(obj: DomainObj): Promise<Addresses> {
  const { def } = requireLive(obj).live;
  const interfaces = arpInterfaces(await readFile('/proc/net/arp', 'utf8'), def);
  if (interfaces.length > 0 || !isAllUser(def)) return { source: 'arp', interfaces };
  return { source: 'arp', interfaces, note: USER_NETWORK };
}

const USER_NETWORK =
  'this machine has QEMU’s user network only: the host sees no packets of its own; ask the guest agent, whose address there is usually 10.0.2.15';
const isAllUser = (def: DomainDef): boolean => def.devices.interfaces.every(({ type }) => type === 'user');

/** Throws OPERATION_INVALID where the domain does not run, and what the agent throws. */
export async function domainAddresses(
  obj: DomainObj,
  { source, timeoutMs }: ParsedInput<'domain.addresses'>,
  signal: AbortSignal,
): Promise<Addresses> {
  const { live } = requireLive(obj);
  const chosen = source ?? (agentState(live.def, live.agent) === 'connected' ? 'agent' : 'arp');
  if (chosen === 'arp') return fromArp(obj);
  if (chosen === 'lease')
    return {
      source: 'lease',
      interfaces: [],
      note: 'Vivarium runs no DHCP server, so there are no leases; ask the guest agent, or the ARP table',
    };
  const reply = await requireAgent(obj).agent.execute('guest-network-get-interfaces', undefined, { signal, timeoutMs });
  return { source: 'agent', interfaces: viewInterfaces(reply) };
}
