// Which of a guest's addresses a person can use to reach it. Pure. What the guest says is text, and is shown as such.
import type { GuestInterface } from '../../common/model/agent.ts';

export interface ShownAddress {
  readonly address: string;
  /** As the guest calls its interface. */
  readonly interfaceName: string;
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
const isLinkLocal = (address: string): boolean => address.startsWith('fe80:') || address.startsWith('169.254.');

/** Without loopback; those that only the same wire reaches are left out where there are others. IPv4 first: that is what people type. */
export function reachableAddresses(interfaces: readonly GuestInterface[]): readonly ShownAddress[] {
  const all = interfaces.flatMap(({ name, addresses }) =>
    addresses
      .filter(({ address }) => !isLoopback(address))
      .map(({ address, type }) => ({ address, type, interfaceName: name })),
  );
  const wide = all.filter(({ address }) => !isLinkLocal(address));
  const shown = wide.length > 0 ? wide : all;
  return [...shown.filter(({ type }) => type === 'ipv4'), ...shown.filter(({ type }) => type === 'ipv6')].map(
    ({ address, interfaceName }) => ({ address, interfaceName }),
  );
}
