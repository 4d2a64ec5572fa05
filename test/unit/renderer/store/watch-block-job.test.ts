// How a window asks how far a job on a disk is, over a connection that the test answers.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toDisposable } from '../../../../src/common/base/dispose.ts';
import type { ContractClient } from '../../../../src/common/contract/client.ts';
import type { Connection } from '../../../../src/renderer/client.ts';
import { blockJobKey } from '../../../../src/renderer/store/block-jobs.ts';
import { createStores } from '../../../../src/renderer/store/stores.ts';
import { createBlockJobWatch } from '../../../../src/renderer/store/watch-block-job.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const GIB = 1024 ** 3;
const jobAt = (cur: number) => ({
  job: { type: 'copy', target: 'vda', bandwidth: 0, cur, end: 100 * GIB, isReady: false },
});

/** A window whose engine answers with `answer`; `connect` is a new connection. */
function openWindow(answer: () => Promise<unknown>) {
  const asked: string[] = [];
  const call = (_: string, { disk }: { readonly disk: string }) => {
    asked.push(disk);
    return answer();
  };
  const client = { call } as unknown as ContractClient;
  const connection = {
    onConnected: (listener: (client: ContractClient) => { dispose(): void }) => {
      const store = listener(client);
      return toDisposable(() => store.dispose());
    },
  } as unknown as Connection;
  const stores = createStores({ getItem: () => null, setItem: () => undefined });
  let isVisible = true;
  const watch = createBlockJobWatch({ connection, stores, isVisible: () => isVisible });
  const samples = () => stores.blockJobs.getState().samples.get(blockJobKey('u1', 'vda'));
  const setVisible = (next: boolean): void => {
    isVisible = next;
  };
  return { asked, watch, samples, setVisible };
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

describe('the watch of a job on a disk', () => {
  it('asks once a second, however many views show the job', async () => {
    const { asked, watch } = openWindow(() => Promise.resolve(jobAt(0)));
    const views = [watch('u1', 'vda'), watch('u1', 'vda')];
    await seconds(5);
    expect(asked).toHaveLength(6);
    views[0]?.dispose();
    views[0]?.dispose();
    await seconds(2);
    expect(asked).toHaveLength(8);
    views[1]?.dispose();
    await seconds(5);
    expect(asked).toHaveLength(8);
  });

  it('asks of each disk by itself', async () => {
    const { asked, watch } = openWindow(() => Promise.resolve(jobAt(0)));
    const views = [watch('u1', 'vda'), watch('u1', 'vdb')];
    await seconds(1);
    expect(asked).toEqual(['vda', 'vdb', 'vda', 'vdb']);
    for (const view of views) view.dispose();
  });

  it('has one question under way at an engine that does not answer, and asks again once it has', async () => {
    const answers: PromiseWithResolvers<unknown>[] = [];
    const { asked, watch } = openWindow(() => {
      const answer = Promise.withResolvers<unknown>();
      answers.push(answer);
      return answer.promise;
    });
    const views = [watch('u1', 'vda'), watch('u1', 'vda')];
    await seconds(30);
    expect(asked).toHaveLength(1);
    answers[0]?.reject(new Error('QEMU does not answer'));
    await seconds(1);
    expect(asked).toHaveLength(2);
    for (const view of views) view.dispose();
  });

  it('goes on, and knows the speed, when the computer’s clock goes back an hour', async () => {
    const { asked, watch, samples } = openWindow(() => Promise.resolve(jobAt(asked.length * GIB)));
    const view = watch('u1', 'vda');
    await seconds(2);
    vi.setSystemTime(Date.now() - 3_600_000);
    await seconds(2);
    expect(asked).toHaveLength(5);
    const at = samples()?.map((sample) => sample.at) ?? [];
    expect(at.map((ms) => ms - (at[0] ?? 0))).toEqual([0, 1000, 2000, 3000, 4000]);
    view.dispose();
  });

  it('asks nothing while the window is hidden', async () => {
    const { asked, watch, setVisible } = openWindow(() => Promise.resolve(jobAt(0)));
    setVisible(false);
    const view = watch('u1', 'vda');
    await seconds(3);
    expect(asked).toEqual([]);
    setVisible(true);
    await seconds(1);
    expect(asked).toHaveLength(1);
    view.dispose();
  });

  it('forgets what it heard with its last view, and takes no answer any more', async () => {
    const late = Promise.withResolvers<unknown>();
    const { asked, watch, samples } = openWindow(() =>
      asked.length === 3 ? late.promise : Promise.resolve(jobAt(97 * GIB)),
    );
    const views = [watch('u1', 'vda'), watch('u1', 'vda')];
    await seconds(2);
    views[0]?.dispose();
    expect(samples()).toHaveLength(2);
    views[1]?.dispose();
    expect(samples()).toBeUndefined();
    late.resolve(jobAt(98 * GIB));
    await seconds(1);
    expect(samples()).toBeUndefined();
  });
});
