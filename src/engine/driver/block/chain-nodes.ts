// Layers that leave a disk: their block nodes and what belongs to them, taken away as they would have been plugged in.
import type { DiskDef } from '../../conf/disk.ts';
import { withDevices } from '../../qemu/def/devices.ts';
import { type ChainLayer, type DiskChain, withChain } from '../../qemu/def/disk-chain.ts';
import { planAttach, planCleanUp, type QmpCall } from '../../qemu/hotplug/attach-plan.ts';
import { hotplugContextOf } from '../devices/live-run.ts';
import type { BlockRun } from './block-run.ts';

/** `disk` with these images and nothing else that a block node comes of: no filters, no mirror. */
export const chainDisk = (disk: DiskDef, chain: DiskChain): DiskDef => ({
  ...withChain({ ...disk, driver: { ...disk.driver, copyOnRead: undefined } as DiskDef['driver'] }, chain),
  throttleFilters: undefined,
  mirror: undefined,
});

/** What closes `layers`, the top one first. */
export async function closeLayers(
  run: BlockRun,
  disk: DiskDef,
  layers: readonly ChainLayer[],
): Promise<readonly QmpCall[]> {
  if (layers.length === 0) return [];
  const plans = await hotplugContextOf(run.context, run.live);
  const alone = chainDisk(disk, { layers, isWhole: true });
  return planCleanUp(planAttach({ ...plans, def: withDevices(run.live.def, { disks: [alone] }) }, 'disks', 0));
}
