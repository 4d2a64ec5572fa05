// What can be done to a device of a machine, at once where it runs: the medium of a drive, the cable of a network card, taking it out.
import { CircleArrowUp, Disc3, Plug, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DeviceView, DomainSummary } from '../../../../common/model/domain.ts';
import { useApp } from '../../../app-context.ts';
import { Button } from '../../../components/button.tsx';
import { isLinkUp, macOf, sourceOf, targetOf } from '../../../format/device-xml.ts';

const factOf = (device: DeviceView, name: string): string | undefined =>
  device.facts.find((fact) => fact.name === name)?.value;

function MediaActions({ machine, device }: DeviceActionsProps): ReactNode {
  const { actions, stores } = useApp();
  const target = targetOf(device.xml);
  if (!target) return null;
  const source = sourceOf(device.xml);
  return (
    <>
      <Button
        label={source ? 'Change medium…' : 'Insert medium…'}
        icon={Disc3}
        small
        onPress={() =>
          stores.ui.setState({ dialog: { kind: 'media', uuid: machine.uuid, target, startAt: source ?? '' } })
        }
      />
      {source && (
        <Button
          label="Eject"
          icon={CircleArrowUp}
          small
          onPress={() => void actions.changeMedia(machine.uuid, target, undefined)}
        />
      )}
    </>
  );
}

function LinkAction({ machine, device }: DeviceActionsProps): ReactNode {
  const { actions } = useApp();
  const mac = macOf(device.xml);
  if (!mac) return null;
  const isUp = isLinkUp(device.xml);
  return (
    <Button
      label={isUp ? 'Unplug the cable' : 'Plug the cable in'}
      icon={isUp ? Unplug : Plug}
      small
      onPress={() => void actions.setLink(machine.uuid, mac, !isUp)}
    />
  );
}

const REMOVABLE: readonly DeviceView['kind'][] = [
  'disk',
  'interface',
  'hostdev',
  'rng',
  'channel',
  'input',
  'watchdog',
];

export interface DeviceActionsProps {
  readonly machine: DomainSummary;
  readonly device: DeviceView;
}

export function DeviceActions({ machine, device }: DeviceActionsProps): ReactNode {
  const { stores } = useApp();
  const { alias } = device;
  const isRemovable = machine.isActive && alias !== undefined && REMOVABLE.includes(device.kind);
  return (
    <div className="device-actions">
      {(device.kind === 'cdrom' || device.kind === 'floppy') && <MediaActions machine={machine} device={device} />}
      {device.kind === 'interface' && <LinkAction machine={machine} device={device} />}
      {isRemovable && (
        <Button
          label="Take it out…"
          hint="While the machine runs; its definition keeps it"
          icon={Unplug}
          small
          onPress={() =>
            stores.ui.setState({
              dialog: { kind: 'detach', uuid: machine.uuid, alias, label: factOf(device, 'Target') ?? device.label },
            })
          }
        />
      )}
    </div>
  );
}
