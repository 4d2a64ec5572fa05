// Whose the file is that a copy goes to: of all who want one name only one gets it, and nobody removes what somebody else made.
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { virError } from '../../../../../src/common/errors.ts';
import { makeMarked } from '../../../../../src/engine/driver/block/made-file.ts';
import { recoverBlockJobs } from '../../../../../src/engine/driver/block/recover-jobs.ts';
import { settle, until } from '../../../../helpers/device-engine.ts';
import { fakeQemuImg, gate, JobEngine } from '../../../../helpers/job-engine.ts';

describe('of two domains that copy to the same new file', () => {
  it.each(['query-named-block-nodes', 'blockdev-add', 'blockdev-mirror'])(
    'the one that is at %s while the other begins leaves one winner, and its file',
    async (at) => {
      const engine = await JobEngine.start();
      const { reached, open, pass } = gate((command) => command === at);
      engine.qemu.before = pass;
      const first = engine.copy('vda', 'copy');
      await reached;
      const second = await engine.copy('vda', 'copy', 'db');
      open();
      expect([await first, second].sort()).toEqual(['RESOURCE_BUSY', 'done']);
      await settle();
      expect(engine.content('copy')).toBe('image');
      const active = ['web', 'db'].filter((name) => (engine.live(name).blockJobs?.length ?? 0) > 0);
      expect(active).toHaveLength(1);
    },
  );

  it('the second waits for no look at it: the copy that is under way is in its way', async () => {
    const engine = await JobEngine.start();
    expect(await engine.copy('vda', 'copy')).toBe('done');
    rmSync(engine.path('copy')); // so that nothing on disk tells
    expect(await engine.copy('vdb', 'copy', 'db')).toBe('RESOURCE_BUSY');
    expect(engine.content('copy')).toBeUndefined();
  });

  it('a disk that is started or plugged in is in the way of neither less', async () => {
    const engine = await JobEngine.start();
    await engine.copy('vda', 'copy');
    const xml = `<disk type='file' device='disk'><source file='${engine.path('copy')}'/><target dev='vdc' bus='virtio'/></disk>`;
    expect(await engine.call('attachDevice', { domain: 'db', xml })).toBe('RESOURCE_BUSY');
    const read = xml.replace('<target', '<readonly/><target');
    expect(await engine.call('attachDevice', { domain: 'db', xml: read })).toBe('RESOURCE_BUSY');
  });
});

describe('a file of another program that appears', () => {
  it.each([
    ['before the copy is asked for', ''],
    ['while it is looked at', 'query-named-block-nodes'],
  ])('%s stays', async (_, at) => {
    const engine = await JobEngine.start();
    const appear = (): void => writeFileSync(engine.path('copy'), 'theirs');
    if (at === '') appear();
    engine.qemu.before = (command) => {
      if (command === at) appear();
    };
    expect(await engine.copy('vda', 'copy')).toBe('STORAGE_VOL_EXIST');
    await until(() => !engine.record('vda'));
    await settle();
    expect(engine.content('copy')).toBe('theirs');
  });

  it('while its record is written stays', async () => {
    const engine = await JobEngine.start();
    let writes = 0;
    engine.beforeStatus = () => {
      writes += 1;
      if (writes === 1) writeFileSync(engine.path('copy'), 'theirs');
    };
    expect(await engine.copy('vda', 'copy')).toBe('STORAGE_VOL_EXIST');
    await until(() => !engine.record('vda'));
    await settle();
    expect(engine.content('copy')).toBe('theirs');
  });
});

describe('a copy that comes to nothing leaves nothing', () => {
  it.each([
    ['of its own QEMU’s refusal', 'blockdev-mirror', 'OPERATION_FAILED'],
    ['of an image that can’t be opened', 'blockdev-add', 'OPERATION_FAILED'],
  ])('because %s', async (_, at, code) => {
    const engine = await JobEngine.start();
    engine.qemu.before = (command) => {
      if (command === at) throw virError('OPERATION_FAILED', 'refused');
    };
    expect(await engine.copy('vda', 'copy')).toBe(code);
    expect([engine.content('copy'), engine.live().blockJobs]).toEqual([undefined, []]);
  });

  it('because qemu-img fails', async () => {
    const engine = await JobEngine.start();
    fakeQemuImg(engine.engine.dir, '#!/bin/sh\nexit 1\n');
    expect(await engine.copy('vda', 'copy')).toBe('OPERATION_FAILED');
    expect([engine.content('copy'), engine.live().blockJobs]).toEqual([undefined, []]);
  });

  it.each([1, 2])('because record %d of it can’t be written', async (at) => {
    const engine = await JobEngine.start();
    let writes = 0;
    engine.beforeStatus = () => {
      writes += 1;
      if (writes === at) throw virError('SYSTEM_ERROR', 'no space');
    };
    expect(await engine.copy('vda', 'copy')).toBe('SYSTEM_ERROR');
    expect([engine.content('copy'), engine.live().blockJobs]).toEqual([undefined, []]);
  });
});

describe('of a copy that lost its engine before it began, the next one removes', () => {
  const recover = async (engine: JobEngine, record: object): Promise<string | undefined> => {
    const live = engine.live();
    live.blockJobs = [{ name: 'copy-vda-libvirt-1-storage', type: 'copy', target: 'vda', state: 'new', ...record }];
    await recoverBlockJobs(engine.engine.context, engine.obj(), live);
    expect(live.blockJobs).toEqual([]);
    return engine.content('copy');
  };

  it('nothing where it was not made yet and another is there', async () => {
    const engine = await JobEngine.start();
    writeFileSync(engine.path('copy'), 'theirs');
    expect(await recover(engine, { creates: engine.path('copy') })).toBe('theirs');
  });

  it('the file that was made and not recorded', async () => {
    const engine = await JobEngine.start();
    makeMarked(engine.live(), 'copy-vda-libvirt-1-storage', engine.path('copy'));
    expect(await recover(engine, { creates: engine.path('copy') })).toBeUndefined();
  });

  it('nothing that another job, or another run, has made', async () => {
    const engine = await JobEngine.start();
    makeMarked(engine.live('db'), 'copy-vda-libvirt-1-storage', engine.path('copy'));
    expect(await recover(engine, { creates: engine.path('copy') })).toMatch(/^made by vivarium/);
  });

  it('the file that was recorded as made', async () => {
    const engine = await JobEngine.start();
    writeFileSync(engine.path('copy'), 'half an image');
    const path = engine.path('copy');
    expect(await recover(engine, { creates: path, created: path })).toBeUndefined();
  });
});
