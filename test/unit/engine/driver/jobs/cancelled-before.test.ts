// A caller that cancelled while its verb still looked things up, as `shutdown --timeout` does before it waits and then forces the guest off.
import { expect, it } from 'vitest';
import { CommandQueue } from '../../../../../src/engine/driver/jobs/command-queue.ts';

it('does not run what was cancelled before it was submitted', async () => {
  const queue = new CommandQueue();
  let ran = false;
  const submit = async () =>
    queue.submit({
      procedure: 'p',
      label: 'l',
      signal: AbortSignal.abort(),
      run: async () => {
        ran = true;
      },
    });
  await expect(submit()).rejects.toThrow('was cancelled');
  expect([ran, queue.pending, queue.list()]).toEqual([false, 0, []]);
});
