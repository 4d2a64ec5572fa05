// What the machine is and does: live figures, its system, its place on the host, its disks.
import type { ReactNode } from 'react';
import type { DomainDetails, DomainSummary } from '../../../common/model/domain.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { formatDate, formatDuration, formatKiB, plural } from '../../format/quantity.ts';
import { acceleratorText, stateWithReason } from '../../format/state.ts';
import { Autostart } from './autostart.tsx';
import { DetailsGate } from './details-gate.tsx';
import { DiskList } from './disk-list.tsx';
import { type Fact, Facts } from './facts.tsx';
import { GuestCard } from './guest-card.tsx';
import { Usage } from './usage.tsx';
import { useDetails } from './use-details.ts';

const FIRMWARE: Readonly<Record<DomainDetails['firmware'], string>> = {
  bios: 'BIOS',
  uefi: 'UEFI',
  kernel: 'Starts a kernel directly',
};

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
  return (
    <div className="page-scroll overview">
      <Usage machine={machine} />
      <div className="overview-grid">
        <section className="card" aria-label="General">
          <h3>General</h3>
          <Facts facts={generalFacts(machine, details)} />
          <Autostart machine={machine} />
        </section>
        <div className="overview-side">
          <GuestCard machine={machine} />
          <section className="card" aria-label="Technical">
            <h3>Technical</h3>
            <Facts facts={technicalFacts(machine, details)} />
          </section>
        </div>
      </div>
      <DiskList machine={machine} />
    </div>
  );
}

export function OverviewTab({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const state = useDetails(machine.uuid);
  return <DetailsGate state={state}>{(details) => <OverviewBody machine={machine} details={details} />}</DetailsGate>;
}
