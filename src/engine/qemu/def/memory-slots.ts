// <address type='dimm'>: a DIMM or NVDIMM takes the lowest slot that is free (libvirt: qemuDomainAssignMemorySlots).

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { withDevices } from './devices.ts';

export function assignMemorySlots(def: DomainDef): DomainDef {
  if (!def.maxMemory) return def;
  const used = new Set<number>();
  for (const memory of def.devices.memories)
    if (memory.address?.type === 'dimm' && memory.address.slot !== undefined) used.add(memory.address.slot);
  const memories = def.devices.memories.map((memory) => {
    if ((memory.model !== 'dimm' && memory.model !== 'nvdimm') || memory.address?.type === 'dimm') return memory;
    let slot = 0;
    while (used.has(slot)) slot += 1;
    if (slot >= (def.maxMemory?.slots ?? 0)) throw virError('INTERNAL_ERROR', 'failed to find an empty memory slot');
    used.add(slot);
    return { ...memory, address: { type: 'dimm' as const, slot } };
  });
  return withDevices(def, { memories });
}
