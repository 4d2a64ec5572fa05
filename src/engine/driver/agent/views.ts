// The agent's checked replies as the contract's shapes. Pure.
import type {
  GuestFilesystem,
  GuestInterface,
  GuestOsInfo,
  GuestTrim,
  GuestUser,
} from '../../../common/model/agent.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { AgentDiskAddress, AgentReply } from '../../qemu/agent-commands.ts';

/** Only the keys that have a value. */
const given = <T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;

export const viewInterfaces = (reply: AgentReply<'guest-network-get-interfaces'>): GuestInterface[] =>
  reply.map((said) => ({
    name: said.name,
    ...given({ mac: said['hardware-address']?.toLowerCase() }),
    addresses: (said['ip-addresses'] ?? []).map((address) => ({
      type: address['ip-address-type'],
      address: address['ip-address'],
      prefix: address.prefix,
    })),
  }));

export const viewUsers = (reply: AgentReply<'guest-get-users'>): GuestUser[] =>
  reply.map((said) => ({
    user: said.user,
    loginTimeMs: Math.round(said['login-time'] * 1000),
    ...given({ domain: said.domain }),
  }));

export const viewOsInfo = (said: AgentReply<'guest-get-osinfo'>): GuestOsInfo =>
  given({
    id: said.id,
    name: said.name,
    prettyName: said['pretty-name'],
    version: said.version,
    versionId: said['version-id'],
    variant: said.variant,
    variantId: said['variant-id'],
    kernelRelease: said['kernel-release'],
    kernelVersion: said['kernel-version'],
    machine: said.machine,
  });

export const viewTrim = (reply: AgentReply<'guest-fstrim'>): GuestTrim[] =>
  reply.paths.map((said) => ({
    path: said.path,
    ...given({ trimmedBytes: said.trimmed, minimumBytes: said.minimum, error: said.error }),
  }));

export const viewFilesystems = (reply: AgentReply<'guest-get-fsinfo'>, def: DomainDef): GuestFilesystem[] =>
  reply.map((said) => ({
    name: said.name,
    mountpoint: said.mountpoint,
    type: said.type,
    ...given({ totalBytes: said['total-bytes'], usedBytes: said['used-bytes'] }),
    disks: said.disk.map((disk) => ({
      busType: disk['bus-type'],
      ...given({ serial: disk.serial, device: disk.dev, target: diskTarget(def, disk) }),
    })),
  }));

/** The disk of `def` at the address that the guest sees it at (libvirt: virDomainDiskByAddress). */
function diskTarget(def: DomainDef, disk: AgentDiskAddress): string | undefined {
  const pci = disk['pci-controller'];
  const found = def.devices.disks.find(({ address, target }) => {
    if (address?.type === 'pci')
      return (
        disk['bus-type'] === 'virtio' &&
        (address.domain ?? 0) === pci.domain &&
        (address.bus ?? 0) === pci.bus &&
        (address.slot ?? 0) === pci.slot &&
        (address.function ?? 0) === pci.function
      );
    if (address?.type !== 'drive' || target?.bus !== disk['bus-type']) return false;
    return (
      (address.bus ?? 0) === disk.bus && (address.target ?? 0) === disk.target && (address.unit ?? 0) === disk.unit
    );
  });
  return found?.target?.dev;
}
