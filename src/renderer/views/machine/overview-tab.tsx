// What the machine is and does: live figures, its system, its place on the host, its disks.
import type { ReactNode } from 'react';
import type { DomainDetails, DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useStats } from '../../app-context.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { SwitchInput } from '../../components/fields.tsx';
import { LiveChart } from '../../components/live-chart.tsx';
import { formatDate, formatDuration, formatKiB, formatPercent, plural } from '../../format/quantity.ts';
import { acceleratorText, stateWithReason } from '../../format/state.ts';
import { DetailsGate } from './details-gate.tsx';
import { DiskList } from './disk-list.tsx';
import { useDetails } from './use-details.ts';

const FIRMWARE: Readonly<Record<DomainDetails['firmware'], string>> = {
  bios: 'BIOS',
  uefi: 'UEFI',
  kernel: 'Starts a kernel directly',
};

function Usage({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const series = useStats((state) => state.series.get(machine.uuid));
  const cpu = series?.cpuPercent.at(-1);
  const resident = series?.residentKiB.at(-1);
  if (!machine.isActive) return null;
  return (
    <div className="usage">
      <figure className="card">
        <figcaption>
          <h3>CPU</h3>
          <span>{cpu === undefined ? 'measuring…' : `${formatPercent(cpu)} of ${plural(machine.vcpus, 'CPU')}`}</span>
        </figcaption>
        <LiveChart
          at={series?.at ?? []}
          values={series?.cpuPercent ?? []}
          label={`CPU use of ${machine.name}`}
          max={100}
          format={formatPercent}
        />
      </figure>
      <figure className="card">
        <figcaption>
          <h3>Memory on this computer</h3>
          <span>
            {resident === undefined ? 'measuring…' : `${formatKiB(resident)} of ${formatKiB(machine.memoryKiB)}`}
          </span>
        </figcaption>
        <LiveChart
          at={series?.at ?? []}
          values={series?.residentKiB ?? []}
          label={`Memory of ${machine.name} on this computer`}
          max={Math.max(machine.memoryKiB, ...(series?.residentKiB ?? []))}
          format={formatKiB}
        />
      </figure>
    </div>
  );
}

interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl className="facts">
      {facts.map((fact) => (
        <div key={fact.name}>
          <dt>{fact.name}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

const generalFacts = (machine: DomainSummary, details: DomainDetails): readonly Fact[] => [
  { name: 'State', value: stateWithReason(machine) },
  ...(machine.startedAt !== undefined && machine.isActive
    ? [
        {
          name: 'Running since',
          value: `${formatDate(machine.startedAt)} (${formatDuration(Date.now() - machine.startedAt)})`,
        },
      ]
    : []),
  { name: 'System', value: machine.osName ?? 'Not known' },
  { name: 'Processors', value: `${plural(machine.vcpus, 'virtual CPU')}, model ${details.cpuModel}` },
  { name: 'Memory', value: formatKiB(machine.memoryKiB) },
  { name: 'Firmware', value: FIRMWARE[details.firmware] },
  ...(details.description ? [{ name: 'Description', value: details.description }] : []),
];

const technicalFacts = (machine: DomainSummary, details: DomainDetails): readonly Fact[] => [
  { name: 'Name', value: machine.name },
  {
    name: 'UUID',
    value: (
      <span className="with-copy">
        <span className="mono truncate">{machine.uuid}</span>
        <CopyButton text={machine.uuid} label="Copy the UUID" />
      </span>
    ),
  },
  ...(machine.accelerator ? [{ name: 'Runs by', value: acceleratorText(machine.accelerator) }] : []),
  { name: 'Machine type', value: `${details.machine} (${details.architecture})` },
  { name: 'Emulator', value: <span className="mono">{details.emulator}</span> },
  ...(machine.pid === undefined ? [] : [{ name: 'Process', value: `QEMU, pid ${machine.pid}` }]),
];

function OverviewBody({
  machine,
  details,
}: {
  readonly machine: DomainSummary;
  readonly details: DomainDetails;
}): ReactNode {
  const { actions } = useApp();
  return (
    <div className="page-scroll overview">
      <Usage machine={machine} />
      <div className="overview-grid">
        <section className="card" aria-label="General">
          <h3>General</h3>
          <Facts facts={generalFacts(machine, details)} />
          {machine.isPersistent && (
            <SwitchInput
              isSelected={machine.isAutostart}
              onChange={(isOn) => void actions.setAutostart(machine.uuid, isOn)}
            >
              Start with Vivarium
            </SwitchInput>
          )}
        </section>
        <section className="card" aria-label="Technical">
          <h3>Technical</h3>
          <Facts facts={technicalFacts(machine, details)} />
        </section>
      </div>
      <DiskList machine={machine} />
    </div>
  );
}

export function OverviewTab({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const state = useDetails(machine.uuid);
  return <DetailsGate state={state}>{(details) => <OverviewBody machine={machine} details={details} />}</DetailsGate>;
}
