// setvcpu by the engine's real verbs, on a QEMU that is only a model and says that it has KVM: under TCG no processor may go.
import { describe, expect, it } from 'vitest';
import { DeviceEngine, settle } from '../../../../helpers/device-engine.ts';

/** 0 is the start's, 1 to 3 can come; `accelerator` is what the run believes to have. */
async function start(accelerator: 'kvm' | 'tcg' = 'kvm'): Promise<DeviceEngine> {
  const engine = await DeviceEngine.start('', "<vcpu current='1'>4</vcpu>");
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

  it('never goes in software, and then nothing is asked of QEMU nor stored', async () => {
    const engine = await start('tcg');
    expect(await set(engine, [1], true)).toBe('done');
    const asked = engine.qemu.changes.length;
    expect(await set(engine, [1], false, { live: true, config: true })).toBe('CONFIG_UNSUPPORTED');
    expect(await engine.on('setVcpus', { count: 1, live: true, config: true })).toBe('CONFIG_UNSUPPORTED');
    expect([shown(engine.live.def), shown(engine.obj.def), engine.qemu.changes.length]).toEqual(['+*--', '', asked]);
  });
});
