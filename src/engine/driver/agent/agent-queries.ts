// The look-ups of the agent: they wait for the guest, never for a command of the queue, and nothing waits for them but the agent itself.
import type { CallContext } from '../../../common/contract/server.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { AgentCommand, AgentReply } from '../../qemu/agent-commands.ts';
import type { DriverContext } from '../context.ts';
import type { Verbs } from '../jobs/on-domain.ts';
import { domainAddresses } from './addresses.ts';
import { requireAgent } from './agent-port.ts';
import { viewFilesystems, viewInterfaces, viewOsInfo, viewUsers } from './views.ts';

interface AgentInput {
  readonly domain: string;
  readonly timeoutMs?: number | undefined;
}

export function createAgentQueries(context: DriverContext): Verbs {
  /** A verb that asks `command` and answers with what `view` makes of the reply. */
  const ask =
    <C extends AgentCommand, I extends AgentInput, O>(
      command: C,
      view: (reply: AgentReply<C>, def: DomainDef) => O,
      args?: (input: I) => Readonly<Record<string, unknown>>,
    ) =>
    async (input: I, { signal }: CallContext): Promise<O> => {
      const { agent, live } = requireAgent(context.list.lookup(input.domain));
      const reply = await agent.execute(command, args?.(input), { signal, timeoutMs: input.timeoutMs });
      return view(reply, live.def);
    };
  return {
    'agent.ping': ask('guest-ping', () => ({})),
    'agent.info': ask('guest-info', ({ version, supported_commands: commands }) => ({
      version,
      supported: commands.filter(({ enabled }) => enabled).map(({ name }) => name),
      disabled: commands.filter(({ enabled }) => !enabled).map(({ name }) => name),
    })),
    'agent.interfaces': ask('guest-network-get-interfaces', (reply) => ({ interfaces: viewInterfaces(reply) })),
    'agent.users': ask('guest-get-users', (reply) => ({ users: viewUsers(reply) })),
    'agent.filesystems': ask('guest-get-fsinfo', (reply, def) => ({ filesystems: viewFilesystems(reply, def) })),
    'agent.osInfo': ask('guest-get-osinfo', viewOsInfo),
    'agent.hostname': ask('guest-get-host-name', (reply) => ({ hostname: reply['host-name'] })),
    'agent.timezone': ask('guest-get-timezone', ({ zone, offset }) => ({
      offsetSeconds: offset,
      ...(zone === undefined ? {} : { zone }),
    })),
    'agent.time': ask('guest-get-time', (ns) => ({ timeMs: Math.round(ns / 1e6) })),
    'agent.fsFreezeStatus': ask('guest-fsfreeze-status', (status) => ({ status })),
    // qemu-ga lists them as it finds them.
    'agent.vcpus': ask('guest-get-vcpus', (reply) => ({
      vcpus: reply
        .map((vcpu) => ({ id: vcpu['logical-id'], online: vcpu.online, canOffline: vcpu['can-offline'] ?? false }))
        .sort((one, other) => one.id - other.id),
    })),
    'agent.sshKeys': ask(
      'guest-ssh-get-authorized-keys',
      ({ keys }) => ({ keys }),
      ({ user }: AgentInput & { readonly user: string }) => ({ username: user }),
    ),
    'domain.addresses': (input, { signal }) => domainAddresses(context.list.lookup(input.domain), input, signal),
  };
}
