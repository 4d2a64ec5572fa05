// What a command line can't say of devices, said over QMP before the guest's first instruction (libvirt: qemuProcessSetupHotpluggableVcpus,
// qemuProcessSetLinkStates, qemuProcessSetupBalloon): processors that shall be able to go again, pulled cables, memory that is held back.
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { MonitorPort } from '../host/host-port.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';
import { inOrder, vcpuThreadIds } from './vcpu-slots.ts';

interface Call {
  readonly signal: AbortSignal;
}

/** Throws OPERATION_FAILED where QEMU refuses, CONFIG_UNSUPPORTED for a processor that has no place. */
export async function setUpDevices(
  live: Pick<LiveDomain, 'def' | 'monitor' | 'vcpuThreads'>,
  call: Call,
): Promise<void> {
  const { def, monitor } = live;
  if (!monitor) return;
  if (await plugProcessors(monitor, def, call))
    live.vcpuThreads = vcpuThreadIds(await monitor.execute('query-cpus-fast', undefined, call));
  for (const { link, alias } of def.devices.interfaces) {
    if (link?.state === 'down' && alias) await monitor.execute('set_link', { name: alias.name, up: false }, call);
  }
  const hasBalloon = def.devices.memballoons.some(({ model }) => model !== 'none');
  const held = def.currentMemory;
  if (hasBalloon && held !== undefined && held < (def.memory?.kib ?? 0))
    await monitor.execute('balloon', { value: held * 1024 }, call);
}

/** Whether there were any. In the order that the definition gives them; the command line has only those that stay (command/cpu.ts). */
async function plugProcessors(monitor: MonitorPort, def: DomainDef, call: Call): Promise<boolean> {
  const wanted = (def.vcpus?.vcpus ?? []).filter(({ enabled, hotpluggable }) => enabled && hotpluggable);
  if (wanted.length === 0) return false;
  const slots = inOrder(await monitor.execute('query-hotpluggable-cpus', undefined, call));
  for (const { id } of wanted.toSorted((a, b) => (a.order ?? a.id) - (b.order ?? b.id))) {
    const slot = slots[id];
    if (slot?.['vcpus-count'] !== 1)
      throw virError(
        'CONFIG_UNSUPPORTED',
        `processor ${id} of domain '${def.name}' can't be one that goes again: this machine has no place of its own for it`,
      );
    if (slot['qom-path'] === undefined)
      await monitor.execute('device_add', { driver: slot.type, id: `vcpu${id}`, ...slot.props }, call);
  }
  return true;
}
