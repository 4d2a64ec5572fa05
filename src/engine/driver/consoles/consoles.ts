// Opening console streams for tickets. VNC: each viewer gets a connection of its own to QEMU's socket. Serial: each gets a branch of the hub.
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { virError } from '../../../common/errors.ts';
import { requireLive } from '../actions.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import type { ConsoleTarget } from './console-tickets.ts';

/** The unix socket on which QEMU serves the screen of a running domain, if it does. */
export function vncSocket(live: LiveDomain): string | undefined {
  const vnc = live.def.devices.graphics.find(({ type }) => type === 'vnc');
  return vnc?.socket ?? vnc?.listens.find(({ type }) => type === 'socket')?.socket;
}

/** Throws OPERATION_INVALID where the domain is not running, DEVICE_MISSING where it has no such console. */
export function checkConsole(obj: DomainObj, target: Omit<ConsoleTarget, 'uuid'>): void {
  const { live } = requireLive(obj);
  if (target.console === 'vnc' && !vncSocket(live)) {
    throw virError(
      'DEVICE_MISSING',
      `domain '${obj.name}' has no screen that can be shown here; add <graphics type='vnc'/> to its definition`,
    );
  }
  if (target.console === 'serial' && !live.serials[target.index]) {
    throw virError(
      'DEVICE_MISSING',
      `domain '${obj.name}' has no serial console ${target.index}; add <serial type='pty'/> to its definition`,
    );
  }
}

/** A byte stream to the console. The caller ends it; it ends by itself with the domain. */
export function openConsole(obj: DomainObj, target: Omit<ConsoleTarget, 'uuid'>): Duplex {
  checkConsole(obj, target);
  const { live } = requireLive(obj);
  if (target.console === 'serial') {
    const hub = live.serials[target.index];
    if (hub) return hub.attach();
  }
  return connect(vncSocket(live) ?? '');
}
