// The end of a job where something fails in it: it is tried again, an abort finishes what is over, and a pivot that was given up is not made behind one's back.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { virError } from '../../../../../src/common/errors.ts';
import { handleJobStatus } from '../../../../../src/engine/driver/block/job-events.ts';
import { recoverBlockJobs } from '../../../../../src/engine/driver/block/recover-jobs.ts';
import { settle, until } from '../../../../helpers/device-engine.ts';
import { gate, JobEngine } from '../../../../helpers/job-engine.ts';

afterEach(() => void vi.useRealTimers());

const lost = virError('SYSTEM_ERROR', 'no space');
const refusal = virError('OPERATION_FAILED', 'QEMU refused it');
const storedVda = (engine: JobEngine): string | undefined =>
  engine.obj().def.devices.disks[0]?.source?.file?.replace(/.*\//, '');
const runningVda = (engine: JobEngine): string | undefined =>
  engine.live().def.devices.disks[0]?.source?.file?.replace(/.*\//, '');
/** Clocks that stand still, for what was started before. */
const holdTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
const pass = async (ms: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
};

describe('a pull whose end can’t be stored', () => {
  it('is tried again, more and more seldom, and the domain tells of it until it is done', async () => {
    const engine = await JobEngine.start();
    await engine.call('blockPull', { disk: 'vda' });
    const id = engine.id('vda');
    let tries = 0;
    engine.beforeStatus = () => {
      tries += 1;
      throw lost;
    };
    holdTime();
    await engine.qemu.move(id, 'concluded');
    expect(tries).toBe(1);
    expect(engine.obj().problem?.message).toMatch(/disk 'vda'.*tried again: no space/);
    for (const [ms, expected] of [
      [1_000, 2],
      [1_000, 2],
      [1_000, 3],
      [4_000, 4],
      [600_000, 16],
    ] as const) {
      await pass(ms);
      expect(tries).toBe(expected);
    }
    expect(engine.record('vda')?.name).toBe(id);
    engine.beforeStatus = () => undefined;
    await pass(60_000);
    expect([engine.record('vda'), engine.obj().problem, engine.qemu.jobs]).toEqual([undefined, undefined, []]);
    expect(engine.engine.events.at(-1)).toMatch(/^block-job Block Pull .* completed$/);
  });

  it('is not tried any more once the domain has ended', async () => {
    const engine = await JobEngine.start();
    await engine.call('blockPull', { disk: 'vda' });
    engine.beforeStatus = () => {
      throw lost;
    };
    holdTime();
    await engine.qemu.move(engine.id('vda'), 'concluded');
    expect(engine.obj().problem).toBeDefined();
    await engine.call('destroy', {});
    await settle();
    expect([vi.getTimerCount(), engine.obj().problem]).toEqual([0, undefined]);
  });

  it('is finished by an abort, of which QEMU hears nothing', async () => {
    const engine = await JobEngine.start();
    await engine.call('blockPull', { disk: 'vda' });
    engine.beforeStatus = () => {
      throw lost;
    };
    holdTime();
    await engine.qemu.move(engine.id('vda'), 'concluded');
    engine.beforeStatus = () => undefined;
    expect(await engine.abort('vda')).toBe('done');
    expect(engine.record('vda')).toBeUndefined();
    expect(engine.qemu.asked).not.toContain('block-job-cancel');
    expect(engine.obj().problem).toBeUndefined();
    await pass(60_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(await engine.call('blockPull', { disk: 'vda' })).toBe('done');
  });

  it('while an abort waits for it is tried again behind that', async () => {
    const engine = await JobEngine.start();
    await engine.call('blockPull', { disk: 'vda' });
    engine.qemu.before = (command) => {
      if (command === 'block-job-cancel')
        engine.beforeStatus = () => {
          throw lost;
        };
    };
    holdTime();
    expect(await engine.abort('vda')).toBe('SYSTEM_ERROR');
    engine.beforeStatus = () => undefined;
    await settle();
    await pass(2_000);
    expect(engine.record('vda')).toBeUndefined();
  });
});

describe('an abort that was recorded and did not reach QEMU', () => {
  it.each(['its own engine', 'its own engine, behind the answer', 'the next one'])(
    'is carried through by %s',
    async (whose) => {
      const engine = await JobEngine.start();
      await engine.copy('vda', 'a');
      engine.qemu.job(engine.id('vda')).status = 'ready';
      let asked = 0;
      engine.qemu.before = (command) => {
        if (command !== 'block-job-cancel') return;
        asked += 1;
        if (asked === 1) throw virError('SYSTEM_ERROR', 'it was lost');
      };
      const live = engine.live();
      const isAsync = whose.endsWith('answer');
      if (whose !== 'the next one') expect(await engine.abort('vda', { async: isAsync })).toBe('SYSTEM_ERROR');
      else {
        asked = 1;
        live.blockJobs = live.blockJobs?.map((job) => ({ ...job, state: 'aborting' as const }));
        await recoverBlockJobs(engine.engine.context, engine.obj(), live);
      }
      await until(() => live.blockJobs?.length === 0);
      expect([asked, engine.content('a'), runningVda(engine)]).toEqual([2, 'image', 'web-vda']);
    },
  );
});

describe('an abort that QEMU refuses', () => {
  it('leaves the job what it was', async () => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'a');
    await engine.qemu.move(engine.id('vda'), 'ready');
    engine.qemu.before = (command) => {
      if (command === 'block-job-cancel') throw refusal;
    };
    expect(await engine.abort('vda')).toBe('OPERATION_FAILED');
    expect(engine.record('vda')?.state).toBe('ready');
    expect(await engine.abort('vda', { pivot: true })).toBe('done');
    expect(runningVda(engine)).toBe('a');
  });

  it('of one that became ready meanwhile leaves it ready', async () => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'a');
    const { reached, open, pass: held } = gate((command) => command === 'block-job-cancel');
    engine.qemu.before = held;
    const aborted = engine.abort('vda');
    await reached;
    await engine.qemu.move(engine.id('vda'), 'ready');
    open(refusal);
    expect(await aborted).toBe('OPERATION_FAILED');
    expect(engine.record('vda')?.state).toBe('ready');
  });
});

