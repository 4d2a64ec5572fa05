// What the system inside says of itself by its agent: how it is called, what it is, where it is reached. Asked again now and then, as addresses change.
import { type ReactNode, useEffect } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { reachableAddresses, type ShownAddress } from '../../format/addresses.ts';
import { type QueryState, useQuery } from '../use-query.ts';
import { type Fact, Facts } from './facts.tsx';

const REFRESH_MS = 20_000;

function Addresses({ list }: { readonly list: readonly ShownAddress[] }): ReactNode {
  if (list.length === 0) return 'None yet';
  return (
    <ul className="address-list">
      {list.map(({ address, interfaceName }) => (
        <li key={`${interfaceName} ${address}`} className="with-copy">
          <span className="mono">{address}</span>
          <span className="field-hint">{interfaceName}</span>
          <CopyButton text={address} label={`Copy ${address}`} />
        </li>
      ))}
    </ul>
  );
}

/** undefined where the agent has not said it. */
const said = <T, R>(state: QueryState<T>, read: (data: T) => R | undefined): R | undefined =>
  state.kind === 'ready' ? read(state.data) : undefined;

export function GuestCard({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const isThere = machine.state === 'running' && machine.agent === 'connected';
  const asked = isThere ? { domain: machine.uuid } : undefined;
  const addresses = useQuery('domain.addresses', isThere ? { domain: machine.uuid, source: 'agent' } : undefined);
  const system = useQuery('agent.osInfo', asked);
  const host = useQuery('agent.hostname', asked);
  const { refresh } = addresses;
  useEffect(() => {
    if (!isThere) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && refresh(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isThere, refresh]);
  if (!isThere) return null;
  const list = said(addresses, ({ interfaces }) => reachableAddresses(interfaces));
  const hostname = said(host, (data) => data.hostname);
  const name = said(system, (data) => data.prettyName ?? data.name);
  const kernel = said(system, (data) => data.kernelRelease);
  const facts: readonly Fact[] = [
    ...(list ? [{ name: list.length === 1 ? 'Address' : 'Addresses', value: <Addresses list={list} /> }] : []),
    ...(hostname ? [{ name: 'Host name', value: hostname }] : []),
    ...(name ? [{ name: 'System', value: name }] : []),
    ...(kernel ? [{ name: 'Kernel', value: <span className="mono">{kernel}</span> }] : []),
  ];
  return (
    <section className="card" aria-label="System inside" aria-busy={addresses.kind === 'loading'}>
      <h3>System inside</h3>
      {facts.length > 0 && <Facts facts={facts} />}
      {addresses.kind === 'failed' && (
        <p className="field-hint">Its agent does not answer: {addresses.error.message}</p>
      )}
    </section>
  );
}
