// Adoption's part for devices: the running definition is what the last engine recorded, and QEMU is what is. An engine records before it plugs in and forgets
// after QEMU has let go, so what QEMU has beyond the record is nobody's of ours; what it has not is dropped.
import type { DomainDef } from '../../conf/domain.ts';
import { pinNodeIds } from '../../qemu/def/node-ids.ts';
import { HOTPLUG_KINDS, type HotplugContext, isQdev, planAttach } from '../../qemu/hotplug/attach-plan.ts';
import type { DriverContext } from '../context.ts';
import type { MonitorPort } from '../host/host-port.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { reconcileThreads } from '../tuning/reconcile-threads.ts';
import { hotplugContextOf, saveLiveDef } from './live-run.ts';
import { reconcileMedia } from './reconcile-media.ts';
import { forgetDevice } from './remove-live.ts';
import { refreshVcpus } from './vcpus.ts';

const PERIPHERAL = '/machine/peripheral';

/** Aliases of devices that could come and go, and that QEMU does not have. */
export function missingAliases(
  context: Omit<HotplugContext, 'def'>,
  def: DomainDef,
  present: ReadonlySet<string>,
): readonly string[] {
  return HOTPLUG_KINDS.flatMap((kind) =>
    def.devices[kind].flatMap((device, index) => {
      const alias = device.alias?.name;
      if (alias === undefined || present.has(alias)) return [];
      try {
        return isQdev(planAttach({ ...context, def }, kind, index), alias) ? [alias] : [];
      } catch {
        return []; // it was made at the start, in ways of its own
      }
    }),
  );
}

/**
 * Brings the running definition of an adopted domain in line with its QEMU: devices, media, processors, memory, threads, cables. Called with the monitor open and events
 * heard. Rejects where QEMU does not answer; what was found until then is recorded.
 */
export async function reconcileDevices(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const { monitor } = live;
  if (!monitor) return;
  const run = { context, obj, live, monitor };
  const plans = await hotplugContextOf(context, live);
  // An engine before this one may have left the numbers of block nodes out: nothing has come or gone since.
  const pinned = pinNodeIds(live.def);
  if (pinned !== live.def) await saveLiveDef(run, pinned);
  // What is recorded from here on is a command's that runs beside this.
  const { def } = live;
  const present = new Set((await monitor.execute('qom-list', { path: PERIPHERAL })).map(({ name }) => name));
  if (obj.live !== live) return;
  for (const alias of missingAliases(plans, def, present)) {
    context.log.info({ domain: obj.name, alias }, 'a device is gone, or had not come to be');
    await forgetDevice(run, alias);
  }
  await reconcileMedia(run);
  if ((live.def.vcpu?.max ?? 1) > 1) await refreshVcpus(run);
  await reconcileBalloon(run);
  await reconcileLinks(run);
  reconcileThreads(run);
}

interface Run {
  readonly context: DriverContext;
  readonly obj: DomainObj;
  readonly live: LiveDomain;
  readonly monitor: MonitorPort;
}

async function reconcileBalloon(run: Run): Promise<void> {
  const { obj, live, monitor } = run;
  if (live.def.devices.memballoons.every(({ model }) => model === 'none')) return;
  const { actual } = await monitor.execute('query-balloon');
  const currentMemory = Math.floor(actual / 1024);
  if (obj.live === live && currentMemory !== live.def.currentMemory)
    await saveLiveDef(run, { ...live.def, currentMemory });
}

/** QEMU does not tell how a cable is: it is set as it is recorded. */
async function reconcileLinks({ obj, live, monitor }: Run): Promise<void> {
  for (const net of live.def.devices.interfaces) {
    if (obj.live !== live || !net.link?.state || !net.alias) continue;
    await monitor.execute('set_link', { name: net.alias.name, up: net.link.state === 'up' });
  }
}