describe('a pivot that was given up', () => {
  const givenUp = async (): Promise<JobEngine> => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'a');
    await engine.qemu.move(engine.id('vda'), 'ready');
    engine.qemu.isSlow = true;
    const patience = new AbortController();
    const pivot = engine.call('blockJobAbort', { disk: 'vda', pivot: true }, patience.signal);
    await settle();
    expect(engine.qemu.asked.at(-1)).toBe('job-complete');
    for (const { id, state } of engine.engine.context.queue.list())
      if (state === 'running') engine.engine.context.queue.cancel(id);
    expect(await pivot).toBe('OPERATION_ABORTED');
    return engine;
  };

  it('and then aborted is not made, though QEMU was to', async () => {
    const engine = await givenUp();
    expect(await engine.abort('vda')).toBe('done');
    expect(engine.qemu.asked).not.toContain('job-finalize');
    expect([runningVda(engine), storedVda(engine), engine.content('a')]).toEqual(['web-vda', 'web-vda', 'image']);
    expect(engine.qemu.topOf('virtio-disk0')).toMatch(/^libvirt-\d-/);
    expect(engine.record('vda')).toBeUndefined();
  });

  it('is made where QEMU comes to it after all, and the definition follows first', async () => {
    const engine = await givenUp();
    await engine.qemu.move(engine.id('vda'), 'pending');
    await settle();
    expect([runningVda(engine), storedVda(engine), engine.record('vda')]).toEqual(['a', 'a', undefined]);
  });

  it('behind its storing, and then aborted, is stored back before the guest goes on', async () => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'a');
    const id = engine.id('vda');
    await engine.qemu.move(id, 'ready');
    holdTime();
    let storedAtCancel: string | undefined;
    let isRefused = true;
    engine.qemu.before = (command) => {
      if (command === 'job-finalize' && isRefused) throw virError('OPERATION_TIMEOUT', 'no answer');
      if (command === 'job-cancel') storedAtCancel = storedVda(engine);
    };
    expect(await engine.abort('vda', { pivot: true })).toBe('OPERATION_TIMEOUT');
    await settle();
    isRefused = false;
    expect(storedVda(engine)).toBe('a');
    const [job] = engine.qemu.jobs;
    expect(job?.status).toBe('pending');
    expect(await engine.abort('vda')).toBe('done');
    expect([storedAtCancel, storedVda(engine), runningVda(engine)]).toEqual(['web-vda', 'web-vda', 'web-vda']);
  });

  it('and asked for again once QEMU waits is made', async () => {
    const engine = await givenUp();
    engine.qemu.job(engine.id('vda')).status = 'pending'; // without a word
    expect(await engine.abort('vda', { pivot: true })).toBe('done');
    expect([runningVda(engine), storedVda(engine)]).toEqual(['a', 'a']);
  });
});

describe('a job whose disk is gone', () => {
  it('ends with a word, and is forgotten by QEMU', async () => {
    const engine = await JobEngine.start();
    await engine.call('blockPull', { disk: 'vda' });
    const live = engine.live();
    live.def = { ...live.def, devices: { ...live.def.devices, disks: [] } };
    const { context } = engine.engine;
    const { monitor } = live;
    if (!monitor) throw new Error('no monitor');
    engine.qemu.job(engine.id('vda')).status = 'concluded';
    await handleJobStatus({ context, obj: engine.obj(), live, monitor }, engine.id('vda'), 'concluded');
    await settle();
    expect([engine.live().blockJobs, engine.qemu.jobs]).toEqual([[], []]);
    expect(engine.engine.events).toContainEqual(expect.stringMatching(/^block-job Block Pull for vda failed/));
  });
});
