// What the agent is told that has no answer, and the parts that compute: processors in use, the ARP table.
import { describe, expect, it } from 'vitest';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { arpInterfaces } from '../../../../../src/engine/driver/agent/addresses.ts';
import { handleAgentPort } from '../../../../../src/engine/driver/agent/agent-port.ts';
import { agentShutdown, agentSuspend } from '../../../../../src/engine/driver/agent/silent.ts';
import { agentSetVcpus, planVcpus } from '../../../../../src/engine/driver/agent/vcpus.ts';
import { runWithAgent } from '../../../../helpers/agent-domain.ts';
import { tinyDomain } from '../../../../helpers/domain-xml.ts';
import { Refusal, SILENCE } from '../../../../helpers/fake-agent.ts';

const { signal } = new AbortController();

describe('going', () => {
  it('is done when QEMU says so, or the agent or the domain ends', async () => {
    const { guest, context, obj, live, monitor } = await runWithAgent({ answer: () => SILENCE });
    const heard = (count: number) => guest.until(() => guest.asked.length === count);
    const off = agentShutdown(context, obj, 'powerdown', signal);
    await heard(1);
    monitor.events.fire({ event: 'SHUTDOWN', data: {} });
    await off;
    const rebooted = agentShutdown(context, obj, 'reboot', signal);
    await heard(2);
    handleAgentPort(context, obj, live, { data: { id: 'channel0', open: false } });
    await rebooted;
    handleAgentPort(context, obj, live, { data: { id: 'channel0', open: true } });
    const asleep = agentSuspend(context, obj, 'mem', signal);
    await heard(3);
    monitor.events.fire({ event: 'SUSPEND', data: {} });
    await asleep;
    const hibernated = agentSuspend(context, obj, 'disk', signal);
    await heard(4);
    monitor.close();
    await hibernated;
    expect(guest.asked.map(({ execute }) => execute)).toEqual([
      'guest-shutdown',
      'guest-shutdown',
      'guest-suspend-ram',
      'guest-suspend-disk',
    ]);
  });

  it('to a sleep that nobody could end is refused', async () => {
    const { guest, context, obj, monitor } = await runWithAgent();
    monitor.canWake = false;
    await expect(agentSuspend(context, obj, 'mem', signal)).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
    expect(guest.asked).toEqual([]);
  });

  it('that the guest refuses is told in its words', async () => {
    const { context, obj } = await runWithAgent({
      answer: () => {
        throw new Refusal('GenericError', 'child process has failed to shutdown');
      },
    });
    await expect(agentShutdown(context, obj, 'halt', signal)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
      message: expect.stringContaining('child process has failed'),
    });
  });
});

describe('processors in use', () => {
  const vcpu = (id: number, online: boolean, canOffline = id > 0) => ({
    'logical-id': id,
    online,
    'can-offline': canOffline,
  });
  const four = [vcpu(2, true), vcpu(0, true), vcpu(3, false), vcpu(1, true)];

  it.each([
    [4, [{ 'logical-id': 3, online: true }]],
    [3, []],
    [2, [{ 'logical-id': 2, online: false }]],
    [
      1,
      [
        { 'logical-id': 2, online: false },
        { 'logical-id': 1, online: false },
      ],
    ],
  ])('%i of four: the lowest come first, the highest go first', (count, plan) => {
    expect(planVcpus(four, count)).toEqual(plan);
  });

  it('are never more than the guest has, nor fewer than it can spare', () => {
    expect(() => planVcpus(four, 5)).toThrow(expect.objectContaining({ code: 'INVALID_ARG' }));
    expect(() => planVcpus([vcpu(0, true), vcpu(1, true, false)], 1)).toThrow(
      expect.objectContaining({ code: 'OPERATION_INVALID' }),
    );
  });

  it('are asked for until all are done; an agent that does none is told on', async () => {
    const done = [1, 1];
    const { guest, obj } = await runWithAgent({
      answer: ({ execute }) => (execute === 'guest-get-vcpus' ? four : (done.shift() ?? 0)),
    });
    await agentSetVcpus(obj, 1, signal);
    expect(guest.asked.slice(1).map((request) => request.arguments?.vcpus)).toHaveLength(2);
    await expect(agentSetVcpus(obj, 1, signal)).rejects.toMatchObject({ code: 'AGENT_COMMAND_FAILED' });
  });
});

describe('the ARP table', () => {
  it('gives the addresses that the host has seen of the machine’s MACs', () => {
    const { def } = parseDomain(
      tinyDomain({
        name: 'web',
        devices:
          "<interface type='bridge'><mac address='52:54:00:AA:bb:01'/><source bridge='br0'/></interface><interface type='user'/>",
      }),
    );
    const table = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.20     0x1         0x2         52:54:00:aa:bb:01     *        br0
192.168.1.21     0x1         0x0         52:54:00:aa:bb:01     *        br0
192.168.1.22     0x1         0x2         52:54:00:aa:bb:02     *        br0
192.168.1.23     0x1         0x2         52:54:00:aa:bb:01     *        br0
`;
    expect(arpInterfaces(table, def)).toEqual([
      {
        name: 'br0',
        mac: '52:54:00:aa:bb:01',
        addresses: [
          { type: 'ipv4', address: '192.168.1.20', prefix: 0 },
          { type: 'ipv4', address: '192.168.1.23', prefix: 0 },
        ],
      },
    ]);
  });
});
