// Processors and memory of a domain in one step, as a person sets them in a form: the definition changes as a whole or not at all.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { finishThreads } from '../tuning/new-threads.ts';
import { targetsOf } from './live-run.ts';
import { assertBalloon, assertFits, setLiveMemory } from './memory.ts';
import { prepareStored } from './stored-change.ts';
import { withVcpus } from './vcpu-slots.ts';
import { assertNotTooMany, setLiveVcpus } from './vcpus.ts';

type Resources = Pick<ParsedInput<'domain.setResources'>, 'vcpus' | 'maxVcpus' | 'memoryKiB' | 'maxMemoryKiB'>;

/** As many cores as make `max` processors; sockets, dies and threads stay where they divide it, and become one each where they do not. */
function fitTopology(def: DomainDef, max: number): DomainDef {
  const topology = def.cpu?.topology;
  if (!topology || max === (def.vcpu?.max ?? 1)) return def;
  const { sockets = 1, dies = 1, clusters = 1, threads = 1 } = topology;
  const others = sockets * dies * clusters * threads;
  const fitted =
    max % others === 0
      ? { ...topology, cores: max / others }
      : { ...topology, sockets: 1, dies: 1, clusters: 1, threads: 1, cores: max };
  return { ...def, cpu: { ...def.cpu, topology: fitted } };
}

/** Pure. What is in use never exceeds the most: lowering that lowers both. */
export function withResources(def: DomainDef, wanted: Resources): DomainDef {
  const maxVcpus = wanted.maxVcpus ?? def.vcpu?.max ?? 1;
  const vcpus = wanted.vcpus ?? Math.min(def.vcpu?.current ?? def.vcpu?.max ?? 1, maxVcpus);
  const kib = wanted.maxMemoryKiB ?? def.memory?.kib ?? 0;
  const memoryKiB = wanted.memoryKiB ?? Math.min(def.currentMemory ?? kib, kib);
  return {
    ...withVcpus(fitTopology(def, maxVcpus), vcpus, maxVcpus),
    memory: { ...def.memory, kib },
    currentMemory: memoryKiB,
  };
}

/**
 * Throws INVALID_ARG (more than the most), OPERATION_INVALID (no balloon, NUMA cells), CONFIG_UNSUPPORTED (processors that can't come or go while it runs),
 * OPERATION_TIMEOUT (the guest was asked to give a processor up, and has not).
 */
export async function setResources(
  context: DriverContext,
  obj: DomainObj,
  wanted: ParsedInput<'domain.setResources'>,
  command: CommandContext,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, wanted, command);
  const { vcpus, memoryKiB } = wanted;
  if (!config && (wanted.maxVcpus ?? wanted.maxMemoryKiB) !== undefined)
    throw virError('INVALID_ARG', `the most that domain '${obj.name}' may have is fixed while it runs; use --config`);
  if (config) assertStorable(obj, wanted);
  if (run && vcpus !== undefined) assertNotTooMany(obj, vcpus, run.live.def);
  if (run && memoryKiB !== undefined) {
    assertFits(obj, run.live.def, memoryKiB);
    assertBalloon(obj, run.live.def);
  }
  const stored = config ? await prepareStored(context, obj, (def) => withResources(def, wanted)) : undefined;
  const unbound = run && vcpus !== undefined ? await setLiveVcpus(run, vcpus) : undefined;
  if (run && memoryKiB !== undefined) await setLiveMemory(run, memoryKiB);
  await finishThreads(context, obj, stored, run, unbound);
}

function assertStorable(obj: DomainObj, wanted: Resources): void {
  const next = withResources(obj.def, wanted);
  if (wanted.vcpus !== undefined) assertNotTooMany(obj, wanted.vcpus, next);
  if (wanted.memoryKiB !== undefined) assertFits(obj, next, wanted.memoryKiB);
  if (wanted.maxMemoryKiB !== undefined && (obj.def.cpu?.numa?.cells ?? []).length > 0)
    throw virError(
      'OPERATION_INVALID',
      `the memory of domain '${obj.name}' is that of its NUMA cells; change those in its XML`,
    );
}
