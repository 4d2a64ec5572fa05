// Whether another process can see the guest's memory, as vhost-user back ends, virtiofsd and passt must (libvirt: qemuValidateDomainDefSharedMemory…).
import type { DomainDef } from '../../conf/domain.ts';

export function sharesMemory(def: DomainDef): boolean {
  if (def.memoryBacking?.access?.mode === 'shared') return true;
  const cells = def.cpu?.numa?.cells ?? [];
  return cells.length > 0 && cells.every((cell) => cell.memAccess === 'shared');
}
