// Which layers a job is for, and what a disk is made of once it is over.
import { describe, expect, it } from 'vitest';
import { type DomainDef, formatDomain, parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { pendingChanges } from '../../../../../src/engine/conf/pending-changes.ts';
import { findLayer } from '../../../../../src/engine/driver/block/block-run.ts';
import { commitRange } from '../../../../../src/engine/driver/block/commit.ts';
import { outcomeOf } from '../../../../../src/engine/driver/block/conclude.ts';
import { chainOf, withChain } from '../../../../../src/engine/qemu/def/disk-chain.ts';
import { assignNodeIds, nodeNumbers } from '../../../../../src/engine/qemu/def/node-ids.ts';

const LAYER = (name: string, index: number, below: string): string =>
  `<backingStore type='file' index='${index}'><format type='qcow2'/><source file='/${name}'/>${below}</backingStore>`;
const xml = (mirror = '', chain = LAYER('mid', 2, LAYER('base', 3, '<backingStore/>'))): string =>
  `<domain type='qemu'><name>web</name><memory>65536</memory><os><type>hvm</type></os><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/top' index='1'/>${chain}${mirror}<target dev='vda' bus='virtio'/></disk></devices></domain>`;
const MIRROR =
  "<mirror type='file' file='/copy' format='raw' job='copy' ready='yes'><format type='raw'/><source file='/copy' index='7'/><backingStore/></mirror>";

const defOf = (mirror?: string, chain?: string): DomainDef => parseDomain(xml(mirror, chain)).def;
function diskOf(def: DomainDef) {
  const [disk] = def.devices.disks;
  if (!disk) throw new Error('no disk');
  return disk;
}
const disk = diskOf(defOf());
const { layers } = chainOf(disk);
const names = (of: ReturnType<typeof outcomeOf>['disk']) =>
  chainOf(of).layers.map(({ source, index }) => `${source.file}${index === undefined ? '' : ` ${index}`}`);
const job = (type: 'pull' | 'copy' | 'commit' | 'active-commit', more: object = {}) =>
  ({ name: 'job', type, target: 'vda', state: 'running', ...more }) as const;

describe('the layers of a disk', () => {
  it('are the same after they were taken out and put back', () => {
    expect(formatDomain({ ...defOf(), devices: { ...defOf().devices, disks: [withChain(disk, chainOf(disk))] } })).toBe(
      formatDomain(defOf()),
    );
  });

  it.each([
    ['/mid', 1],
    ['vda[3]', 2],
    ['vda[9]', -1],
    ['vdb[3]', -1],
    ['/nowhere', -1],
  ])('%s is number %i', (name, at) => expect(findLayer(disk, name)).toBe(at));

  it('of a copy have numbers that nothing else gets', () => {
    expect(assignNodeIds(defOf(MIRROR)).next).toBe(8);
    expect([...nodeNumbers(defOf(MIRROR))].sort()).toEqual([1, 2, 3, 7]);
  });

  it('that were found at the start are no pending change; those that the stored definition says are compared', () => {
    const bare = defOf('', '');
    expect(pendingChanges(defOf(MIRROR), bare)).toEqual([]);
    expect(pendingChanges(defOf(), defOf())).toEqual([]);
    expect(pendingChanges(defOf(), defOf('', LAYER('other', 2, '<backingStore/>')))).toHaveLength(1);
  });
});

describe('a commit', () => {
  it.each([
    [{ active: true }, [0, 2]],
    [{ active: true, shallow: true }, [0, 1]],
    [{ top: '/mid' }, [1, 2]],
    [{ top: 'vda[2]', base: 'vda[3]' }, [1, 2]],
    [{ active: true, base: '/mid' }, [0, 1]],
  ])('%j is of these layers', (input, [top, base]) => expect(commitRange(disk, layers, input)).toEqual({ top, base }));

  it.each([
    [{}, "commit of 'vda' active layer requires active flag"],
    [{ top: '/mid', active: true }, "active commit requested but '/mid' is not active"],
    [{ top: '/nowhere' }, "could not find image '/nowhere' in chain for 'vda'"],
    [{ top: '/base' }, "could not find base image in chain for 'vda'"],
    [{ top: '/mid', base: '/top' }, "could not find base image in chain for 'vda'"],
    [{ active: true, shallow: true, base: '/base' }, 'mutually exclusive'],
  ])('%j is refused', (input, why) => expect(() => commitRange(disk, layers, input)).toThrow(why));
});

describe('the end of a job', () => {
  it.each([
    ['a pull of all', disk, job('pull'), ['/top 1'], ['/mid', '/base']],
    ['a pull down to a base', disk, job('pull', { base: 3 }), ['/top 1', '/base 3'], ['/mid']],
    ['a commit', disk, job('commit', { top: 2, base: 3 }), ['/top 1', '/base 3'], ['/mid']],
    ['an active commit', disk, job('active-commit', { top: 1, base: 3 }), ['/base 3'], ['/top', '/mid']],
    ['an active commit by one', disk, job('active-commit', { top: 1, base: 2 }), ['/mid 2', '/base 3'], ['/top']],
    ['a copy', diskOf(defOf(MIRROR)), job('copy'), ['/copy 7'], ['/top', '/mid', '/base']],
  ])('%s leaves the right images', (_, before, record, left, closed) => {
    const outcome = outcomeOf(before, record);
    expect(names(outcome.disk)).toEqual(left);
    expect(outcome.closed.map(({ source }) => source.file)).toEqual(closed);
    expect(outcome.disk.mirror).toBeUndefined();
    expect(chainOf(outcome.disk).isWhole).toBe(true);
  });

  it('changes nothing where the layers are not those that it began with', () => {
    expect(names(outcomeOf(disk, job('commit', { top: 8, base: 9 })).disk)).toEqual(['/top 1', '/mid 2', '/base 3']);
    expect(names(outcomeOf(disk, job('pull', { base: 9 })).disk)).toEqual(['/top 1', '/mid 2', '/base 3']);
  });
});
