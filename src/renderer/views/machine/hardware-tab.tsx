// The machine's devices as rows, and the chosen one's facts and XML.
import { type ReactNode, useState } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { DeviceView, DomainDetails, DomainSummary } from '../../../common/model/domain.ts';
import { CodeView } from '../../components/code-view.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { formatKiB, plural } from '../../format/quantity.ts';
import { DetailsGate } from './details-gate.tsx';
import { DeviceActions } from './device-actions.tsx';
import { DEVICE_ICONS } from './device-icons.ts';
import { PendingChanges } from './pending-changes.tsx';
import { useDetails } from './use-details.ts';

/** The processor and memory, which are no devices in the XML, as the first row. */
const boardOf = (details: DomainDetails): DeviceView => ({
  kind: 'other',
  label: 'Processor and memory',
  summary: `${plural(details.summary.vcpus, 'CPU')}, ${formatKiB(details.summary.memoryKiB)}`,
  facts: [
    { name: 'Virtual CPUs', value: String(details.summary.vcpus) },
    { name: 'CPU model', value: details.cpuModel },
    { name: 'Memory', value: formatKiB(details.summary.memoryKiB) },
    { name: 'Max. memory', value: formatKiB(details.maxMemoryKiB) },
    { name: 'Machine type', value: details.machine },
    { name: 'Architecture', value: details.architecture },
  ],
  xml: '',
});

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
  const devices = [boardOf(details), ...details.devices];
  const [index, setIndex] = useState(0);
  const chosen = devices[index] ?? devices[0];
  return (
    <div className="hardware">
      <ListBox
        className="device-list"
        aria-label="Hardware"
        selectionMode="single"
        disallowEmptySelection
        selectionBehavior="replace"
        selectedKeys={[String(Math.min(index, devices.length - 1))]}
        onSelectionChange={(keys) => setIndex(Number([...keys][0] ?? 0))}
      >
        {devices.map((device, at) => {
          const Icon = DEVICE_ICONS[device.kind];
          return (
            <ListBoxItem
              // biome-ignore lint/suspicious/noArrayIndexKey: devices have no other name that all of them share
              key={at}
              id={String(at)}
              className="device-item"
              textValue={`${device.label} ${device.summary}`}
            >
              <Icon size={16} aria-hidden />
              <span className="device-text">
                <span className="truncate">{device.label}</span>
                <span className="truncate device-summary" title={device.summary}>
                  {device.summary}
                </span>
              </span>
            </ListBoxItem>
          );
        })}
      </ListBox>
      {chosen && <DevicePane machine={machine} device={chosen} />}
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
