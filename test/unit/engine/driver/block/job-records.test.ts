// What is recorded of jobs on several disks at once: each change is made of what is there, and takes back itself alone.
import { describe, expect, it } from 'vitest';
import { virError } from '../../../../../src/common/errors.ts';
import { settle, until } from '../../../../helpers/device-engine.ts';
import { gate, JobEngine } from '../../../../helpers/job-engine.ts';

const refusal = virError('OPERATION_FAILED', 'QEMU refused it');
const lost = virError('SYSTEM_ERROR', 'no space');
const mirrorOf = (engine: JobEngine, target: string) =>
  engine.live().def.devices.disks.find((disk) => disk.target?.dev === target)?.mirror;

describe('a copy that becomes ready while one of another disk begins', () => {
  it.each(['query-named-block-nodes', 'blockdev-mirror'])(
    'at %s is recorded as ready, and kept when it is aborted',
    async (at) => {
      const engine = await JobEngine.start();
      expect(await engine.copy('vda', 'a')).toBe('done');
      const { reached, open, pass } = gate((command) => command === at);
      engine.qemu.before = pass;
      const second = engine.copy('vdb', 'b');
      await reached;
      await engine.qemu.move(engine.id('vda'), 'ready');
      open();
      expect(await second).toBe('done');
      expect([mirrorOf(engine, 'vda')?.ready, engine.record('vda')?.state]).toEqual(['yes', 'ready']);
      expect([await engine.abort('vdb'), await engine.abort('vda')]).toEqual(['done', 'done']);
      expect([engine.content('a'), engine.content('b')]).toEqual(['image', undefined]);
    },
  );

  it('which QEMU refuses, is recorded as ready all the same', async () => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'a');
    const { reached, open, pass } = gate((command) => command === 'blockdev-mirror');
    engine.qemu.before = pass;
    const second = engine.copy('vdb', 'b');
    await reached;
    await engine.qemu.move(engine.id('vda'), 'ready');
    open(refusal);
    expect(await second).toBe('OPERATION_FAILED');
    expect([mirrorOf(engine, 'vda')?.ready, mirrorOf(engine, 'vdb')]).toEqual(['yes', undefined]);
    expect(engine.live().blockJobs).toMatchObject([{ target: 'vda', state: 'ready' }]);
    expect(engine.content('b')).toBeUndefined();
    await engine.abort('vda');
    expect(engine.content('a')).toBe('image');
  });

  it('whose record can’t be written, is recorded as ready all the same', async () => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'a');
    const { reached, open, pass } = gate(() => true);
    engine.beforeStatus = () => pass('');
    const second = engine.copy('vdb', 'b');
    await reached;
    void engine.qemu.move(engine.id('vda'), 'ready');
    await settle();
    open(lost);
    expect(await second).toBe('SYSTEM_ERROR');
    await settle();
    expect([mirrorOf(engine, 'vda')?.ready, mirrorOf(engine, 'vdb')]).toEqual(['yes', undefined]);
    expect(engine.live().blockJobs).toMatchObject([{ target: 'vda', state: 'ready' }]);
    expect(await engine.copy('vdb', 'b')).toBe('done');
  });
});

describe('whether an aborted copy is whole', () => {
  it('is said by its record, whatever has become of the definition', async () => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'a');
    await engine.qemu.move(engine.id('vda'), 'ready');
    const live = engine.live();
    const disks = live.def.devices.disks.map((disk) =>
      disk.mirror ? { ...disk, mirror: { ...disk.mirror, ready: undefined } } : disk,
    );
    live.def = { ...live.def, devices: { ...live.def.devices, disks } };
    await engine.abort('vda');
    expect(engine.content('a')).toBe('image');
  });

  it('is said by its being through, where nobody has heard that it was in step', async () => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'a');
    engine.qemu.job(engine.id('vda')).status = 'ready'; // without a word
    expect(await engine.abort('vda')).toBe('done');
    expect(engine.content('a')).toBe('image');
  });
});

describe('a job that QEMU has not agreed to', () => {
  it('is none of the domain’s, and what comes of its refusal is told', async () => {
    const engine = await JobEngine.start();
    const { reached, open, pass } = gate((command) => command === 'blockdev-mirror');
    engine.qemu.before = pass;
    const begun = engine.copy('vda', 'a');
    await reached;
    const { context, events } = engine.engine;
    expect(context.summarize(engine.obj()).blockJobs).toBeUndefined();
    open(refusal);
    await begun;
    expect(events).toEqual(['updated']);
    expect(await engine.copy('vda', 'a')).toBe('done');
    expect(context.summarize(engine.obj()).blockJobs).toMatchObject([{ target: 'vda' }]);
  });

  it('is at work behind its yes, also where that can’t be recorded', async () => {
    const engine = await JobEngine.start();
    engine.qemu.before = (command) => {
      if (command === 'blockdev-mirror')
        engine.beforeStatus = () => {
          throw lost;
        };
    };
    expect(await engine.copy('vda', 'a')).toBe('done');
    expect(engine.record('vda')?.state).toBe('running');
    await engine.qemu.move(engine.id('vda'), 'ready');
    expect(engine.record('vda')?.state).toBe('ready');
  });

  it('for want of an answer is looked after: it may be at work', async () => {
    const engine = await JobEngine.start();
    const { reached, open, pass } = gate((command) => command === 'blockdev-mirror');
    engine.qemu.before = pass;
    const begun = engine.copy('vda', 'a');
    await reached;
    open(virError('OPERATION_TIMEOUT', 'no answer'));
    expect(await begun).toBe('OPERATION_TIMEOUT');
    await until(() => engine.live().blockJobs?.length === 0);
    // It was not: nothing of it is left.
    expect([engine.content('a'), mirrorOf(engine, 'vda')]).toEqual([undefined, undefined]);
  });
});
