// How far a long command is, on standard error, as virsh's --verbose tells it: `Save: [ 50 %]`, over itself.
import type { ContractClient } from '../common/contract/client.ts';
import type { ProcedureName } from '../common/contract/procedures.ts';

const percent = (label: string, fraction: number): string =>
  `\r${label}: [${String(Math.floor(fraction * 100)).padStart(3)} %]`;

/** Runs `work` and shows the progress of the command `procedure` meanwhile, where `isShown`; of another caller's such command too. */
export async function withProgress<T>(
  client: ContractClient,
  { label, procedure, isShown }: { label: string; procedure: ProcedureName; isShown: boolean },
  work: () => Promise<T>,
): Promise<T> {
  if (!isShown) return work();
  const subscription = client.subscribe('command', (record) => {
    const { fraction } = record.progress ?? {};
    if (record.procedure === procedure && record.state === 'running' && fraction !== undefined)
      process.stderr.write(percent(label, Math.min(fraction, 0.99)));
  });
  try {
    await subscription.ready;
    const result = await work();
    process.stderr.write(`${percent(label, 1)}\n`);
    return result;
  } finally {
    subscription.dispose();
  }
}
