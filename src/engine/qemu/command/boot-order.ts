// Which device gets which bootindex: what devices say themselves (<boot order>), else the first of each kind that <os><boot dev> names
// (libvirt: qemuProcessPrepareDeviceBootorder).
import type { DomainDef } from '../../conf/domain.ts';

const KIND_OF: Readonly<Record<string, string>> = { disk: 'hd', lun: 'hd', cdrom: 'cdrom', floppy: 'fd' };

/** Boot indexes by the device itself. */
export function bootIndexes(def: DomainDef): ReadonlyMap<object, number> {
  const indexes = new Map<object, number>();
  const open = new Map<string, number>();
  for (const [at, { dev }] of def.os.boots.entries()) if (!open.has(dev)) open.set(dev, at + 1);
  const take = (device: object, kind: string, order: number | undefined): void => {
    if (order !== undefined) {
      indexes.set(device, order);
      return;
    }
    const index = open.get(kind);
    if (index === undefined) return;
    indexes.set(device, index);
    open.delete(kind);
  };
  for (const disk of def.devices.disks) take(disk, KIND_OF[disk.device ?? 'disk'] ?? 'hd', disk.boot?.order);
  for (const net of def.devices.interfaces) take(net, 'network', net.boot?.order);
  return indexes;
}
