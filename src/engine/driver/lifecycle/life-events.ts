// The words of a domain's life where libvirt has more than one event for it: a script that waits for one of them must not wait in vain. In libvirt they are the echo
// of what QEMU tells (qemuProcessHandleResume, qemuProcessHandleShutdown); here they are told by what was done, so that they come always, and once.
import type { DomainReason } from '../../../common/model/domain.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit, setState } from '../registry/state-writer.ts';

/** libvirt: qemuDomainRunningReasonToResumeEvent. */
export const resumeDetail = (reason: DomainReason): string =>
  reason === 'restored' || reason === 'from snapshot' ? 'Snapshot' : 'Unpaused';

/** A boot: QEMU was resumed, then the domain is started; one that is to wait is paused behind it. */
export function setBooted(context: DriverContext, obj: DomainObj, isPaused: boolean): void {
  if (isPaused) {
    setState(context, obj, { state: 'paused', reason: 'user', event: 'Started', detail: 'Booted' });
    emit(context, obj, { kind: 'lifecycle', event: 'Suspended', detail: 'Paused' });
    return;
  }
  setState(context, obj, { state: 'running', reason: 'booted', event: 'Resumed', detail: 'Unpaused' });
  emit(context, obj, { kind: 'lifecycle', event: 'Started', detail: 'Booted' });
}

/** QEMU has done as the host asked, and is no more; the end of the domain is told next. Its state stays: it was never seen in between. */
export function tellHostShutdown(context: DriverContext, obj: DomainObj): void {
  emit(context, obj, { kind: 'lifecycle', event: 'Shutdown', detail: 'Finished after host request' });
}
