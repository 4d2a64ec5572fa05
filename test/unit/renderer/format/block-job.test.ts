import { describe, expect, it } from 'vitest';
import { BLOCK_JOB_TYPES } from '../../../../src/common/model/block-job.ts';
import {
  blockJobChoice,
  blockJobFigures,
  blockJobNews,
  blockJobText,
  machineJobText,
} from '../../../../src/renderer/format/block-job.ts';

const MIB = 1024 * 1024;

describe('a job on a disk in words', () => {
  it('says what goes on, on which disk, of which machine', () => {
    expect(BLOCK_JOB_TYPES.map((type) => blockJobText({ type, target: 'vda' }))).toEqual([
      'Merging the images below vda into it',
      'Copying vda',
      'Merging layers of vda into the image below',
      'Merging vda into the image below',
    ]);
    const job = { type: 'copy', target: 'vda' } as const;
    expect(machineJobText('web', { ...job, isReady: false })).toBe('web: copying vda');
    expect(machineJobText('web', { ...job, isReady: true })).toBe('web: the copy of vda is complete');
  });

  it('says how far it is: always the share and what is left, speed and time where they are known', () => {
    const figures = { fraction: 0.129, leftBytes: 300 * MIB, bytesPerSecond: 0, leftMs: undefined };
    expect(blockJobFigures(figures)).toBe('12 % · 300 MiB left');
    expect(blockJobFigures({ ...figures, bytesPerSecond: 20 * MIB, leftMs: 15_000 })).toBe(
      '12 % · 300 MiB left at 20 MiB/s · about 15 s',
    );
    expect(blockJobFigures({ ...figures, fraction: 1, leftBytes: 0 })).toBe('99 % · 0 bytes left');
  });

  it('names both ways to end a copy or a merge that is complete', () => {
    expect(blockJobChoice({ type: 'copy', target: 'vda' })).toMatchObject({
      finish: 'Switch to the copy',
      cancel: 'Stay with the original',
    });
    expect(blockJobChoice({ type: 'active-commit', target: 'vda' })).toMatchObject({
      title: 'Disk vda is merged into the image below',
      finish: 'Finish the merge',
      cancel: 'Cancel the merge',
    });
  });

  it('is news where it failed, is done, or waits for a person; none where it was cancelled', () => {
    const job = { type: 'copy', target: 'vda' } as const;
    const news = (status: 'ready' | 'completed' | 'failed' | 'canceled', error?: string) =>
      blockJobNews({ ...job, status, ...(error === undefined ? {} : { error }) }, 'web');
    expect(news('canceled')).toBeUndefined();
    expect(news('completed')?.title).toBe('web uses the copy of vda now');
    expect(news('failed', 'No space left on device')).toEqual({
      tone: 'error',
      title: 'web: copying vda failed',
      message: 'No space left on device',
    });
    expect(news('ready')).toEqual({
      tone: 'info',
      title: 'web: the copy of vda is complete',
      message: 'Its page has the choice: switch to the copy, or stay with the original.',
    });
  });
});
