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
  await tellVcpus(obj, planVcpus(await agent.execute('guest-get-vcpus', undefined, { signal }), count), signal);
}

/** These processors, and no others. Throws INVALID_ARG for one that the guest does not have, OPERATION_INVALID for one that it can't spare. */
export async function switchVcpus(
  obj: DomainObj,
  { ids, online }: { readonly ids: readonly number[]; readonly online: boolean },
  signal: AbortSignal,
): Promise<void> {
  const vcpus = await requireAgent(obj).agent.execute('guest-get-vcpus', undefined, { signal });
  const changes = ids.flatMap((id) => {
    const vcpu = vcpus.find((one) => one['logical-id'] === id);
    if (!vcpu) throw virError('INVALID_ARG', `guest CPU '${id}' does not exist`);
    if (!online && vcpu.online && vcpu['can-offline'] !== true)
      throw virError('OPERATION_INVALID', `guest CPU '${id}' can't be offlined`);
    return vcpu.online === online ? [] : [{ 'logical-id': id, online }];
  });
  await tellVcpus(obj, changes, signal);
}

async function tellVcpus(obj: DomainObj, changes: readonly VcpuChange[], signal: AbortSignal): Promise<void> {
  const { agent } = requireAgent(obj);
  let left = changes;
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
