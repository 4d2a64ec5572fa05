// `setvcpus --guest`: processors are taken from use inside the guest, not unplugged (libvirt: qemuAgentUpdateCPUInfo).
import type { Output, ParsedInput } from '../../../common/contract/procedures.ts';
import type { CallContext } from '../../../common/contract/server.ts';
import { virError } from '../../../common/errors.ts';
import type { AgentReply } from '../../qemu/agent-commands.ts';
import type { DriverContext } from '../context.ts';
import { ref, stillThere } from '../jobs/on-domain.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { requireAgent } from './agent-port.ts';

type GuestVcpu = AgentReply<'guest-get-vcpus'>[number];
export interface VcpuChange {
  readonly 'logical-id': number;
  readonly online: boolean;
}

/**
 * What to switch so that `count` are in use: on from the lowest number up, off from the highest down. Throws INVALID_ARG where the guest has fewer,
 * OPERATION_INVALID where it can't spare so many.
 */
export function planVcpus(vcpus: readonly GuestVcpu[], count: number): readonly VcpuChange[] {
  if (count > vcpus.length)
    throw virError('INVALID_ARG', `the guest has ${vcpus.length} processors; ${count} can't be in use`);
  const online = vcpus.filter((vcpu) => vcpu.online);
  const difference = count - online.length;
  const byNumber = [...vcpus].sort((a, b) => a['logical-id'] - b['logical-id']);
  const candidates =
    difference > 0
      ? byNumber.filter((vcpu) => !vcpu.online)
      : byNumber.filter((vcpu) => vcpu.online && vcpu['can-offline'] === true).reverse();
  const chosen = candidates.slice(0, Math.abs(difference));
  if (chosen.length < Math.abs(difference))
    throw virError(
      'OPERATION_INVALID',
      `the guest can take ${chosen.length} of its ${online.length} processors from use, so ${online.length - chosen.length} is the least`,
    );
  return chosen.map((vcpu) => ({ 'logical-id': vcpu['logical-id'], online: difference > 0 }));
}

/** Lets the guest use `count` of its processors. Throws what `requireAgent`, the agent and `planVcpus` throw. */
export async function agentSetVcpus(obj: DomainObj, count: number, signal: AbortSignal): Promise<void> {
  const { agent } = requireAgent(obj);
  let left = planVcpus(await agent.execute('guest-get-vcpus', undefined, { signal }), count);
  while (left.length > 0) {
    // It may do the first few only; asked again it says why the next one does not go.
    const done = await agent.execute('guest-set-vcpus', { vcpus: left }, { signal });
    if (done === 0 || done > left.length)
      throw virError('AGENT_COMMAND_FAILED', `the guest agent of domain '${obj.name}' switched no processor`);
    left = left.slice(done);
  }
}

/** `domain.setVcpus` with `guest`: a command of the agent's lane. Throws INVALID_ARG where the definition or its maximum is meant too. */
export async function setGuestVcpus(
  context: DriverContext,
  { domain, count, maximum, config }: ParsedInput<'domain.setVcpus'>,
  { signal }: CallContext,
): Promise<Output<'domain.setVcpus'>> {
  const obj = context.list.lookup(domain);
  if (maximum || config)
    throw virError('INVALID_ARG', 'the guest agent changes the running guest only; leave --maximum and --config out');
  await context.queue.submit({
    procedure: 'domain.setVcpus',
    label: `Set the processors in use of ${obj.name}`,
    domain: ref(obj),
    lane: `agent:${obj.name}`,
    canCancel: true,
    signal,
    run: (command) => agentSetVcpus(stillThere(context, obj), count, command.signal),
  });
  return ref(obj);
}
