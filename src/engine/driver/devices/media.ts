// Another medium in a CD-ROM or floppy drive of a running domain (libvirt: qemuDomainChangeMediaBlockdev). The new image is opened before the tray is touched, so
// that one which can't be read leaves the old one in.
import { virError } from '../../../common/errors.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { replaceDevice } from '../../conf/edit-devices.ts';
import { assignNodeIds, pinNodeIds } from '../../qemu/def/node-ids.ts';
import { type HotplugContext, type HotplugStep, planAttach, planCleanUp } from '../../qemu/hotplug/attach-plan.ts';
import type { MonitorReply } from '../../qemu/monitor-commands.ts';
import { withDeadline } from '../../util/deadline.ts';
import { assertNoBlockJob, requireDisk } from '../block/block-run.ts';
import { withBackingChain } from '../block/detect-chain.ts';
import { completeDefinition } from '../native.ts';
import { assertDeviceFree, checkDiskFile } from './check-device.ts';
import { assertSameRun, execute, hotplugContextOf, isUncertain, type LiveRun, saveLiveDef } from './live-run.ts';
import { reconcileMedia } from './reconcile-media.ts';
import { runSteps, sendAll } from './run-steps.ts';

const TRAY_WAIT_MS = 5_000;

export const isRemovable = (disk: DiskDef): boolean => disk.device === 'cdrom' || disk.device === 'floppy';

type BlockEntry = MonitorReply<'query-block'>[number];

/** Whether QEMU's drive is the device `alias`. */
const isDriveOf = ({ qdev }: Pick<BlockEntry, 'qdev'>, alias: string): boolean =>
  qdev === alias || (qdev?.startsWith(`/machine/peripheral/${alias}/`) ?? false);

interface Exchange {
  readonly def: DomainDef;
  readonly insert: readonly HotplugStep[];
  /** The node to put in; undefined: none. */
  readonly node: string | undefined;
  readonly oldNode: string | undefined;
  readonly cleanUp: ReturnType<typeof planCleanUp>;
}

const isNode = ({ command }: HotplugStep): boolean => command !== 'device_add';
const driveOf = (steps: readonly HotplugStep[]): string | undefined => {
  const drive = steps.find((step) => !isNode(step))?.args.drive;
  return typeof drive === 'string' ? drive : undefined;
};

function planExchange(plans: Omit<HotplugContext, 'def'>, live: DomainDef, index: number, next: DiskDef): Exchange {
  const pinned = pinNodeIds(live);
  // A number of its own: for a moment both images are open.
  const source = next.source && { ...next.source, index: assignNodeIds(pinned).next };
  const def = pinNodeIds(replaceDevice(pinned, 'disks', index, { ...next, source } as DiskDef));
  const [before, after] = [pinned, def].map((each) => planAttach({ ...plans, def: each }, 'disks', index));
  return {
    def,
    insert: (after ?? []).filter(isNode),
    node: driveOf(after ?? []),
    oldNode: driveOf(before ?? []),
    cleanUp: planCleanUp(before ?? []),
  };
}

/** Puts what `wanted` says into the drive `target`; a disk without a source empties it. Throws OPERATION_FAILED where the guest holds the tray. */
export async function changeMedium(run: LiveRun, target: string, wanted: DiskDef, force: boolean): Promise<void> {
  const { context, obj, live } = run;
  assertNoBlockJob(live, requireDisk(live.def, target));
  const at = (def: DomainDef): number => def.devices.disks.findIndex((disk) => disk.target?.dev === target);
  const complete = await completeDefinition(context, replaceDevice(live.def, 'disks', at(live.def), wanted));
  const filled = complete.def.devices.disks[at(complete.def)] ?? wanted;
  const plans = await hotplugContextOf(context, live);
  await checkDiskFile(filled);
  const next = await withBackingChain(filled);
  assertSameRun(run);
  const old = live.def.devices.disks[at(live.def)];
  const alias = old?.alias?.name ?? '';
  const exchange = planExchange(plans, live.def, at(live.def), { ...next, alias: old?.alias, address: old?.address });
  if (next.source) assertDeviceFree(context, obj, 'disks', next);
  await saveLiveDef(run, exchange.def);
  try {
    assertSameRun(run);
    await runSteps(run, exchange.insert);
    await swap(run, alias, exchange, force);
  } catch (error) {
    if (isUncertain(error))
      void reconcileMedia(run).catch(() => undefined); // the domain's end says the same
    else if (obj.live === live && old) {
      await saveLiveDef(run, replaceDevice(live.def, 'disks', at(live.def), old)).catch(() => undefined); // logged
    }
    throw error;
  }
  await sendAll(run, exchange.cleanUp);
}

async function swap(run: LiveRun, alias: string, exchange: Exchange, force: boolean): Promise<void> {
  const id = { id: alias };
  const put = (node: string): Promise<unknown> =>
    execute(run, { command: 'blockdev-insert-medium', args: { ...id, 'node-name': node } });
  try {
    await openTray(run, alias, force);
    await execute(run, { command: 'blockdev-remove-medium', args: id });
    if (exchange.node !== undefined) {
      try {
        await put(exchange.node);
      } catch (error) {
        if (exchange.oldNode !== undefined && !isUncertain(error)) await put(exchange.oldNode);
        throw error;
      }
    }
  } catch (error) {
    if (!isUncertain(error) && !run.monitor.isClosed) {
      await sendAll(run, [{ command: 'blockdev-close-tray', args: id }, ...planCleanUp(exchange.insert)]);
    }
    throw error;
  }
  await execute(run, { command: 'blockdev-close-tray', args: id });
}

/** A guest that has locked the tray is asked to open it; with force it is not asked. A drive without a tray needs neither. */
async function openTray(run: LiveRun, alias: string, force: boolean): Promise<void> {
  const opened = Promise.withResolvers<void>();
  const listening = run.monitor.onEvent(({ event, data }) => {
    if (event === 'DEVICE_TRAY_MOVED' && data.id === alias && data['tray-open'] === true) opened.resolve();
  });
  try {
    await execute(run, { command: 'blockdev-open-tray', args: { id: alias, force } });
    const drives = await run.monitor.execute('query-block', undefined, { signal: run.signal });
    assertSameRun(run);
    if (drives.find((entry) => isDriveOf(entry, alias))?.tray_open !== false) return;
    await withDeadline(opened.promise, {
      signal: run.signal,
      timeoutMs: TRAY_WAIT_MS,
      what: 'the opening of the tray',
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'OPERATION_TIMEOUT')
      throw virError(
        'OPERATION_FAILED',
        `the guest of domain '${run.obj.name}' has locked the tray of '${alias}' and did not open it; unmount the medium in the guest, or use --force`,
        { cause: error },
      );
    throw error;
  } finally {
    listening.dispose();
  }
}
