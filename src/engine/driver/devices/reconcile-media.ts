// What is really in the drives of a running domain, where nobody knows: after a change that was cut off, by a cancel or by the engine's end.
import type { DiskDef } from '../../conf/disk.ts';
import { replaceDevice } from '../../conf/edit-devices.ts';
import { nodeNumbers } from '../../qemu/def/node-ids.ts';
import { emit } from '../registry/state-writer.ts';
import { type LiveRun, saveLiveDef } from './live-run.ts';
import { sendAll } from './run-steps.ts';

type Run = Pick<LiveRun, 'context' | 'obj' | 'live' | 'monitor'>;

/** The drive as QEMU has it: what was recorded, where that is in; else the image that is, by its node's number. */
function actualDrive(
  disk: DiskDef,
  inserted: { readonly 'node-name'?: string | undefined; readonly file: string } | undefined,
): DiskDef {
  if (!inserted) return disk.source ? { ...disk, source: undefined } : disk;
  const index = /^libvirt-(\d+)-/.exec(inserted['node-name'] ?? '')?.[1];
  if (index === undefined || Number(index) === disk.source?.index) return disk;
  const isDevice = inserted.file.startsWith('/dev/');
  const place = isDevice ? { dev: inserted.file } : { file: inserted.file };
  const source = { ...place, index: Number(index), hosts: [], seclabels: [] };
  return { ...disk, type: isDevice ? 'block' : 'file', source, backingStore: undefined };
}

export async function reconcileMedia(run: Run): Promise<void> {
  const { context, obj, live, monitor } = run;
  const isRemovable = ({ device }: DiskDef): boolean => device === 'cdrom' || device === 'floppy';
  // A record that changes from here on is a command's that runs beside this.
  const before = live.def.devices.disks;
  const drives = await monitor.execute('query-block');
  if (obj.live !== live) return;
  let { def } = live;
  for (const [index, disk] of def.devices.disks.entries()) {
    const alias = disk.alias?.name ?? '';
    const drive = drives.find(({ qdev }) => qdev === alias || qdev?.startsWith(`/machine/peripheral/${alias}/`));
    if (!isRemovable(disk) || !drive || !before.includes(disk)) continue;
    const actual = actualDrive(disk, drive.inserted);
    if (actual !== disk) def = replaceDevice(def, 'disks', index, actual);
  }
  if (def !== live.def) {
    await saveLiveDef(run, def);
    emit(context, obj, { kind: 'updated' });
  }
  await closeStrays(run);
}

const NODE = /^libvirt-(\d+)-(format|slice-sto|storage)$/;
const LAYERS = ['format', 'slice-sto', 'storage'];

/** Images that are open and in no disk: a change was cut off between the drive and its images. */
async function closeStrays(run: Run): Promise<void> {
  const nodes = await run.monitor.execute('query-named-block-nodes', { flat: true });
  if (run.obj.live !== run.live) return;
  const used = nodeNumbers(run.live.def);
  const strays = nodes.flatMap(({ 'node-name': name }) => {
    const [, number, layer = ''] = NODE.exec(name ?? '') ?? [];
    return number === undefined || used.has(Number(number)) ? [] : [{ name, layer }];
  });
  strays.sort((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer));
  await sendAll(
    run,
    strays.map(({ name }) => ({ command: 'blockdev-del' as const, args: { 'node-name': name } })),
  );
}
