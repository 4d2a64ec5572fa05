// A running domain whose guest agent is scripted, and whose monitor answers what the agent's part of the driver asks.
import { Emitter } from '../../src/common/base/emitter.ts';
import { parseDomain } from '../../src/engine/conf/domain.ts';
import { resyncAgentPort } from '../../src/engine/driver/agent/agent-port.ts';
import { createAgentVerbs } from '../../src/engine/driver/agent/agent-verbs.ts';
import type { MonitorPort } from '../../src/engine/driver/host/host-port.ts';
import { DomainObj, type LiveDomain } from '../../src/engine/driver/registry/domain-obj.ts';
import type { MonitorEvent } from '../../src/engine/qemu/monitor-commands.ts';
import { tinyDomain } from './domain-xml.ts';
import { FakeAgent, type FakeAgentOptions } from './fake-agent.ts';
import { createFakeContext } from './fake-context.ts';
import { FakeHost } from './fake-host.ts';

const UUID = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';

/** A monitor that answers what the agent's part asks, and whose events and end the test decides. */
class ScriptedMonitor {
  readonly events = new Emitter<MonitorEvent>();
  readonly closes = new Emitter<string>();
  isClosed = false;
  readonly onEvent = this.events.event;
  readonly onClose = this.closes.event;
  isFrontendOpen = true;
  canWake = true;

  execute = (async (command: string): Promise<unknown> => {
    if (command === 'query-chardev') return [{ label: 'charchannel0', 'frontend-open': this.isFrontendOpen }];
    if (command === 'query-current-machine') return { 'wakeup-suspend-support': this.canWake };
    throw new Error(`this monitor does not know ${command}`);
  }) as unknown as MonitorPort['execute'];

  close(): void {
    this.isClosed = true;
    this.closes.fire('closed');
  }
}

/** The domain 'web', its run, its agent, and the verbs that ask it. */
export async function runWithAgent(options: FakeAgentOptions & { channel?: string } = {}) {
  const guest = await FakeAgent.start(options);
  const channel =
    options.channel ??
    `<channel type='unix'><source mode='bind' path='${guest.path}'/><target type='virtio' name='org.qemu.guest_agent.0'/><alias name='channel0'/></channel>`;
  const { def } = parseDomain(tinyDomain({ name: 'web', uuid: UUID, devices: channel }));
  const context = createFakeContext(new FakeHost({ step: async () => undefined }));
  const { entry: obj } = context.list.add(
    { uuid: UUID, name: 'web' },
    { checkLive: false },
    () => new DomainObj({ uuid: UUID, def, isPersistent: true }),
  );
  const monitor = new ScriptedMonitor();
  const stopped = Promise.withResolvers();
  const live = { def, monitor, phase: 'running', companions: [], stopped } as unknown as LiveDomain;
  obj.live = live;
  obj.state = 'running';
  await resyncAgentPort(context, obj, live);
  return { guest, context, obj, live, monitor, verbs: createAgentVerbs(context) };
}
