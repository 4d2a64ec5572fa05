// What a definition may not say (libvirt: src/conf/domain_validate.c, src/qemu/qemu_validate.c), the part that is about the whole; the rest
// stands by kind in validate-*.ts.
import type { DomainDef } from '../../conf/domain.ts';
import type { PostParseContext } from './context.ts';

export function validateDomain(_def: DomainDef, _context: PostParseContext): void {
  // Rules follow.
}
