// What QEMU tells of devices while a domain runs. Called by monitor-events.ts, alone and in order.
import type { DiskDef } from '../../conf/disk.ts';
import { findByAlias, replaceDevice } from '../../conf/edit-devices.ts';
import type { MonitorEvent } from '../../qemu/monitor-commands.ts';
import { handleJobStatus } from '../block/job-events.ts';
import type { DriverContext } from '../context.ts';
import type { MonitorPort } from '../host/host-port.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { saveLiveDef } from './live-run.ts';
import { forgetDevice } from './remove-live.ts';
import { isVcpuAlias } from './vcpu-slots.ts';
import { refreshVcpus } from './vcpus.ts';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Handles an event about a device; one about something else is none of it. */
export async function handleDeviceEvent(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  { event, data }: MonitorEvent,
): Promise<void> {
  const { monitor } = live;
  if (!monitor) return;
  const alias = text(data.device);
  switch (event) {
    case 'DEVICE_DELETED':
      // Without an id it is a part of a device that comes by itself.
      if (alias === undefined) return;
      if (isVcpuAlias(alias)) return refreshVcpus({ context, obj, live, monitor }, alias);
      return forgetDevice({ context, obj, live, monitor }, alias);
    case 'DEVICE_UNPLUG_GUEST_ERROR':
      return alias === undefined ? undefined : emit(context, obj, { kind: 'device-removal-failed', detail: alias });
    case 'ACPI_DEVICE_OST':
      return hearAcpi({ context, obj, live, monitor }, data.info);
    case 'DEVICE_TRAY_MOVED':
      return moveTray({ context, obj, live }, text(data.id) ?? '', data['tray-open'] === true);
    case 'JOB_STATUS_CHANGE':
      return handleJobStatus({ context, obj, live, monitor }, text(data.id) ?? '', text(data.status) ?? '');
    case 'BALLOON_CHANGE':
      return changeBalloon({ context, obj, live }, Number(data.actual));
    default:
  }
}

/** ACPI 6.4, 6.3.5: source 3 is a request to eject, status 0 success, 1 to 0x7f a failure. QEMU tells it of processors and memory. */
const OST_EJECTION = 3;
async function hearAcpi(run: Run & { readonly monitor: MonitorPort }, info: unknown): Promise<void> {
  if (typeof info !== 'object' || info === null) return;
  const { device, source, status, slot, 'slot-type': type } = info as Readonly<Record<string, unknown>>;
  if (source !== OST_EJECTION || typeof status !== 'number') return;
  // QEMU 7.2 under TCG lets go of a processor without DEVICE_DELETED: this is all that tells.
  if (status === 0 && type === 'CPU') return refreshVcpus(run, `vcpu${String(slot)}`);
  if (typeof device === 'string' && status > 0 && status < 0x80)
    emit(run.context, run.obj, { kind: 'device-removal-failed', detail: device });
}

interface Run {
  readonly context: DriverContext;
  readonly obj: DomainObj;
  readonly live: LiveDomain;
}

async function moveTray(run: Run, id: string, isOpen: boolean): Promise<void> {
  const { context, obj, live } = run;
  const found = findByAlias(live.def, id);
  if (found?.key !== 'disks') return;
  const disk = found.device as DiskDef;
  const target = { ...disk.target, tray: isOpen ? ('open' as const) : undefined };
  await saveLiveDef(run, replaceDevice(live.def, 'disks', found.index, { ...disk, target } as DiskDef)).catch(
    () => undefined,
  ); // logged
  emit(context, obj, { kind: 'tray-change', detail: `${disk.target?.dev ?? id} ${isOpen ? 'opened' : 'closed'}` });
}

/** How much the guest has now, which may be on its way to what was asked. */
async function changeBalloon(run: Run, actualBytes: number): Promise<void> {
  const { context, obj, live } = run;
  const currentMemory = Math.floor(actualBytes / 1024);
  if (!Number.isSafeInteger(currentMemory) || live.def.currentMemory === currentMemory) return;
  await saveLiveDef(run, { ...live.def, currentMemory }).catch(() => undefined); // logged
  emit(context, obj, { kind: 'balloon-change', detail: String(currentMemory) });
}
