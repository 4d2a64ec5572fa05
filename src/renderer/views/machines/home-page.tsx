// No machine chosen: the way in where there are none, else an overview of what runs and how much of the host it takes.
import { Boxes, FileUp, MonitorPlay, Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useApp, useHost, useMachines } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { formatKiB, plural } from '../../format/quantity.ts';
import { navigate } from '../app/use-route.ts';
import { RunningTable } from './running-table.tsx';

function FirstSteps(): ReactNode {
  const { actions, stores } = useApp();
  const [isCreating, setCreating] = useState(false);
  const tryDemo = async (): Promise<void> => {
    setCreating(true);
    const uuid = await actions.createDemo();
    setCreating(false);
    if (uuid) navigate({ kind: 'machine', uuid, isDetached: false });
  };
  return (
    <EmptyState
      icon={MonitorPlay}
      title="No machines yet"
      actions={
        <>
          <Button
            label="Create a machine"
            icon={Plus}
            variant="primary"
            onPress={() => stores.ui.setState({ dialog: { kind: 'create' } })}
          />
          <Button
            label={isCreating ? 'Creating the demo guest…' : 'Try the demo guest'}
            icon={Boxes}
            isDisabled={isCreating}
            onPress={() => void tryDemo()}
          />
          <RestoreButton />
        </>
      }
    >
      Create one from an installation image, a disk you have, or the network. The demo guest is a tiny Linux that starts
      in seconds and needs no download.
    </EmptyState>
  );
}

function RestoreButton(): ReactNode {
  const { stores } = useApp();
  return (
    <Button
      label="Restore from a file…"
      icon={FileUp}
      variant="quiet"
      onPress={() => stores.ui.setState({ dialog: { kind: 'restore' } })}
    />
  );
}

function HostFigures(): ReactNode {
  const host = useHost((state) => state.host);
  const domains = useMachines((state) => state.domains);
  const active = [...domains.values()].filter((machine) => machine.isActive);
  const memory = active.reduce((sum, machine) => sum + machine.memoryKiB, 0);
  const cpus = active.reduce((sum, machine) => sum + machine.vcpus, 0);
  return (
    <dl className="figures">
      <div>
        <dt>Running</dt>
        <dd>
          {active.length} <small>of {plural(domains.size, 'machine')}</small>
        </dd>
      </div>
      <div>
        <dt>Virtual CPUs in use</dt>
        <dd>
          {cpus} <small>{host ? `on ${plural(host.cpus, 'processor')}` : ''}</small>
        </dd>
      </div>
      <div>
        <dt>Memory given to machines</dt>
        <dd>
          {formatKiB(memory)} <small>{host ? `of ${formatKiB(host.memoryKiB)}` : ''}</small>
        </dd>
      </div>
    </dl>
  );
}

export function HomePage(): ReactNode {
  const status = useMachines((state) => state.status);
  const total = useMachines((state) => state.domains.size);
  if (status === 'loading') return <div className="page-scroll" aria-busy="true" />;
  if (total === 0) return <FirstSteps />;
  return (
    <section className="page-scroll home" aria-label="Overview of all machines">
      <div className="home-head">
        <h2 className="page-title">All machines</h2>
        <RestoreButton />
      </div>
      <HostFigures />
      <RunningTable />
    </section>
  );
}
