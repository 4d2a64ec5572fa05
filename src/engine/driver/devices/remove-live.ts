// A device that QEMU has let go of leaves the running definition: its back ends are taken away, then it is forgotten, then it is told. Whoever learns of it first
// calls this: the event, the command that asked, an adoption. Twice is once.

import { serialDevices } from '../../conf/domain-facts.ts';
import { findByAlias, pullOut } from '../../conf/edit-devices.ts';
import { isHotplugKind, planAttach, planCleanUp, type QmpCall } from '../../qemu/hotplug/attach-plan.ts';
import type { SerialHub } from '../consoles/serial-hub.ts';
import { endCompanionsOf } from '../lifecycle/companions.ts';
import { emit } from '../registry/state-writer.ts';
import { hotplugContextOf, type LiveRun, saveLiveDef } from './live-run.ts';
import { markPending } from './pending.ts';
import { sendAll } from './run-steps.ts';

type Run = Pick<LiveRun, 'context' | 'obj' | 'live' | 'monitor'>;

async function cleanUpOf(run: Run, alias: string): Promise<readonly QmpCall[]> {
  const found = findByAlias(run.live.def, alias);
  if (!found || !isHotplugKind(found.key)) return [];
  try {
    const context = await hotplugContextOf(run.context, run.live);
    return planCleanUp(planAttach({ ...context, def: run.live.def }, found.key, found.index));
  } catch (error) {
    run.context.log.warn({ domain: run.obj.name, alias, error: String(error) }, 'its back ends are not known');
    return [];
  }
}

/** Whether QEMU says that it has no such device. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof Error && /^QEMU refused device_del: Device '.*' not found/.test(error.message);

/** The device is gone from the guest. */
export async function forgetDevice(run: Run, alias: string): Promise<void> {
  const { context, obj, live } = run;
  await sendAll(run, await cleanUpOf(run, alias));
  const found = obj.live === live ? findByAlias(live.def, alias) : undefined;
  if (!found) return;
  if (found.key === 'serials') dropSerial(run, found.index);
  await endCompanionsOf(run, alias);
  await saveLiveDef(run, pullOut(live.def, found.key, found.index)).catch(() => undefined); // logged; an adoption finds it gone
  await markPending(context, obj);
  emit(context, obj, { kind: 'device-removed', detail: alias });
}

/** The hub of a serial port that goes ends; the others keep their viewers. */
function dropSerial({ live }: Run, index: number): void {
  const device = live.def.devices.serials[index];
  const at = serialDevices(live.def).indexOf(device as never);
  const hub: SerialHub | undefined = live.serials[at];
  if (!hub) return;
  hub.dispose();
  live.serials = live.serials.filter((other) => other !== hub);
}
