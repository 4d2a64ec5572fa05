// The machine's devices as rows, and the chosen one's facts and XML.
import { Cpu } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { DeviceView, DomainDetails, DomainSummary } from '../../../../common/model/domain.ts';
import { CodeView } from '../../../components/code-view.tsx';
import { CopyButton } from '../../../components/copy-button.tsx';
import { formatKiB, plural } from '../../../format/quantity.ts';
import { DetailsGate } from '../details-gate.tsx';
import { useDetails } from '../use-details.ts';
import { BoardPane } from './board-pane.tsx';
import { DeviceActions } from './device-actions.tsx';
import { DEVICE_ICONS } from './device-icons.ts';
import { PendingChanges } from './pending-changes.tsx';

/** The processor and memory are no devices in the XML; they are the first row. */
const boardSummary = ({ vcpus, memoryKiB }: DomainSummary): string =>
  `${plural(vcpus, 'CPU')}, ${formatKiB(memoryKiB)}`;

function DevicePane({ machine, device }: { readonly machine: DomainSummary; readonly device: DeviceView }): ReactNode {
  const Icon = DEVICE_ICONS[device.kind];
  return (
    <section className="device-pane" aria-label={device.label}>
      <h3>
        <Icon size={18} aria-hidden /> {device.label}
      </h3>
      <DeviceActions machine={machine} device={device} />
      <dl className="facts">
        {device.facts.map((fact) => (
          <div key={fact.name}>
            <dt>{fact.name}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
        {device.alias && (
          <div>
            <dt>Alias</dt>
            <dd className="mono">{device.alias}</dd>
          </div>
        )}
      </dl>
      {device.xml && (
        <>
          <div className="device-xml-head">
            <h4>XML</h4>
            <CopyButton text={device.xml} label="Copy the XML" />
          </div>
          <CodeView text={device.xml} label={`XML of ${device.label}`} />
        </>
      )}
    </section>
  );
}

function DeviceBrowser({
  machine,
  details,
}: {
  readonly machine: DomainSummary;
  readonly details: DomainDetails;
}): ReactNode {
  const { devices } = details;
  const rows = [
    { icon: Cpu, label: 'Processor and memory', summary: boardSummary(machine) },
    ...devices.map(({ kind, label, summary }) => ({ icon: DEVICE_ICONS[kind], label, summary })),
  ];
  const [chosen, setChosen] = useState(0);
  const index = Math.min(chosen, devices.length);
  const device = devices[index - 1];
  return (
    <div className="hardware">
      <ListBox
        className="device-list"
        aria-label="Hardware"
        selectionMode="single"
        disallowEmptySelection
        selectionBehavior="replace"
        selectedKeys={[String(index)]}
        onSelectionChange={(keys) => setChosen(Number([...keys][0] ?? 0))}
      >
        {rows.map(({ icon: Icon, label, summary }, at) => (
          <ListBoxItem
            // biome-ignore lint/suspicious/noArrayIndexKey: devices have no other name that all of them share
            key={at}
            id={String(at)}
            className="device-item"
            textValue={`${label} ${summary}`}
          >
            <Icon size={16} aria-hidden />
            <span className="device-text">
              <span className="truncate">{label}</span>
              <span className="truncate device-summary" title={summary}>
                {summary}
              </span>
            </span>
          </ListBoxItem>
        ))}
      </ListBox>
      {device ? <DevicePane machine={machine} device={device} /> : <BoardPane machine={machine} details={details} />}
    </div>
  );
}

export function HardwareTab({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const state = useDetails(machine.uuid);
  return (
    <>
      <PendingChanges machine={machine} />
      <DetailsGate state={state}>{(details) => <DeviceBrowser machine={machine} details={details} />}</DetailsGate>
    </>
  );
}
