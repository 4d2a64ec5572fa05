// A domain as clients see it. Pure reading of an entry; everything that is shown in lists comes from here.

import type { BlockJobSummary } from '../../../common/model/block-job.ts';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { factsOf } from '../../conf/domain-facts.ts';
import { agentState } from '../agent/live-agent.ts';
import type { DomainObj, LiveDomain } from './domain-obj.ts';

/** `target` with those of `optional` that are there. In a loop: this runs for each of 10,000 domains when they are listed. */
function withDefined<T extends object>(target: T, optional: { readonly [K in keyof T]?: T[K] | undefined }): T {
  for (const key in optional) {
    const value = optional[key];
    if (value !== undefined) target[key] = value as T[typeof key];
  }
  return target;
}

/** Those that are under way, and what they write to. One that QEMU has not agreed to yet is none. */
function blockJobsOf({ def, blockJobs = [] }: LiveDomain): BlockJobSummary[] | undefined {
  const begun = blockJobs.filter(({ state }) => state !== 'new');
  if (begun.length === 0) return undefined;
  return begun.map(({ type, target, state }) => {
    const source = def.devices.disks.find((disk) => disk.target?.dev === target)?.mirror?.source;
    const destination = source?.file ?? source?.dev;
    const isReady = state === 'ready' || state === 'pivoting';
    return { type, target, isReady, ...(destination === undefined ? {} : { destination }) };
  });
}

export function summarize(obj: DomainObj, osName: (id: string) => string | undefined): DomainSummary {
  const facts = obj.live ? factsOf(obj.live.def) : obj.facts;
  const { osId } = facts;
  const optional = {
    id: obj.live?.id,
    title: facts.title,
    osId,
    osName: osId === undefined ? undefined : osName(osId),
    startedAt: obj.live?.startedAt,
    accelerator: obj.live?.accelerator,
    isAutostartOnce: obj.isAutostartOnce || undefined,
    hasManagedSave: obj.hasManagedSave || undefined,
    pid: obj.live?.process?.identity.pid,
    agent: obj.live && agentState(obj.live.def, obj.live.agent),
    blockJobs: obj.live && blockJobsOf(obj.live),
    problem: obj.problem,
  };
  const summary: DomainSummary = {
    uuid: obj.uuid,
    name: obj.name,
    state: obj.state,
    reason: obj.reason,
    isActive: obj.isActive,
    isPersistent: obj.isPersistent,
    isAutostart: obj.isAutostart,
    hasNewDefinition: obj.live !== undefined && obj.isPersistent && obj.hasNewDefinition,
    memoryKiB: facts.memoryKiB,
    vcpus: facts.vcpus,
    graphics: facts.hasVnc ? ['vnc'] : [],
    serials: facts.serials,
  };
  return withDefined(summary, optional);
}
