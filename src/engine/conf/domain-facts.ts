// What lists and look-ups over all domains need of a definition: small enough to be kept for ten thousand of them without their definitions. Pure.
import type { DiskDef } from './disk.ts';
import type { DomainDef } from './domain.ts';
import type { XmlNode } from './xml.ts';

export interface DomainFacts {
  readonly title?: string;
  /** osinfo-db's id. */
  readonly osId?: string;
  readonly memoryKiB: number;
  readonly vcpus: number;
  readonly hasVnc: boolean;
  readonly serials: number;
  readonly macs: readonly string[];
  /** Paths of its disks that are files or block devices. */
  readonly disks: readonly string[];
}

/** The path of a disk that is a local file or block device. */
export const diskPath = (disk: DiskDef): string | undefined => disk.source?.file ?? disk.source?.dev;

/** Serial consoles, in order: what `console.open` counts. A <console> that repeats the first <serial> is not one more. */
export const serialDevices = (def: DomainDef) =>
  def.devices.serials.filter((serial) => serial.type === 'unix' || serial.type === 'pty');

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

function read(def: DomainDef): DomainFacts {
  const osId = osIdOf(def);
  return {
    ...(def.title === undefined ? {} : { title: def.title }),
    ...(osId === undefined ? {} : { osId }),
    memoryKiB: def.currentMemory ?? def.memory?.kib ?? 0,
    vcpus: def.vcpu?.current ?? def.vcpu?.max ?? 1,
    hasVnc: def.devices.graphics.some(({ type }) => type === 'vnc'),
    serials: serialDevices(def).length,
    macs: def.devices.interfaces.map(({ mac }) => mac?.address).filter((address) => address !== undefined),
    disks: def.devices.disks.map(diskPath).filter((path) => path !== undefined),
  };
}

const known = new WeakMap<DomainDef, DomainFacts>();

/** Definitions never change in place, so each is read once. */
export function factsOf(def: DomainDef): DomainFacts {
  let facts = known.get(def);
  if (!facts) {
    facts = read(def);
    known.set(def, facts);
  }
  return facts;
}
