// What the guest agents of the demo host answer.
import { virError } from '../../src/common/errors.ts';
import type { GuestInterface } from '../../src/common/model/agent.ts';
import { DEMO_MAC } from './demo-hardware.ts';
import type { Calls, DemoState } from './demo-state.ts';

const INTERFACES: readonly GuestInterface[] = [
  {
    name: 'lo',
    addresses: [
      { type: 'ipv4', address: '127.0.0.1', prefix: 8 },
      { type: 'ipv6', address: '::1', prefix: 128 },
    ],
  },
  {
    name: 'enp1s0',
    mac: DEMO_MAC,
    addresses: [
      { type: 'ipv4', address: '192.168.1.47', prefix: 24 },
      { type: 'ipv6', address: '2001:db8:42:0:5054:ff:fe5b:1da3', prefix: 64 },
      { type: 'ipv6', address: 'fe80::5054:ff:fe5b:1da3', prefix: 64 },
    ],
  },
  { name: 'podman0', addresses: [{ type: 'ipv4', address: '10.88.0.1', prefix: 16 }] },
];

export function guestCalls(state: DemoState): Calls {
  const needAgent = (reference: string): string => {
    const { name, agent } = state.find(reference);
    if (agent !== 'connected') throw virError('AGENT_UNRESPONSIVE', `the guest agent of '${name}' is not connected`);
    return name;
  };
  return {
    'agent.ping': ({ domain }) => {
      needAgent(domain);
      return {};
    },
    'agent.hostname': ({ domain }) => ({ hostname: `${needAgent(domain)}.example.org` }),
    'agent.osInfo': ({ domain }) => {
      needAgent(domain);
      return {
        id: 'fedora',
        prettyName: 'Fedora Linux 41 (Workstation Edition)',
        kernelRelease: '6.11.4-301.fc41.x86_64',
        machine: 'x86_64',
      };
    },
    'agent.users': ({ domain }) => {
      needAgent(domain);
      return { users: [{ user: 'ada', loginTimeMs: state.now() - 7_200_000 }] };
    },
    'agent.interfaces': ({ domain }) => {
      needAgent(domain);
      return { interfaces: [...INTERFACES] };
    },
    'domain.addresses': ({ domain }) => {
      needAgent(domain);
      return { interfaces: [...INTERFACES], source: 'agent' };
    },
  };
}
