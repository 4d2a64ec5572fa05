// What <vcpu> and <vcpus> may say (libvirt: virDomainVcpuParse, qemuDomainDefVcpusPostParse, virDomainDefVcpuPostParse, qemuValidateDomainVCpuTopology, and at a start
// qemuProcessValidateHotpluggableVcpus).
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { eachVcpu, type VcpuDef, withEachVcpu } from '../../conf/vcpu-list.ts';
import { findMachine } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { machineOf } from './machine.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

/** More than any machine takes; the machine's own limit is looked at later. */
const MOST_LISTED = 65_536;

/** Where processors are listed, all of them are, and how many are on is counted; what `current` says is nothing then. Throws XML_ERROR for one that can't be. */
export function completeVcpus(def: DomainDef): DomainDef {
  const { max = 1 } = def.vcpu ?? {};
  const listed = def.vcpus?.vcpus ?? [];
  if (listed.length === 0) return { ...def, vcpus: undefined };
  for (const { id, enabled } of listed) {
    if (id >= max || max > MOST_LISTED)
      throw virError('XML_ERROR', `vcpu id '${id}' is out of range of maximum vcpu count`);
    if (enabled === undefined) throw virError('XML_ERROR', "Missing required attribute 'enabled' in element 'vcpu'");
  }
  // 0 is libvirt's word for none.
  return withEachVcpu(
    def,
    eachVcpu(def).map((vcpu) => ({ ...vcpu, order: vcpu.order === 0 ? undefined : vcpu.order })),
  );
}

/** Throws CONFIG_UNSUPPORTED, XML_ERROR. */
export function validateVcpus(def: DomainDef, { caps }: PostParseContext): void {
  const { max = 1, current = 0 } = def.vcpu ?? {};
  if (current > max) throw virError('XML_ERROR', `maxvcpus must not be less than current vcpus (${max} < ${current})`);
  const most = findMachine(caps, machineOf(def))?.maxCpus;
  if (most !== undefined && max > most)
    throw unsupported(`Maximum CPUs greater than specified machine type limit ${most}`);
  if ((def.vcpus?.vcpus ?? []).length > 0) checkEach(eachVcpu(def));
}

/** What a definition may say, but no start can follow; of those that are off too. Throws CONFIG_UNSUPPORTED. */
export function assertVcpuOrder(def: DomainDef): void {
  const { max = 1 } = def.vcpu ?? {};
  const seen = new Set<number>();
  for (const { order } of def.vcpus?.vcpus ?? []) {
    if (order === undefined) continue;
    if (order > max) throw unsupported(`vcpu order '${order}' exceeds vcpu count`);
    if (seen.has(order)) throw unsupported(`duplicate vcpu order '${order}'`);
    seen.add(order);
  }
}

/** QEMU starts with some and gets the others later: those of the start come first. */
function checkEach(vcpus: readonly VcpuDef[]): void {
  const [first] = vcpus;
  if (!first?.enabled) throw unsupported("vcpu 0 can't be offline");
  if (first.hotpluggable) throw unsupported("vcpu0 can't be hotpluggable");
  if ((first.order ?? 1) !== 1) throw unsupported('vcpu0 must be enabled first');
  for (const [id, { enabled, hotpluggable, order }] of vcpus.entries()) {
    const before = vcpus[id - 1];
    if (!enabled && !hotpluggable) throw unsupported(`vcpu '${id}' is both offline and not hotpluggable`);
    if (enabled && (order !== undefined) !== (first.order !== undefined))
      throw unsupported('all vcpus must have either set or unset order');
    if (hotpluggable || !before) continue;
    if (before.hotpluggable)
      throw unsupported('online non-hotpluggable vcpus need to be ordered prior to hotplugable vcpus');
    if ((before.order ?? 0) > (order ?? 0))
      throw unsupported('online non-hotpluggable vcpus must be ordered in ascending order');
  }
}
