// The one place that sets a domain's state: it changes the entry, writes the status file and emits the numbered event, in that order of meaning.
// Nothing else assigns `state`.

import type { DomainReason, DomainState } from '../../../common/model/domain.ts';
import type { DomainEvent, LifecycleEvent } from '../../../common/model/event.ts';
import { formatDomain } from '../../conf/domain.ts';
import type { Companion } from '../../qemu/companion-process.ts';
import type { CompanionStatus, DomainStatus } from '../../state/status-files.ts';
import { crashpoint } from '../../util/failpoint.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from './domain-obj.ts';

export interface StateChange {
  readonly state: DomainState;
  readonly reason: DomainReason;
  readonly event?: LifecycleEvent;
  /** virsh's word, such as 'Booted'. */
  readonly detail?: string;
}

/** Sets the state and tells. Where the domain is active its status file follows. */
export function setState(context: DriverContext, obj: DomainObj, change: StateChange): void {
  crashpoint(`state ${change.state}`);
  obj.state = change.state;
  obj.reason = change.reason;
  if (obj.live) void queueStatus(context, obj, obj.live);
  emit(
    context,
    obj,
    change.event === undefined
      ? { kind: 'updated' }
      : { kind: 'lifecycle', event: change.event, detail: change.detail },
  );
}

/** Tells of a change that is none of state. */
export function emit(
  context: DriverContext,
  obj: DomainObj,
  event: Pick<DomainEvent, 'kind' | 'event' | 'detail' | 'blockJob'>,
): void {
  const isGone = context.list.byUuid(obj.uuid) !== obj;
  context.events.record({
    ...event,
    uuid: obj.uuid,
    name: obj.name,
    ...(isGone ? {} : { summary: context.summarize(obj) }),
  });
}

const companionStatus = ({ kind, alias, identity }: Companion): CompanionStatus => ({ kind, alias, ...identity });

const statusOf = (obj: DomainObj, live: LiveDomain): DomainStatus => ({
  format: 1,
  uuid: obj.uuid,
  name: obj.name,
  startId: live.startId,
  phase: live.phase === 'starting' ? 'starting' : 'running',
  isPersistent: obj.isPersistent,
  hasNewDefinition: obj.hasNewDefinition,
  id: live.id,
  accelerator: live.accelerator,
  startedAt: live.startedAt,
  state: obj.state,
  reason: obj.reason,
  isRebooting: live.isRebooting,
  ...(live.saving ? { saving: live.saving } : {}),
  ...(live.restoring ? { restoring: live.restoring } : {}),
  ...(live.dumping ? { dumping: live.dumping } : {}),
  ...(live.isFrozen ? { isFrozen: true } : {}),
  ...(live.blockJobs && live.blockJobs.length > 0 ? { blockJobs: [...live.blockJobs] } : {}),
  ...(live.companions.length > 0 ? { companions: live.companions.map(companionStatus) } : {}),
  ...(live.hasNewTpm ? { hasNewTpm: true } : {}),
  ...(live.tpmAtEnd ? { tpmAtEnd: live.tpmAtEnd } : {}),
  xml: formatDomain(live.def, { live: true }),
  ...(live.process ? { process: live.process.identity } : {}),
});

/**
 * Writes the status file after the writes before it; calls that come before it is begun get the same write, which says how all is then. Rejects with SYSTEM_ERROR only
 * for who awaits it: a start must, an event can't.
 */
export function queueStatus(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  if (obj.nextStatus?.live === live) return obj.nextStatus.write;
  const write = obj.statusWrites.then(async () => {
    if (obj.nextStatus?.write === write) obj.nextStatus = undefined;
    if (obj.live === live && live.phase !== 'stopping') await context.host.saveStatus(statusOf(obj, live));
  });
  obj.nextStatus = { live, write };
  obj.statusWrites = write.catch((error: unknown) =>
    context.log.error({ domain: obj.name, error: String(error) }, 'the status file could not be written'),
  );
  return write;
}
