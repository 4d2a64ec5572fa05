// What the next start changes of a running domain: its live definition beside what a start would make of the stored one now.
import type { PendingChange } from '../../../common/model/pending.ts';
import { pendingChanges } from '../../conf/pending-changes.ts';
import { prepareDomain } from '../../qemu/def/prepare.ts';
import type { DriverContext } from '../context.ts';
import { withoutKvm } from '../lifecycle/accelerate.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { queueStatus } from '../registry/state-writer.ts';

export function pendingOf(context: DriverContext, obj: DomainObj): readonly PendingChange[] {
  const { live } = obj;
  if (!live || !obj.isPersistent) return [];
  const next = prepareDomain(live.accelerator === 'tcg' ? withoutKvm(obj.def) : obj.def, {
    mode: 'live',
    id: live.id,
    paths: { runtimeDir: live.runtimeDir, nvramDir: context.paths.nvramDir, logDir: context.paths.logDir },
  });
  return pendingChanges(live.def, next);
}

/** Says anew whether the stored definition differs from the running one, and resolves when that is on disk. The event is the caller's. */
export async function markPending(context: DriverContext, obj: DomainObj): Promise<void> {
  const { live } = obj;
  if (!live) return;
  obj.hasNewDefinition = obj.isPersistent && pendingOf(context, obj).length > 0;
  await queueStatus(context, obj, live).catch(() => undefined); // logged where it is written
}
