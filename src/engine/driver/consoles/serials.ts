// The serial consoles of a running domain: one hub for each serial device that QEMU serves on a unix socket of ours.

import { serialDevices } from '../../conf/domain-facts.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';
import { SerialHub } from './serial-hub.ts';

export function openSerials(live: LiveDomain): readonly SerialHub[] {
  return serialDevices(live.def).flatMap((serial) => {
    const path = serial.sources[0]?.path;
    // Only the sockets that we made: a path of the person's own may have a peer of its own.
    return path?.startsWith(live.runtimeDir) ? [new SerialHub(path)] : [];
  });
}
