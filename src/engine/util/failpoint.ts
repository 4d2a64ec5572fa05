// Failpoints: named places at which a test can make the engine fail. They do nothing unless VIVARIUM_FAILPOINTS says so, as
//   SCOPE#N=ACTION   at the N-th point that is passed after the engine has entered SCOPE: crash (SIGKILL), error, or delay (half a second)
//   SCOPE#0=count    none fails; with VIVARIUM_FAILPOINTS_LOG=FILE each one is written down
// A scope is a procedure's name, 'adopt' or 'close'. FreeBSD's fail(9) and TiKV's fail-rs are the models.
import { appendFileSync } from 'node:fs';
import { virError } from '../../common/errors.ts';
import { pause } from './deadline.ts';

type Action = 'crash' | 'error' | 'delay' | 'count';

interface Plan {
  readonly scope: string;
  readonly at: number;
  readonly action: Action;
  readonly log: string | undefined;
}

const DELAY_MS = 500;

function readPlan(): Plan | undefined {
  const match = /^([\w.]+)#(\d+)=(crash|error|delay|count)$/.exec(process.env.VIVARIUM_FAILPOINTS ?? '');
  if (!match) return undefined;
  const [, scope = '', at, action] = match;
  return { scope, at: Number(at), action: action as Action, log: process.env.VIVARIUM_FAILPOINTS_LOG };
}

const plan = readPlan();
let passed: number | undefined;

export const hasFailpoints = plan !== undefined;

/** From here on points are counted, if this is the plan's scope. */
export function enterFailScope(scope: string): void {
  if (plan?.scope === scope) passed ??= 0;
}

/** Whether the plan is at this point; passes it otherwise. */
function isHit(name: string): boolean {
  if (!plan || passed === undefined) return false;
  passed += 1;
  if (plan.log) appendFileSync(plan.log, `${passed} ${name}\n`);
  return passed === plan.at;
}

/** A point where only a crash makes sense: a change in memory can't fail. */
export function crashpoint(name: string): void {
  if (isHit(name) && plan?.action === 'crash') process.kill(process.pid, 'SIGKILL');
}

/** Throws SYSTEM_ERROR, waits, or dies, if the plan says so. */
export async function failpoint(name: string): Promise<void> {
  if (!isHit(name)) return;
  if (plan?.action === 'crash') process.kill(process.pid, 'SIGKILL');
  if (plan?.action === 'delay') await pause(DELAY_MS);
  if (plan?.action === 'error') throw virError('SYSTEM_ERROR', `failpoint: ${name}`);
}
