// A device as it shall be (libvirt: qemuDomainUpdateDeviceFlags). Of a running domain: what is in a drive, the cable of an interface, what a start does without a
// disk's file. All else of a device is fixed while it is plugged in, and is refused by name.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DeviceInfo } from '../../conf/address.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DevicesDef, DomainDef } from '../../conf/domain.ts';
import { type DeviceListKey, parseDevice, replaceDevice } from '../../conf/edit-devices.ts';
import { describeDevice, firstDifference, requireDevice } from '../../conf/find-device.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { setLiveLink } from './link.ts';
import { type LiveRun, saveLiveDef, type Targets, targetsOf } from './live-run.ts';
import { changeMedium, isRemovable } from './media.ts';
import { finishChange, prepareStored } from './stored-change.ts';

type InterfaceDef = DevicesDef['interfaces'][number];

export async function updateDevice(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.updateDevice'>,
  command: CommandContext,
): Promise<void> {
  const targets = targetsOf(context, obj, input, command);
  const { key, device } = parseDevice(input.xml);
  await updateParsed(context, obj, targets, { key, device, force: input.force ?? false });
}

export interface Update {
  readonly key: DeviceListKey;
  readonly device: DeviceInfo;
  readonly force: boolean;
}

export async function updateParsed(
  context: DriverContext,
  obj: DomainObj,
  { run, config }: Targets,
  update: Update,
): Promise<void> {
  const live = run && liveUpdate(run, update);
  const stored = config
    ? await prepareStored(context, obj, (def) => withReplaced(def, update.key, update.device))
    : undefined;
  await live?.();
  await finishChange(context, obj, stored, run !== undefined);
}

/** Whether `device` is a medium for a drive that `def` has. */
export function isFilledDrive(def: DomainDef, key: DeviceListKey, device: DeviceInfo): boolean {
  if (key !== 'disks') return false;
  const disk = device as DiskDef;
  return (
    isRemovable(disk) &&
    def.devices.disks.some((other) => other.target?.dev === disk.target?.dev && other.device === disk.device)
  );
}

/** The stored definition with the new device in the old one's place; where it sits stays, unless it says otherwise. */
function withReplaced(def: DomainDef, key: DeviceListKey, device: DeviceInfo): DomainDef {
  const { index, device: old } = requireDevice(def, key, device);
  const busOf = (one: DeviceInfo): string | undefined => (one as DiskDef).target?.bus;
  const staysOnBus = key !== 'disks' || busOf(device) === undefined || busOf(device) === busOf(old);
  const address = device.address ?? (staysOnBus ? old.address : undefined);
  return replaceDevice(def, key, index, { ...device, alias: device.alias ?? old.alias, address });
}

/** What is to be done on the running domain. Throws at once for what can't be. */
function liveUpdate(run: LiveRun, { key, device, force }: Update): () => Promise<void> {
  const found = requireDevice(run.live.def, key, device);
  switch (key) {
    case 'disks':
      return diskUpdate(run, found.device as DiskDef, device as DiskDef, force);
    case 'interfaces':
      return interfaceUpdate(run, found.device as InterfaceDef, device as InterfaceDef);
    default:
      throw virError(
        'CONFIG_UNSUPPORTED',
        `${describeDevice(key, found.device)} of domain '${run.obj.name}' can't be changed while it runs; use --config, it takes effect at the next start`,
      );
  }
}

/** Throws CONFIG_UNSUPPORTED where `given` says something else than what is plugged in. */
function assertUnchanged({ obj }: LiveRun, key: DeviceListKey, given: DeviceInfo, old: DeviceInfo): void {
  const field = firstDifference(given, old);
  if (field === undefined) return;
  throw virError(
    'CONFIG_UNSUPPORTED',
    `${field} of ${describeDevice(key, old)} of domain '${obj.name}' can't be changed while it runs; use --config, it takes effect at the next start`,
  );
}

