import { describe, expect, it } from 'vitest';
import { type DomainDef, formatDomain, parseDomain } from '../../../../src/engine/conf/domain.ts';
import { parseDevice, plugIn, pullOut } from '../../../../src/engine/conf/edit-devices.ts';
import { pendingChanges } from '../../../../src/engine/conf/pending-changes.ts';
import { exampleNames, liveOf, storedExample, storedWith } from '../../../helpers/live-definition.ts';

const base = storedWith(`
  <disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>
  <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
  <rng model='virtio'><backend model='builtin'/></rng>
  <rng model='virtio'><rate bytes='9'/><backend model='builtin'/></rng>`);
const summary = (live: DomainDef, stored: DomainDef): string[] =>
  pendingChanges(live, stored).map(({ field, kind }) => `${kind} ${field}`);

describe('what the next start changes', () => {
  it.each(exampleNames)('is nothing where the definition was not changed: %s', (name) => {
    const stored = storedExample(name);
    // As after an adoption: the live definition comes out of the status file.
    const live = parseDomain(formatDomain(liveOf(stored), { live: true })).def;
    expect(pendingChanges(live, liveOf(stored))).toEqual([]);
  });

  it('is told field by field, with the value where it is one and XML where it is an element', () => {
    const changed: DomainDef = {
      ...base,
      memory: { kib: 131072 },
      vcpu: { max: 4 },
      title: 'Shop',
      onReboot: 'destroy',
    };
    expect(pendingChanges(liveOf({ ...base, description: 'old' }), liveOf(changed))).toEqual([
      { field: 'title', kind: 'added', stored: 'Shop' },
      { field: 'description', kind: 'removed', live: 'old' },
      {
        field: 'memory',
        kind: 'changed',
        live: "<memory unit='KiB'>65536</memory>",
        stored: "<memory unit='KiB'>131072</memory>",
      },
      {
        field: 'vcpu',
        kind: 'changed',
        live: "<vcpu placement='static'>1</vcpu>",
        stored: '<vcpu>4</vcpu>',
      },
      { field: 'on_reboot', kind: 'changed', live: 'restart', stored: 'destroy' },
    ]);
  });

  it('is told device by device, and names those that have a name', () => {
    const disk = parseDevice("<disk type='file'><source file='/b'/><target dev='vdb' bus='virtio'/></disk>");
    const live = liveOf(base);
    expect(summary(live, plugIn(live, 'disks', disk.device))).toEqual(['added devices.disk[vdb]']);
    expect(pendingChanges(live, pullOut(live, 'interfaces', 0))).toMatchObject([
      {
        field: 'devices.interface[52:54:00:00:00:01]',
        kind: 'removed',
        device: 'interface',
        label: '52:54:00:00:00:01',
      },
    ]);
    expect(summary(live, pullOut(live, 'rngs', 0))).toEqual(['removed devices.rng[0]']);
    const other = {
      ...live,
      devices: { ...live.devices, disks: live.devices.disks.map((one) => ({ ...one, serial: 'x' })) },
    };
    expect(summary(live, other)).toEqual(['changed devices.disk[vda]']);
  });

  it('is not an open tray, the number of a node, nor an alias', () => {
    const live = liveOf(
      storedWith("<disk type='file' device='cdrom'><source file='/a'/><target dev='sda' bus='sata'/></disk>"),
    );
    const disks = live.devices.disks.map((disk) => ({
      ...disk,
      alias: { name: 'other' },
      target: { ...disk.target, tray: 'open' as const },
      source: disk.source && { ...disk.source, index: 9 },
    }));
    expect(summary({ ...live, devices: { ...live.devices, disks } }, live)).toEqual([]);
  });
});
