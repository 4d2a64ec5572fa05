// What the next start will change: the running machine beside its stored definition, field by field.
import { CircleDot } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { DomainSummary } from '../../../../common/model/domain.ts';
import type { PendingChange } from '../../../../common/model/pending.ts';
import { Button } from '../../../components/button.tsx';
import { changeName, changeText, hasMore } from '../../../format/pending.ts';
import { useQuery } from '../../use-query.ts';

function Side({ title, text }: { readonly title: string; readonly text: string | undefined }): ReactNode {
  if (text === undefined) return null;
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <pre className="mono">{text}</pre>
    </figure>
  );
}

function ChangeRow({ change }: { readonly change: PendingChange }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <div className="pending-head">
        <span>
          <b>{changeName(change)}</b> {changeText(change)}
        </span>
        {hasMore(change) && (
          <Button label={isOpen ? 'Hide XML' : 'Show XML'} small variant="quiet" onPress={() => setOpen(!isOpen)} />
        )}
      </div>
      {isOpen && (
        <div className="pending-sides">
          <Side title="Now" text={change.live} />
          <Side title="After the next start" text={change.stored} />
        </div>
      )}
    </li>
  );
}

export function PendingChanges({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const state = useQuery('domain.pendingChanges', machine.isActive ? { domain: machine.uuid } : undefined, {
    subject: machine,
  });
  if (!machine.isActive || state.kind !== 'ready' || state.data.changes.length === 0) return null;
  const { changes } = state.data;
  return (
    <section className="pending" aria-label="Pending changes">
      <h3>
        <CircleDot size={14} aria-hidden />
        {changes.length === 1 ? 'One change takes' : `${changes.length} changes take`} effect at the next start
      </h3>
      <ul>
        {changes.map((change) => (
          <ChangeRow key={`${change.field} ${change.kind}`} change={change} />
        ))}
      </ul>
    </section>
  );
}
