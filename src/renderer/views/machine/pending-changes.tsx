// What the next start will change: the running machine beside its stored definition, field by field.
import { type ReactNode, useState } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import type { PendingChange } from '../../../common/model/pending.ts';
import { Button } from '../../components/button.tsx';
import { useQuery } from '../use-query.ts';

const FIELD_NAMES: Readonly<Record<string, string>> = {
  memory: 'Most memory',
  currentMemory: 'Memory',
  vcpu: 'Virtual CPUs',
  title: 'Title',
  description: 'Description',
};

const DEVICE_NAMES: Readonly<Record<string, string>> = {
  disk: 'Disk',
  interface: 'Network',
  hostdev: 'Host device',
  graphics: 'Screen',
};

export const changeName = ({ field, device, label }: PendingChange): string =>
  device ? `${DEVICE_NAMES[device] ?? device}${label ? ` ${label}` : ''}` : (FIELD_NAMES[field] ?? field);

const VERBS: Readonly<Record<PendingChange['kind'], string>> = {
  added: 'is added',
  removed: 'is taken out',
  changed: 'changes',
};

/** A value of one line is said; XML is for who opens the row. */
const isShort = (value: string | undefined): boolean => value !== undefined && !value.includes('<');

function ChangeRow({ change }: { readonly change: PendingChange }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const short = change.kind === 'changed' && isShort(change.live) && isShort(change.stored);
  return (
    <li>
      <div className="pending-head">
        <span>
          <b>{changeName(change)}</b> {VERBS[change.kind]}
          {short && (
            <>
              {' '}
              from <span className="mono">{change.live}</span> to <span className="mono">{change.stored}</span>
            </>
          )}
        </span>
        {!short && <Button label={isOpen ? 'Hide' : 'Show'} small variant="quiet" onPress={() => setOpen(!isOpen)} />}
      </div>
      {isOpen && (
        <div className="pending-sides">
          {change.live !== undefined && (
            <figure>
              <figcaption>Now</figcaption>
              <pre className="mono">{change.live}</pre>
            </figure>
          )}
          {change.stored !== undefined && (
            <figure>
              <figcaption>After the next start</figcaption>
              <pre className="mono">{change.stored}</pre>
            </figure>
          )}
        </div>
      )}
    </li>
  );
}

export function PendingChanges({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const state = useQuery('domain.pendingChanges', machine.isActive ? { domain: machine.uuid } : undefined, {
    subject: machine,
  });
  if (state.kind !== 'ready' || state.data.changes.length === 0) return null;
  const { changes } = state.data;
  return (
    <section className="pending" aria-label="Pending changes">
      <h3>{changes.length === 1 ? 'One change applies' : `${changes.length} changes apply`} at the next start</h3>
      <ul>
        {changes.map((change) => (
          <ChangeRow key={`${change.field} ${change.kind}`} change={change} />
        ))}
      </ul>
    </section>
  );
}
