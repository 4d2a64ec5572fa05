// A program run in the guest: guest-exec starts it, guest-exec-status is asked until it has ended. Between two questions the agent is free for others.
import { virError } from '../../../common/errors.ts';
import type { GuestExec } from '../../../common/model/agent.ts';
import type { Agent } from '../../qemu/agent.ts';
import type { AgentReply } from '../../qemu/agent-commands.ts';
import { pause } from '../../util/deadline.ts';

export interface ExecRequest {
  readonly path: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly input?: string | undefined;
  readonly captureOutput?: boolean | undefined;
  readonly base64?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 500;

/** Throws AGENT_COMMAND_TIMEOUT where the program has not ended in time (it goes on), and what the agent throws. */
export async function execInGuest(agent: Agent, request: ExecRequest, signal: AbortSignal): Promise<GuestExec> {
  const end = performance.now() + (request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const { pid } = await agent.execute('guest-exec', startArguments(request), { signal });
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const status = await agent.execute('guest-exec-status', { pid }, { signal });
    if (status.exited) return toResult(status, request.base64 ?? false);
    const left = end - performance.now();
    if (left <= 0)
      throw virError(
        'AGENT_COMMAND_TIMEOUT',
        `${request.path} did not end in time; it goes on in the guest as process ${pid}`,
      );
    await pause(Math.min(wait, left), signal);
    if (signal.aborted)
      throw virError('OPERATION_ABORTED', `the wait for ${request.path} was cancelled; it goes on in the guest`);
  }
}

const startArguments = ({ path, args, env, input, captureOutput, base64 }: ExecRequest) => ({
  path,
  'capture-output': captureOutput ?? true,
  ...(args ? { arg: args } : {}),
  ...(env ? { env } : {}),
  ...(input === undefined ? {} : { 'input-data': base64 ? input : Buffer.from(input).toString('base64') }),
});

function toResult(status: AgentReply<'guest-exec-status'>, isBase64: boolean): GuestExec {
  const output = (data = ''): string => (isBase64 ? data : Buffer.from(data, 'base64').toString('utf8'));
  return {
    stdout: output(status['out-data']),
    stderr: output(status['err-data']),
    truncated: status['out-truncated'] === true || status['err-truncated'] === true,
    ...(status.exitcode === undefined ? {} : { exitCode: status.exitcode }),
    ...(status.signal === undefined ? {} : { signal: status.signal }),
  };
}
