// What a run knows of its guest's agent: whether the guest has the channel open, and the connection, made when it is first needed. Imports nothing of the driver but types, for the run itself holds one.
import type { AgentState } from '../../../common/model/agent.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { Agent } from '../../qemu/agent.ts';

export const AGENT_CHANNEL = 'org.qemu.guest_agent.0';

export interface AgentChannel {
  /** The device's id, which QEMU's events name. */
  readonly alias: string;
  /** The socket that QEMU serves. */
  readonly path: string;
}

/** The agent's channel of a live definition, where QEMU serves it on a unix socket. */
export function agentChannel(def: DomainDef): AgentChannel | undefined {
  for (const { type, target, sources, alias } of def.devices.channels) {
    const source = sources[0];
    const isOurs = target?.type === 'virtio' && target.name === AGENT_CHANNEL && type === 'unix';
    // A source to connect to belongs to a program of the person's own, which then is the agent's client.
    if (!isOurs || !source?.path || !alias || source.mode === 'connect' || source.mode === 'client') continue;
    return { alias: alias.name, path: source.path };
  }
  return undefined;
}

export class LiveAgent {
  /** As QEMU tells; undefined until it has told. */
  isPortOpen: boolean | undefined;
  #agent: Agent | undefined;
  #closeReason: string | undefined;

  agentAt(channel: AgentChannel, name: string): Agent {
    this.#agent ??= new Agent({ path: channel.path, name });
    if (this.#closeReason !== undefined) this.#agent.close(this.#closeReason);
    return this.#agent;
  }

  setPort(isOpen: boolean): void {
    this.isPortOpen = isOpen;
    if (!isOpen) this.#agent?.portClosed();
  }

  close(reason: string): void {
    this.#closeReason = reason;
    this.#agent?.close(reason);
  }
}

export function agentState(def: DomainDef, agent: LiveAgent | undefined): AgentState {
  if (!agentChannel(def)) return 'absent';
  return agent?.isPortOpen ? 'connected' : 'disconnected';
}
