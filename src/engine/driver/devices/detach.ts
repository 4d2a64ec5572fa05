// A device goes: the guest is asked to let go of it, and the definition loses it (libvirt: qemuDomainDetachDeviceLiveAndConfig). Both are looked at before either
// is done. A guest may take its time, or never obey: the answer tells 'asked' from 'done', and the event that comes later finishes what was asked.
import type { Affect } from '../../../common/contract/shapes.ts';
import { virError } from '../../../common/errors.ts';
import type { DeviceInfo } from '../../conf/address.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { type DeviceListKey, findByAlias, parseDevice, pullOut } from '../../conf/edit-devices.ts';
import { describeDevice, findDevice, requireDevice } from '../../conf/find-device.ts';
import { detachReason } from '../../qemu/hotplug/live-rules.ts';
import { assertNoBlockJob } from '../block/block-run.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { askForRemoval, type Removal } from './await-removal.ts';
import { execute, type LiveRun, type Targets, targetsOf } from './live-run.ts';
import { notWhileRunning } from './prepare-device.ts';
import { forgetDevice, isNotFound } from './remove-live.ts';
import { finishChange, prepareStored, type StoredDef } from './stored-change.ts';

interface Place {
  readonly key: DeviceListKey;
  readonly index: number;
  readonly device: DeviceInfo;
}
type Wait = { readonly timeoutMs?: number | undefined };

export async function detachDevice(
  context: DriverContext,
  obj: DomainObj,
  input: Affect & Wait & { readonly xml: string },
  command: CommandContext,
): Promise<Removal> {
  const targets = targetsOf(context, obj, input, command);
  const { key, device } = parseDevice(input.xml);
  const placeIn = (def: DomainDef): Place => ({ key, ...requireDevice(def, key, device) });
  return detachPlaces(context, obj, targets, placeIn, input.timeoutMs);
}

/** By the alias in the running domain. The stored definition knows only aliases of a person's own: there the device that is alike goes. */
export async function detachDeviceAlias(
  context: DriverContext,
  obj: DomainObj,
  input: Affect & Wait & { readonly alias: string },
  command: CommandContext,
): Promise<Removal> {
  const targets = targetsOf(context, obj, input, command);
  const live = obj.live && findByAlias(obj.live.def, input.alias);
  const placeIn = (def: DomainDef): Place => {
    const found = findByAlias(def, input.alias);
    if (found) return found;
    const alike = live && findDevice(def, live.key, { ...live.device, alias: undefined, address: undefined });
    if (live && alike?.kind === 'found') return { key: live.key, index: alike.index, device: alike.device };
    throw virError('DEVICE_MISSING', `domain '${obj.name}' has no device with alias '${input.alias}'`);
  };
  return detachPlaces(context, obj, targets, placeIn, input.timeoutMs);
}

async function detachPlaces(
  context: DriverContext,
  obj: DomainObj,
  { run, config }: Targets,
  placeIn: (def: DomainDef) => Place,
  timeoutMs: number | undefined,
): Promise<Removal> {
  const place = run && placeIn(run.live.def);
  if (run && place) assertDetachable(run, place);
  let stored: StoredDef | undefined;
  if (config) {
    const { key, index } = placeIn(obj.def);
    stored = await prepareStored(context, obj, (def) => pullOut(def, key, index));
  }
  const state = run && place ? await detachLive(run, place.device.alias?.name ?? '', timeoutMs) : 'done';
  await finishChange(context, obj, stored, run !== undefined);
  return state;
}

function assertDetachable({ obj, live }: LiveRun, { key, device }: Place): void {
  const reason = detachReason(live.def, key, device);
  if (reason !== undefined) throw notWhileRunning(obj.name, describeDevice(key, device), 'detached from', reason);
  if (key === 'disks') assertNoBlockJob(live, device as DiskDef);
}

async function detachLive(run: LiveRun, alias: string, timeoutMs: number | undefined): Promise<Removal> {
  const ask = async (): Promise<void> => {
    try {
      await execute(run, { command: 'device_del', args: { id: alias } });
    } catch (error) {
      // QEMU has let go of it already, and nobody had heard.
      if (isNotFound(error)) return forgetDevice(run, alias);
      // It was asked before: go on waiting.
      if (!(error instanceof Error && /already in the process of unplug/.test(error.message))) throw error;
    }
  };
  return askForRemoval(run, alias, ask, timeoutMs);
}
