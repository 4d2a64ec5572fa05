import { describe, expect, it } from 'vitest';
import { machineSpecSchema } from '../../../../src/common/model/machine.ts';
import {
  applyDefaults,
  applyMedia,
  type CreateForm,
  edit,
  formatOfPath,
  hintsOf,
  initialForm,
  stepOfErrors,
  toInput,
  validate,
} from '../../../../src/renderer/views/create/create-form.ts';
import { demoDefaults, demoHost, demoMedia } from '../../../helpers/demo-host.ts';

const context = { names: new Set(['web']), host: demoHost('kvm') };
const good = (change: Parameters<typeof edit>[1] = {}): CreateForm =>
  edit(initialForm(), { name: 'new', isoPath: '/iso/debian.iso', ...change });

describe('the create wizard', () => {
  it('makes an input that the contract takes, from every source', () => {
    const forms = [
      good(),
      good({ kind: 'import', importPath: '/d.vmdk' }),
      good({ kind: 'network' }),
      good({ kind: 'kernel', kernel: '/boot/vmlinuz', cmdline: 'quiet' }),
      good({ kind: 'demo' }),
      good({ network: 'bridge:br0', hasDisk: false }),
    ];
    for (const form of forms) {
      expect(validate(form, context)).toEqual({});
      expect(machineSpecSchema.parse(toInput(form)).name).toBe('new');
    }
  });

  it('fills in what is recommended, but not over what the person set', () => {
    const form = edit(initialForm(), { memoryMiB: 512 });
    const next = applyDefaults(
      form,
      demoDefaults({ kind: 'iso', path: '/x' }, 'http://debian.org/debian/12', new Set()),
    );
    expect(next).toMatchObject({ name: 'debian12', memoryMiB: 512, vcpus: 2, diskGiB: 20 });
  });

  it('takes the system that the image has, unless another was chosen', () => {
    const media = demoMedia('/iso/debian.iso');
    expect(applyMedia(initialForm(), media).osId).toBe('http://debian.org/debian/12');
    expect(applyMedia(edit(initialForm(), { osId: 'x' }), media).osId).toBe('x');
  });

  it('forgets the system that was found when the source changes', () => {
    const found = applyMedia(initialForm(), demoMedia('/iso/debian.iso'));
    expect(edit(found, { kind: 'network' }).osId).toBeUndefined();
  });

  it.each([
    ['iso', true],
    ['import', false],
    ['network', true],
    ['kernel', false],
    ['demo', false],
  ] as const)('gives a new disk to a machine from %s: %s', (kind, hasDisk) => {
    expect(edit(initialForm(), { kind }).hasDisk).toBe(hasDisk);
  });

  it('never sends a disk with the demo guest', () => {
    expect(toInput(good({ kind: 'demo', hasDisk: true })).disk).toBeUndefined();
  });

  it('reads a disk’s format from the ending of its name until the person chooses one', () => {
    expect(formatOfPath('/a/b.VHDX')).toBe('vhdx');
    expect(edit(initialForm(), { importPath: '/a.vdi' }).importFormat).toBe('vdi');
    expect(edit(edit(initialForm(), { importFormat: 'raw' }), { importPath: '/a.vdi' }).importFormat).toBe('raw');
  });

  it.each<[string, Parameters<typeof edit>[1], keyof CreateForm]>([
    ['a name that is taken', { name: 'web' }, 'name'],
    ['no name', { name: '' }, 'name'],
    ['a slash in the name', { name: 'a/b' }, 'name'],
    ['no image', { isoPath: '' }, 'isoPath'],
    ['a path that is not whole', { isoPath: 'debian.iso' }, 'isoPath'],
    ['more memory than there is', { memoryMiB: 64 * 1024 }, 'memoryMiB'],
    ['no memory', { memoryMiB: Number.NaN }, 'memoryMiB'],
    ['no CPU', { vcpus: 0 }, 'vcpus'],
    ['a disk without a size', { diskGiB: Number.NaN }, 'diskGiB'],
    ['a raw disk that does not fit', { diskFormat: 'raw', diskGiB: 5000 }, 'diskGiB'],
  ])('says what is wrong with %s', (_what, change, field) => {
    expect(Object.keys(validate(good(change), context))).toEqual([field]);
  });

  it('goes to the first step that has an error', () => {
    expect(stepOfErrors(validate(good({ isoPath: '', name: '' }), context))).toBe('source');
    expect(stepOfErrors(validate(good({ name: '' }), context))).toBe('machine');
    expect(stepOfErrors({})).toBeUndefined();
  });

  it('warns of what stops nothing', () => {
    const defaults = demoDefaults({ kind: 'iso', path: '/x' }, 'http://debian.org/debian/12', new Set());
    const hints = hintsOf(good({ memoryMiB: 256, vcpus: 64, diskGiB: 900 }), context, defaults);
    expect(hints.memory).toContain('Less than this system needs');
    expect(hints.vcpus).toContain('12');
    expect(hints.disk).toContain('free');
  });
});
