// --wait of blockpull, blockcommit and blockcopy: until the job is over, or, of one that goes on by itself, until it is in step with the guest (tools/virsh-domain.c,
// virshBlockJobWait). Ctrl+C and the timeout abort the job.
import type { ContractClient } from '../common/contract/client.ts';
import { virError } from '../common/errors.ts';
import type { DomainEvent } from '../common/model/event.ts';
import { progressOf } from './commands/block.ts';
import { numberOption, type Options } from './context.ts';

export type BlockJobEnd = NonNullable<DomainEvent['blockJob']>;

export interface Wait {
  readonly isVerbose: boolean;
  readonly timeoutMs: number | undefined;
  /** Does not wait for the end of a job that is aborted. */
  readonly isAsync: boolean;
}

/** What --wait, --verbose, --timeout and --async say; undefined: the job is only begun. `implied`: another option says --wait. */
export function waitOf(options: Options, implied = false): Wait | undefined {
  const seconds = numberOption(options, 'timeout');
  if (seconds === 0)
    throw virError('INVALID_ARG', "Numeric value '0' for <timeout> option is malformed or out of range");
  const waits = options.wait === true || implied;
  for (const name of ['verbose', 'async'])
    if (options[name] && !waits && seconds === undefined)
      throw virError('INVALID_ARG', `Option --wait is required by option --${name}`);
  if (!waits && seconds === undefined) return undefined;
  return {
    isVerbose: options.verbose === true,
    timeoutMs: seconds === undefined ? undefined : seconds * 1000,
    isAsync: options.async === true,
  };
}

const POLL_MS = 500;

/** Begins a job by `begin` and waits. Rejects where the engine ends: the job goes on. */
export async function waitForBlockJob(
  client: ContractClient,
  { uuid, disk }: { readonly uuid: string; readonly disk: string },
  wait: Wait,
  begin: () => Promise<unknown>,
): Promise<BlockJobEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<BlockJobEnd>();
  promise.catch(() => undefined); // awaited below
  const target = await targetOf(client, uuid, disk);
  const subscription = client.subscribe('domain', ({ uuid: of, blockJob, event }) => {
    if (of !== uuid) return;
    if (blockJob?.target === target) resolve(blockJob);
    if (event === 'Stopped') reject(virError('OPERATION_FAILED', 'the domain ended, and the job with it'));
  });
  const closed = client.onClose(() => reject(virError('NO_CONNECT', 'the engine has ended; the job goes on')));
  const abort = (): void => {
    // Ctrl+C has cancelled every call of ours, but for one with a signal of its own.
    const own = { signal: new AbortController().signal };
    client.call('domain.blockJobAbort', { domain: uuid, disk: target, async: true }, own).catch(reject);
    if (wait.isAsync) resolve({ target, type: 'pull', status: 'canceled' });
  };
  let timers: readonly NodeJS.Timeout[] = [];
  try {
    await subscription.ready;
    await begin();
    process.on('SIGINT', abort);
    timers = [
      ...(wait.timeoutMs === undefined ? [] : [setTimeout(abort, wait.timeoutMs)]),
      ...(wait.isVerbose ? [setInterval(() => void showProgress(client, uuid, target), POLL_MS)] : []),
    ];
    const end = await promise;
    if (wait.isVerbose && (end.status === 'ready' || end.status === 'completed'))
      process.stderr.write(
        `\r${progressOf({ type: end.type, target, bandwidth: 0, cur: 1, end: 1, isReady: true })}\n`,
      );
    return end;
  } finally {
    process.off('SIGINT', abort);
    for (const timer of timers) clearTimeout(timer);
    subscription.dispose();
    closed.dispose();
  }
}

async function showProgress(client: ContractClient, domain: string, disk: string): Promise<void> {
  const { job } = await client.call('domain.blockJobInfo', { domain, disk }).catch(() => ({ job: undefined })); // its end tells why
  if (job) process.stderr.write(`\r${progressOf(job)}`);
}

/** The target of the disk that a person named by its path. */
async function targetOf(client: ContractClient, domain: string, disk: string): Promise<string> {
  const { blocks } = await client.call('domain.endpoints', { domain });
  return blocks.find(({ target, source }) => target === disk || source === disk)?.target ?? disk;
}