const policyOf = (disk: DiskDef) => disk.source?.startupPolicy;
const mediumOf = ({ source }: DiskDef): string =>
  JSON.stringify({ ...source, startupPolicy: undefined, index: undefined });

function diskUpdate(run: LiveRun, old: DiskDef, given: DiskDef, force: boolean): () => Promise<void> {
  if (isRemovable(old) && (given.device ?? 'disk') === old.device) {
    const { driver, ...rest } = {
      ...given,
      type: undefined,
      source: undefined,
      backingStore: undefined,
      readonly: undefined,
    };
    assertUnchanged(run, 'disks', { ...rest, driver: driver && { ...driver, type: undefined } } as DeviceInfo, old);
    const next = {
      ...old,
      type: given.type ?? 'file',
      source: given.source,
      backingStore: given.backingStore,
      driver: { ...old.driver, ...(given.driver?.type && { type: given.driver.type }) },
    } as DiskDef;
    if (mediumOf(old) !== mediumOf(next)) return () => changeMedium(run, old.target?.dev ?? '', next, force);
  } else {
    assertUnchanged(
      run,
      'disks',
      { ...given, source: given.source && { ...given.source, startupPolicy: undefined } } as DeviceInfo,
      old,
    );
  }
  return () =>
    replaceLive(run, 'disks', old, (disk) => ({
      ...disk,
      source: (disk as DiskDef).source && { ...(disk as DiskDef).source, startupPolicy: policyOf(given) },
    }));
}

function interfaceUpdate(run: LiveRun, old: InterfaceDef, given: InterfaceDef): () => Promise<void> {
  assertUnchanged(run, 'interfaces', { ...given, link: undefined } as DeviceInfo, old);
  // A cable that is not spoken of is plugged in.
  const isUp = (net: InterfaceDef): boolean => net.link?.state !== 'down';
  return async () => {
    if (isUp(old) !== isUp(given)) await setLiveLink(run, old.alias?.name ?? '', isUp(given));
  };
}

async function replaceLive(
  run: LiveRun,
  key: 'disks',
  old: DeviceInfo,
  change: (device: DeviceInfo) => DeviceInfo,
): Promise<void> {
  const { live } = run;
  const index = live.def.devices[key].findIndex((device) => device.alias?.name === old.alias?.name);
  const device = live.def.devices[key][index];
  if (device) await saveLiveDef(run, replaceDevice(live.def, key, index, change(device)));
}

/** `changeMedia`: the same for who knows a path and no XML. */
export async function changeMedia(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.changeMedia'>,
  isBlockDevice: boolean,
  command: CommandContext,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, input, command);
  const next = (def: DomainDef): DiskDef => {
    const disk = def.devices.disks.find(({ target }) => target?.dev === input.target);
    if (!disk) throw virError('DEVICE_MISSING', `domain '${obj.name}' has no disk with target '${input.target}'`);
    if (!isRemovable(disk))
      throw virError(
        'OPERATION_INVALID',
        `'${input.target}' of domain '${obj.name}' is a disk: its medium can't be changed`,
      );
    const place = isBlockDevice ? { dev: input.source } : { file: input.source };
    const source = input.source === undefined ? undefined : { ...place, hosts: [], seclabels: [] };
    const type = isBlockDevice ? 'block' : 'file';
    return { ...disk, type, source, backingStore: undefined, driver: { ...disk.driver, type: 'raw' } } as DiskDef;
  };
  const live = run && next(run.live.def);
  const stored = config
    ? await prepareStored(context, obj, (def) => {
        const disk = next(def);
        return replaceDevice(
          def,
          'disks',
          def.devices.disks.findIndex(({ target }) => target?.dev === input.target),
          disk,
        );
      })
    : undefined;
  if (run && live) await changeMedium(run, input.target, live, input.force ?? false);
  await finishChange(context, obj, stored, run !== undefined);
}
