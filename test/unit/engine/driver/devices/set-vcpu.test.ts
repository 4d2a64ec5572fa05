// setvcpu by the engine's real verbs, on a QEMU that is only a model and says that it has KVM: under TCG no processor may go.
import { describe, expect, it } from 'vitest';
import { virError } from '../../../../../src/common/errors.ts';
import { DeviceEngine, settle } from '../../../../helpers/device-engine.ts';

/** 0 is the start's, 1 to 3 can come; `accelerator` is what the run believes to have. */
async function start(accelerator: 'kvm' | 'tcg' = 'kvm', tune = ''): Promise<DeviceEngine> {
  const engine = await DeviceEngine.start('', `<vcpu current='1'>4</vcpu>${tune}`);
  engine.qemu.processors = { places: 4, boot: 1 };
  Object.assign(engine.live, { accelerator });
  return engine;
}
const shown = (def: DeviceEngine['live']['def']): string =>
  (def.vcpus?.vcpus ?? []).map(({ enabled, hotpluggable }) => (enabled ? (hotpluggable ? '*' : '+') : '-')).join('');
const set = (engine: DeviceEngine, vcpus: readonly number[], enabled: boolean, more: object = {}): Promise<unknown> =>
  engine.on('setVcpu', { vcpus, enabled, ...more });

describe('a single processor', () => {
  it('comes and goes, and what the guest let go of is told and recorded', async () => {
    const engine = await start();
    expect([await set(engine, [2], true), await set(engine, [1], true)]).toEqual(['done', 'done']);
    expect([shown(engine.live.def), [...engine.qemu.devices.keys()].filter((id) => id.startsWith('vcpu'))]).toEqual([
      '+**-',
      ['vcpu2', 'vcpu1'],
    ]);
    expect(await set(engine, [2], false, { live: true, config: true })).toBe('done');
    expect([shown(engine.live.def), shown(engine.obj.def)]).toEqual(['+*--', '+---']);
    expect(engine.events).toContain('device-removed vcpu2');
    expect(engine.host.statuses.get(engine.obj.uuid)?.xml).toContain("<vcpu id='2' enabled='no'");
  });

  it('that the guest keeps is asked for, and is gone when the guest says so', async () => {
    const engine = await start();
    await set(engine, [1], true);
    engine.qemu.guest = 'refuses';
    expect(await set(engine, [1], false, { live: true, config: true })).toBe('OPERATION_FAILED');
    expect([shown(engine.live.def), shown(engine.obj.def)]).toEqual(['+*--', '']);
    engine.qemu.release('vcpu1');
    await settle();
    expect(shown(engine.live.def)).toBe('+---');
  });

  it('goes for another that came meanwhile: which there are counts, not how many', async () => {
    const engine = await start();
    await set(engine, [1], true);
    // As if the guest gave up 1 in the moment in which 2 comes: as many as before.
    engine.qemu.devices.set('vcpu2', { 'socket-id': 2 });
    engine.qemu.release('vcpu1');
    await settle();
    expect(shown(engine.live.def)).toBe('+-*-');
  });

  it('that nobody could bind does not come, by no way, and neither half is changed', async () => {
    const engine = await start('kvm', "<cputune><vcpupin vcpu='1' cpuset='4000'/></cputune>");
    const both = { live: true, config: true };
    expect(await set(engine, [1], true, both)).toBe('INVALID_ARG');
    expect(await engine.on('setVcpus', { count: 2, ...both })).toBe('INVALID_ARG');
    expect(await engine.on('setResources', { vcpus: 2, ...both })).toBe('INVALID_ARG');
    expect([engine.qemu.changes, shown(engine.live.def), engine.obj.def.vcpu?.current]).toEqual([[], '', 1]);
    expect(await set(engine, [2], true, both)).toBe('done');
    expect([shown(engine.live.def), shown(engine.obj.def)]).toEqual(['+-*-', '+-*-']);
  });

  it('is bound by whichever way it comes', async () => {
    for (const [verb, input] of [
      ['setVcpu', { vcpus: [1], enabled: true }],
      ['setVcpus', { count: 2 }],
      ['setResources', { vcpus: 2 }],
    ] as const) {
      const engine = await start('kvm', "<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>");
      expect(await engine.on(verb, input)).toBe('done');
      expect(engine.host.affinities.get(2001)).toEqual([0]);
    }
  });

  it('that has come is stored though its thread can’t be bound, and that is told', async () => {
    const engine = await start('kvm', "<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>");
    Object.assign(engine.host, {
      setAffinity: async () => Promise.reject(virError('OPERATION_FAILED', 'the kernel says no')),
    });
    expect(await set(engine, [1], true, { live: true, config: true })).toBe('OPERATION_FAILED');
    expect([shown(engine.live.def), shown(engine.obj.def)]).toEqual(['+*--', '+*--']);
  });

  it('that has come is told though the disk does not take it, and is found by the next engine', async () => {
    const engine = await start();
    const full = { saveStatus: async () => Promise.reject(virError('SYSTEM_ERROR', 'no space')) };
    Object.assign(engine.host, full);
    expect([await set(engine, [1], true), shown(engine.live.def)]).toEqual(['done', '+*--']);
    Reflect.deleteProperty(engine.host, 'saveStatus');
    await engine.crashAndAdopt();
    expect(shown(engine.live.def)).toBe('+*--');
  });

  it('never goes in software, and then nothing is asked of QEMU nor stored', async () => {
    const engine = await start('tcg');
    expect(await set(engine, [1], true)).toBe('done');
    const asked = engine.qemu.changes.length;
    expect(await set(engine, [1], false, { live: true, config: true })).toBe('CONFIG_UNSUPPORTED');
    expect(await engine.on('setVcpus', { count: 1, live: true, config: true })).toBe('CONFIG_UNSUPPORTED');
    expect([shown(engine.live.def), shown(engine.obj.def), engine.qemu.changes.length]).toEqual(['+*--', '', asked]);
  });
});
