// domiflist: the host device of an interface, as libvirt shows it: the tap of a running domain, also one that the kernel named; none for a user network, and none while it
// is off.
import { expect, it, vi } from 'vitest';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { domainEndpoints } from '../../../../../src/engine/driver/lifecycle/endpoints.ts';
import { DomainObj, type LiveDomain } from '../../../../../src/engine/driver/registry/domain-obj.ts';
import { tinyDomain } from '../../../../helpers/domain-xml.ts';
import { UUID } from '../../../../helpers/fake-engine.ts';

// A QEMU with a disk and two taps open.
const FDINFO = vi.hoisted<Record<string, string>>(() => ({
  0: 'pos:\t0\n',
  9: 'iff:\tvnet7\n',
  11: 'pos:\t0\niff:\ttap3\n',
}));
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return {
    ...fs,
    readdirSync: (path: string) => (path === '/proc/4242/fdinfo' ? Object.keys(FDINFO) : fs.readdirSync(path)),
    readFileSync: (path: string, options: 'utf8') =>
      FDINFO[/^\/proc\/4242\/fdinfo\/(\d+)$/.exec(path)?.[1] ?? ''] ?? fs.readFileSync(path, options),
  };
});

const DEVICES = `
  <interface type='bridge'><source bridge='br0'/><mac address='52:54:00:00:00:01'/></interface>
  <interface type='user'><mac address='52:54:00:00:00:02'/></interface>
  <interface type='ethernet'><target dev='vnet7'/><mac address='52:54:00:00:00:03'/></interface>`;

it('are the taps of a running domain, and those with a name of their own of one that is off', () => {
  const { def } = parseDomain(tinyDomain({ name: 'web', uuid: UUID, devices: DEVICES }));
  const obj = new DomainObj({ uuid: UUID, def, isPersistent: true });
  const names = (inactive = false) => domainEndpoints(obj, inactive).interfaces.map(({ name }) => name);
  expect(names()).toEqual([undefined, undefined, 'vnet7']);
  obj.live = { def, process: { identity: { pid: 4242 } } } as unknown as LiveDomain;
  expect(names()).toEqual(['tap3', undefined, 'vnet7']);
  expect(names(true)).toEqual([undefined, undefined, 'vnet7']);
});
