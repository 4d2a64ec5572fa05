// How far a job on a disk is, asked of a QEMU that answers, that hangs, and that is gone.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toVirError } from '../../../../../src/common/errors.ts';
import { blockJobInfo } from '../../../../../src/engine/driver/block/job-control.ts';
import type { DomainObj } from '../../../../../src/engine/driver/registry/domain-obj.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A running domain with a copy of vda under way, whose QEMU answers with `execute`. */
const domainWith = (execute: () => Promise<unknown>): DomainObj =>
  ({
    name: 'web',
    live: {
      phase: 'running',
      monitor: { isClosed: false, execute },
      def: { devices: { disks: [{ target: { dev: 'vda' } }] } },
      blockJobs: [{ name: 'copy-vda', target: 'vda', type: 'copy', state: 'running' }],
    },
  }) as unknown as DomainObj;

describe('how far a job is', () => {
  it('is what QEMU answers', async () => {
    const obj = domainWith(() => Promise.resolve([{ device: 'copy-vda', offset: 5, len: 10, speed: 0, ready: false }]));
    expect((await blockJobInfo(obj, 'vda')).job).toMatchObject({ type: 'copy', cur: 5, end: 10 });
  });

  it('is told in time that it can’t be had where QEMU hangs, which is asked once however often it is wanted', async () => {
    let asked = 0;
    const answer = Promise.withResolvers<unknown>();
    const obj = domainWith(() => {
      asked += 1;
      return answer.promise;
    });
    const codes: string[] = [];
    for (let second = 0; second < 60; second += 1) {
      blockJobInfo(obj, 'vda').catch((error: unknown) => codes.push(toVirError(error).code));
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(asked).toBe(1);
    expect(codes.length).toBeGreaterThanOrEqual(54);
    expect(new Set(codes)).toEqual(new Set(['OPERATION_TIMEOUT']));
    answer.resolve([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await blockJobInfo(obj, 'vda')).toEqual({});
  });
});
