// A device comes: into the running domain, into its definition, or both (libvirt: qemuDomainAttachDeviceLiveAndConfig). Both are looked at before either is done.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import type { DeviceInfo } from '../../conf/address.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DevicesDef, DomainDef } from '../../conf/domain.ts';
import { type DeviceListKey, parseDevice, plugIn } from '../../conf/edit-devices.ts';
import { describeDevice } from '../../conf/find-device.ts';
import { type HotplugKind, isQdev, planAttach } from '../../qemu/hotplug/attach-plan.ts';
import { attachReason } from '../../qemu/hotplug/live-rules.ts';
import { withBackingChain } from '../block/detect-chain.ts';
import { SerialHub } from '../consoles/serial-hub.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { endCompanionsOf, startCompanionsOf } from '../lifecycle/companions.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { assertDeviceFree, assertNewDevice, checkDeviceFiles } from './check-device.ts';
import {
  assertSameRun,
  hotplugContextOf,
  isHurried,
  isUncertain,
  type LiveRun,
  saveLiveDef,
  targetsOf,
} from './live-run.ts';
import { notWhileRunning, type PreparedDevice, prepareLiveDevice } from './prepare-device.ts';
import { forgetDevice, isNotFound } from './remove-live.ts';
import { runSteps } from './run-steps.ts';
import { finishChange, prepareStored, type StoredDef } from './stored-change.ts';
import { isFilledDrive, updateParsed } from './update.ts';

/** Plugs `xml` in. Returns the alias that the running domain knows it by. */
export async function attachDevice(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.attachDevice'>,
  command: CommandContext,
): Promise<string | undefined> {
  const { run, config } = targetsOf(context, obj, input, command);
  const { key, device } = parseDevice(input.xml);
  // A medium for a drive that is there is no new drive.
  if (isFilledDrive(run?.live.def ?? obj.def, key, device)) {
    await updateParsed(context, obj, { run, config }, { key, device, force: false });
    return undefined;
  }
  const stored = config ? await storedWith(context, obj, key, device) : undefined;
  // Both get the card that was made up for one.
  const given = stored ? withSameMac(stored, key, device) : device;
  const alias = run ? await attachLive(run, key, given) : undefined;
  await finishChange(context, obj, stored, run !== undefined);
  return alias;
}

async function storedWith(
  context: DriverContext,
  obj: DomainObj,
  key: DeviceListKey,
  device: DeviceInfo,
): Promise<StoredDef> {
  assertNewDevice(obj.def, key, device);
  return prepareStored(context, obj, (def) => plugIn(def, key, device));
}

function withSameMac(stored: DomainDef, key: DeviceListKey, device: DeviceInfo): DeviceInfo {
  if (key !== 'interfaces') return device;
  const net = device as DevicesDef['interfaces'][number];
  return { ...net, mac: net.mac ?? stored.devices.interfaces.at(-1)?.mac } as DeviceInfo;
}

/** What can't be is said before the definition is completed: its words would be about addresses. */
function assertKind({ obj, live }: LiveRun, key: DeviceListKey, device: DeviceInfo): void {
  if (key === 'disks' && (device as DiskDef).target?.bus === undefined) return;
  const reason = ['hostdevs', 'disks', 'interfaces'].includes(key) ? attachReason(live.def, key, device) : undefined;
  if (reason !== undefined) throw notWhileRunning(obj.name, describeDevice(key, device), 'attached to', reason);
}

async function attachLive(run: LiveRun, key: DeviceListKey, given: DeviceInfo): Promise<string> {
  const { context, obj, live } = run;
  assertNewDevice(live.def, key, given);
  assertKind(run, key, given);
  const plans = await hotplugContextOf(context, live);
  await checkDeviceFiles(key, given);
  const prepared = await prepareLiveDevice(
    run,
    key,
    key === 'disks' ? await withBackingChain(given as DiskDef) : given,
  );
  const steps = planAttach({ ...plans, def: prepared.def }, key as HotplugKind, prepared.index);
  const alias = prepared.device.alias?.name ?? '';
  // From here to the claim nothing waits: a start that looks now finds the disk taken.
  assertDeviceFree(context, obj, key, prepared.device);
  const before = live.def;
  await saveLiveDef(run, prepared.def);
  try {
    assertSameRun(run);
    await startCompanionsOf(run, alias);
  } catch (error) {
    if (obj.live === live) await takeBack(run, before, alias);
    throw error;
  }
  try {
    await runSteps(run, steps);
  } catch (error) {
    if (isUncertain(error)) {
      const end = abandon(run, alias, isQdev(steps, alias));
      if (!isHurried(run, error)) await end;
    } else if (obj.live === live) await takeBack(run, before, alias);
    throw error;
  }
  if (key === 'serials') openSerial(run, prepared);
  emit(context, obj, { kind: 'device-added', detail: alias });
  return alias;
}

/** The record goes too. Devices that left meanwhile stay gone. */
async function takeBack(run: LiveRun, before: DomainDef, alias: string): Promise<void> {
  const isGone = (device: DeviceInfo): boolean => device.alias?.name !== alias;
  const devices = Object.fromEntries(
    Object.entries(run.live.def.devices).map(([key, list]) => [
      key,
      Array.isArray(list) ? (list as readonly DeviceInfo[]).filter(isGone) : list,
    ]),
  ) as unknown as DevicesDef;
  const { memory, currentMemory } = before;
  await endCompanionsOf(run, alias);
  await saveLiveDef(run, { ...run.live.def, memory, currentMemory, devices }).catch(() => undefined); // logged
}

/** Nobody knows whether QEMU has it: it is asked to let go of it. What it does not know is forgotten at once, the rest when the guest obeys. */
async function abandon(run: LiveRun, alias: string, isDevice: boolean): Promise<void> {
  try {
    if (isDevice) await run.monitor.execute('device_del', { id: alias });
  } catch (error) {
    // Without an answer it stays recorded, and the next engine finds out.
    if (isNotFound(error) && run.obj.live === run.live) await forgetDevice(run, alias);
  }
}

function openSerial({ live }: LiveRun, { device }: PreparedDevice): void {
  const path = (device as DevicesDef['serials'][number]).sources[0]?.path;
  if (path?.startsWith(live.runtimeDir)) live.serials = [...live.serials, new SerialHub(path)];
}
