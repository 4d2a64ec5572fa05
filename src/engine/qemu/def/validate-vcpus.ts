// What <vcpu> and <vcpus> may say (libvirt: qemuDomainDefVcpusPostParse, virDomainDefVcpuPostParse, qemuValidateDomainVCpuTopology).
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { eachVcpu, type VcpuDef } from '../../conf/vcpu-list.ts';
import { findMachine } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { machineOf } from './machine.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

/** Throws CONFIG_UNSUPPORTED, XML_ERROR. */
export function validateVcpus(def: DomainDef, { caps }: PostParseContext): void {
  const { max = 1, current = 0 } = def.vcpu ?? {};
  if (current > max) throw virError('XML_ERROR', `maxvcpus must not be less than current vcpus (${max} < ${current})`);
  const most = findMachine(caps, machineOf(def))?.maxCpus;
  if (most !== undefined && max > most)
    throw unsupported(`Maximum CPUs greater than specified machine type limit ${most}`);
  const listed = def.vcpus?.vcpus ?? [];
  if (listed.length === 0) return;
  const beyond = listed.find(({ id }) => id >= max);
  if (beyond) throw virError('XML_ERROR', `vcpu id '${beyond.id}' is out of range of maximum vcpu count`);
  checkOrder(listed.flatMap(({ order }) => (order === undefined ? [] : [order])));
  checkEach(eachVcpu(def));
}

function checkOrder(orders: readonly number[]): void {
  if (new Set(orders).size < orders.length) throw virError('XML_ERROR', 'vcpu order must be unique');
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
