// Commands of a domain's life that are more than one QMP command, or are seldom given.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import type { CallContext } from '../../../common/contract/server.ts';
import { virError } from '../../../common/errors.ts';
import { rebootDomain, requireLive, shutdownDomain } from '../actions.ts';
import { agentAnswers } from '../agent/agent-port.ts';
import { agentShutdown, agentSuspend } from '../agent/silent.ts';
import type { DriverContext } from '../context.ts';
import { type OnDomain, onDomain, plain, ref, stillThere, type Verbs } from '../jobs/on-domain.ts';
import { readMetadata, setDescription, setLifecycleAction, setMetadata } from '../registry/describe.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { renameDomain } from '../registry/rename.ts';
import { runMonitorCommand } from './monitor-command.ts';
import { awaitShutdown } from './shutdown-wait.ts';

type Mode = ParsedInput<'domain.shutdown'>['mode'];

/** The agent's own lane: one that hangs keeps nothing else from the domain. */
const agentLane = (obj: DomainObj): string => `agent:${obj.name}`;

/**
 * Asks the guest to power off or to reboot, by the way that was wished: without a wish by its agent where that answers, which is surer, else by the power
 * button (libvirt: qemuDomainShutdownFlags).
 */
async function askGuest(
  context: DriverContext,
  obj: DomainObj,
  spec: OnDomain,
  mode: Mode,
  call: CallContext,
): Promise<void> {
  const isReboot = spec.procedure === 'domain.reboot';
  requireLive(obj);
  if (mode === 'agent' || (mode === undefined && (await agentAnswers(obj, call.signal)))) {
    const asked = { ...spec, lane: agentLane(obj) };
    return onDomain(context, obj, asked, call, ({ signal }) =>
      agentShutdown(context, obj, isReboot ? 'reboot' : 'powerdown', signal),
    );
  }
  return onDomain(context, obj, spec, call, (command) =>
    (isReboot ? rebootDomain : shutdownDomain)(context, stillThere(context, obj), command),
  );
}

export function createLifecycleVerbs(context: DriverContext): Verbs {
  const shutdown: OnDomain = { procedure: 'domain.shutdown', label: 'Shut down' };
  return {
    'domain.shutdown': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      const { live } = obj;
      await askGuest(context, obj, shutdown, input.mode, call);
      if (input.timeoutMs === undefined || !live) return ref(obj);
      const { timeoutMs, onTimeout = 'leave' } = input;
      return { ...ref(obj), forced: await awaitShutdown(context, obj, live, { timeoutMs, onTimeout }, call) };
    },
    'domain.reboot': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      await askGuest(context, obj, { procedure: 'domain.reboot', label: 'Reboot' }, input.mode, call);
      return ref(obj);
    },
    'domain.rename': plain<'domain.rename'>(
      context,
      { procedure: 'domain.rename', label: 'Rename' },
      (obj, { newName }) => renameDomain(context, obj, newName),
    ),
    'domain.setDescription': plain<'domain.setDescription'>(
      context,
      { procedure: 'domain.setDescription', label: 'Describe' },
      (obj, input, command) => setDescription(context, obj, input, command),
    ),
    'domain.metadata': async ({ domain, uri, config }) => ({
      xml: readMetadata(context.list.lookup(domain), uri, config ?? false),
    }),
    'domain.setMetadata': plain<'domain.setMetadata'>(
      context,
      { procedure: 'domain.setMetadata', label: 'Set metadata of' },
      (obj, input, command) => setMetadata(context, obj, input, command),
    ),
    'domain.setLifecycleAction': plain<'domain.setLifecycleAction'>(
      context,
      { procedure: 'domain.setLifecycleAction', label: 'Set lifecycle action of' },
      (obj, input, command) => setLifecycleAction(context, obj, input, command),
    ),
    'domain.injectNmi': plain(
      context,
      { procedure: 'domain.injectNmi', label: 'Inject NMI into' },
      async (obj, _, { signal }) => {
        await requireLive(obj).monitor.execute('inject-nmi', undefined, { signal });
      },
    ),
    'domain.pmSuspend': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      requireLive(obj);
      const spec: OnDomain = { procedure: 'domain.pmSuspend', label: 'Put to sleep', lane: agentLane(obj) };
      await onDomain(context, obj, spec, call, ({ signal }) => agentSuspend(context, obj, input.target, signal));
      return ref(obj);
    },
    'domain.pmWakeup': plain(
      context,
      { procedure: 'domain.pmWakeup', label: 'Wake up' },
      async (obj, _, { signal }) => {
        const { monitor } = requireLive(obj);
        if (obj.state !== 'pmsuspended') throw virError('OPERATION_INVALID', `domain '${obj.name}' is not asleep`);
        await monitor.execute('system_wakeup', undefined, { signal });
      },
    ),
    'domain.monitorCommand': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      const spec: OnDomain = { procedure: 'domain.monitorCommand', label: 'Send a monitor command to', kind: 'query' };
      const reply = await onDomain(context, obj, spec, call, (command) =>
        runMonitorCommand(context, obj, input, command),
      );
      return { reply };
    },
  };
}
