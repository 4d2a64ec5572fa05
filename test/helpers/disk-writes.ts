// What a guest would write to its disk, written by the monitor of its QEMU: through an engine, or, where none lives, past it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContractClient } from '../../src/common/contract/client.ts';
import { toVirError } from '../../src/common/errors.ts';
import { Monitor } from '../../src/engine/qemu/monitor.ts';
import type { World } from './fault-walk.ts';

const domain = 'web';
const drive = '/machine/peripheral/virtio-disk0/virtio-backend';
type Client = { readonly client: Pick<ContractClient, 'call'> };
type Execute = (command: string, args?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** The human monitor's qemu-io; what it has to say otherwise goes to QEMU's own standard output. */
async function qemuIo(execute: Execute, what: string): Promise<void> {
  const said = await execute('human-monitor-command', { 'command-line': `qemu-io -d ${drive} "${what}"` });
  if (String(said).trim() !== '') throw new Error(String(said));
}

const byEngine =
  ({ client }: Client): Execute =>
  async (execute, args) =>
    (await client.call('domain.monitorCommand', { domain, command: JSON.stringify({ execute, arguments: args }) }))
      .reply;

/** A MiB of `pattern`, flushed: what a guest has not flushed may be lost with its QEMU. */
export async function guestWrites(world: Client, pattern: number, at: string): Promise<void> {
  for (const what of [`write -P ${pattern} ${at} 1M`, 'flush']) await qemuIo(byEngine(world), what);
}

/** On disk; held back by QEMU, as by a job that waits for its end; or there is no QEMU any more. */
export type WriteOutcome = 'written' | 'held' | 'no guest';

const writesDone = async (execute: Execute): Promise<number> => {
  const drives = (await execute('query-blockstats')) as { qdev?: string; stats: { wr_operations: number } }[];
  const found = drives.find(({ qdev }) => qdev === drive);
  if (!found) throw new Error(`no ${drive} in ${JSON.stringify(drives)}`);
  return found.stats.wr_operations;
};

async function writeOn(execute: Execute, { sandbox }: World, pattern: number, at: string): Promise<WriteOutcome> {
  const before = await writesDone(execute);
  // It is not waited for, as all of QEMU would wait for one that is held back. -f is flushed when it is done.
  await qemuIo(execute, `aio_write -q -f -P ${pattern} ${at} 1M`);
  let outcome: WriteOutcome | undefined;
  const isKnown = async (): Promise<boolean> => {
    const isPending = ((await execute('query-jobs')) as { status: string }[]).some((job) => job.status === 'pending');
    // In this order: no job is pending before all that it let through is done.
    if ((await writesDone(execute)) > before) outcome = 'written';
    else if (isPending) outcome = 'held';
    return outcome !== undefined;
  };
  await sandbox.until(isKnown, 'the guest’s write to be done or held back');
  return outcome ?? 'held';
}

/** The guest writes on, whatever has become of its engine. */
export async function guestWritesOn(world: World, pattern: number, at: string): Promise<WriteOutcome> {
  if (world.sandbox.guests.length === 0) return 'no guest';
  try {
    return await writeOn(byEngine(world), world, pattern, at);
  } catch (error) {
    if (toVirError(error).code !== 'NO_CONNECT') throw error;
  }
  const runs = join(world.paths.runtimeDir, 'd');
  const [run = ''] = readdirSync(runs);
  const monitor = await Monitor.open({ path: join(runs, run, 'monitor.sock'), timeoutMs: 30_000 });
  try {
    return await writeOn((command, args) => monitor.executeRaw(command, args), world, pattern, at);
  } finally {
    monitor.close();
  }
}
