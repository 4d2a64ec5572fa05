// The agent of a domain for the verbs, and what QEMU tells of the guest's end of its channel (libvirt: processSerialChangedEvent).
import { virError } from '../../../common/errors.ts';
import type { Agent } from '../../qemu/agent.ts';
import type { MonitorEvent } from '../../qemu/monitor-commands.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { AGENT_CHANNEL, agentChannel, LiveAgent } from './live-agent.ts';

const ANSWER_TIMEOUT_MS = 2_000;

/** Made with the first question; ends with the run's monitor, which every end of a run and of the engine closes. */
function liveAgent(live: LiveDomain): LiveAgent {
  if (live.agent) return live.agent;
  const agent = new LiveAgent();
  live.agent = agent;
  if (live.monitor?.isClosed) agent.close('the domain is ending');
  live.monitor?.onClose(() => agent.close('the domain ended, or the engine let go of it'));
  return agent;
}

function setPort(context: DriverContext, obj: DomainObj, live: LiveDomain, isOpen: boolean): void {
  const agent = liveAgent(live);
  if (agent.isPortOpen === isOpen) return;
  agent.setPort(isOpen);
  emit(context, obj, { kind: 'updated' });
}

/** VSERPORT_CHANGE: the guest opened or closed a channel. */
export function handleAgentPort(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  { data }: Pick<MonitorEvent, 'data'>,
): void {
  const channel = agentChannel(live.def);
  if (channel && data.id === channel.alias) setPort(context, obj, live, data.open === true);
}

/** Asks QEMU how the channel stands: nobody listened before an adoption, and a restored guest has it open from its first moment on. */
export async function resyncAgentPort(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const channel = agentChannel(live.def);
  if (!channel || !live.monitor) return;
  const chardevs = await live.monitor.execute('query-chardev');
  const found = chardevs.find(({ label }) => label === `char${channel.alias}`);
  if (obj.live === live && found) setPort(context, obj, live, found['frontend-open']);
}

export interface AskedAgent {
  readonly agent: Agent;
  readonly live: LiveDomain;
}

/**
 * The agent, if it can be asked. Throws OPERATION_INVALID (the domain does not run), CONFIG_UNSUPPORTED (it has no channel for an agent),
 * AGENT_UNRESPONSIVE (nothing in the guest has it open).
 */
export function requireAgent(obj: DomainObj): AskedAgent {
  const { live } = obj;
  if (live?.phase !== 'running')
    throw virError('OPERATION_INVALID', `domain '${obj.name}' is not running; start it first`);
  if (obj.state !== 'running')
    throw virError(
      'OPERATION_INVALID',
      `the guest agent of domain '${obj.name}' can't answer while it is ${obj.state}`,
    );
  const channel = agentChannel(live.def);
  if (!channel)
    throw virError(
      'CONFIG_UNSUPPORTED',
      `domain '${obj.name}' has no channel for a guest agent; add <channel type='unix'><target type='virtio' name='${AGENT_CHANNEL}'/></channel> to it`,
    );
  if (!live.monitor) throw virError('OPERATION_FAILED', `QEMU of domain '${obj.name}' does not answer; force it off`);
  const state = liveAgent(live);
  if (state.isPortOpen === false)
    throw virError(
      'AGENT_UNRESPONSIVE',
      `no guest agent is connected in domain '${obj.name}'; install and start qemu-guest-agent in the guest, or wait until it is up`,
    );
  return { agent: state.agentAt(channel, obj.name), live };
}

/**
 * Whether an agent is there and answers. Takes no longer than two seconds, also where others wait for it, and no time at all where none is connected.
 */
export async function agentAnswers(obj: DomainObj, signal?: AbortSignal): Promise<boolean> {
  const deadline = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  try {
    const { agent } = requireAgent(obj);
    await agent.execute('guest-ping', undefined, { signal: signal ? AbortSignal.any([signal, deadline]) : deadline });
    return true;
  } catch {
    return false; // why it does not is for who asks it something
  }
}
