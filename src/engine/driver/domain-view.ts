// A domain as clients see it. Pure reading of an entry; everything that is shown in lists comes from here.

import type { DomainSummary } from '../../common/model/domain.ts';
import type { DomainDef } from '../conf/domain.ts';
import type { XmlNode } from '../conf/xml.ts';
import { agentState } from './agent/live-agent.ts';
import type { DomainObj } from './domain-obj.ts';

function* descendants(nodes: readonly XmlNode[]): Generator<XmlNode> {
  for (const node of nodes) {
    yield node;
    yield* descendants(node.children);
  }
}

/** osinfo-db's id from the metadata that virt-install, virt-manager and we write: <libosinfo:os id='…'/>. */
export function osIdOf(def: DomainDef): string | undefined {
  for (const node of descendants(def.metadata?.children ?? [])) {
    if (/^(\w+:)?os$/.test(node.name) && node.attributes.id) return node.attributes.id;
  }
  return undefined;
}

/** Serial consoles, in order: what `console.open` counts. A <console> that repeats the first <serial> is not one more. */
export const serialDevices = (def: DomainDef) =>
  def.devices.serials.filter((serial) => serial.type === 'unix' || serial.type === 'pty');

/** `target` with those of `optional` that are there. In a loop: this runs for each of 10,000 domains when they are listed. */
function withDefined<T extends object>(target: T, optional: { readonly [K in keyof T]?: T[K] | undefined }): T {
  for (const key in optional) {
    const value = optional[key];
    if (value !== undefined) target[key] = value as T[typeof key];
  }
  return target;
}

export function summarize(obj: DomainObj, osName: (id: string) => string | undefined): DomainSummary {
  const def = obj.live?.def ?? obj.def;
  const osId = osIdOf(def);
  const optional = {
    id: obj.live?.id,
    title: def.title,
    osId,
    osName: osId === undefined ? undefined : osName(osId),
    startedAt: obj.live?.startedAt,
    accelerator: obj.live?.accelerator,
    isAutostartOnce: obj.isAutostartOnce || undefined,
    hasManagedSave: obj.hasManagedSave || undefined,
    pid: obj.live?.process?.identity.pid,
    agent: obj.live && agentState(obj.live.def, obj.live.agent),
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
    memoryKiB: def.currentMemory ?? def.memory?.kib ?? 0,
    vcpus: def.vcpu?.current ?? def.vcpu?.max ?? 1,
    graphics: def.devices.graphics.some(({ type }) => type === 'vnc') ? ['vnc'] : [],
    serials: serialDevices(def).length,
  };
  return withDefined(summary, optional);
}
