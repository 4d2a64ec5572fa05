import { describe, expect, it } from 'vitest';
import type { DomainSummary } from '../../../../src/common/model/domain.ts';
import type { DomainEvent } from '../../../../src/common/model/event.ts';
import {
  initialMachines,
  type MachinesState,
  reduceDomainEvent,
  reduceDomainEvents,
  reduceReconnect,
  reduceSnapshot,
} from '../../../../src/renderer/store/machines.ts';
import { demoMachines, demoUuid } from '../../../helpers/demo-machines.ts';

const [web, farm] = demoMachines();
if (!web || !farm) throw new Error('the demo host has machines');

const event = (sequence: number, summary: DomainSummary | undefined, more: Partial<DomainEvent> = {}): DomainEvent => ({
  sequence,
  at: 0,
  kind: 'lifecycle',
  uuid: summary?.uuid ?? demoUuid(1),
  name: 'web-server',
  ...(summary ? { summary } : {}),
  ...more,
});
const live = (sequence: number, ...domains: DomainSummary[]): MachinesState =>
  reduceSnapshot(initialMachines, { sequence, domains, broken: [] });

describe('a list of machines that follows numbered events', () => {
  it('takes the state of a machine from the next event', () => {
    const next = reduceDomainEvent(live(4, web), event(5, { ...web, state: 'paused' }));
    expect(next.domains.get(web.uuid)?.state).toBe('paused');
    expect(next.sequence).toBe(5);
  });

  it('forgets a machine whose event has no summary', () => {
    expect(reduceDomainEvent(live(4, web), event(5, undefined)).domains.size).toBe(0);
  });

  it('passes over an event that the snapshot has already', () => {
    const state = live(4, web);
    expect(reduceDomainEvent(state, event(4, { ...web, state: 'crashed' }))).toBe(state);
  });

  it('asks for a new snapshot where a number is missing, and shows what it had', () => {
    const next = reduceDomainEvent(live(4, web), event(6, farm));
    expect(next.status).toBe('stale');
    expect([...next.domains.keys()]).toEqual([web.uuid]);
  });

  it('keeps the events of a gap and applies those that the new snapshot lacks', () => {
    const stale = reduceDomainEvents(live(4, web), [event(6, farm), event(7, { ...farm, state: 'paused' })]);
    const next = reduceSnapshot(stale, { sequence: 6, domains: [web, farm], broken: [] });
    expect(next.status).toBe('live');
    expect(next.domains.get(farm.uuid)?.state).toBe('paused');
  });

  it('holds events that come before the first snapshot', () => {
    const waiting = reduceDomainEvent(initialMachines, event(9, { ...web, state: 'paused' }));
    expect(waiting.status).toBe('loading');
    const next = reduceSnapshot(waiting, { sequence: 8, domains: [web], broken: [] });
    expect(next.domains.get(web.uuid)?.state).toBe('paused');
  });

  it('asks for a new snapshot when the broken files changed, for only a snapshot names them', () => {
    expect(reduceDomainEvent(live(4, web), event(5, undefined, { kind: 'broken' })).status).toBe('stale');
  });

  it('keeps the machines on the screen while it connects anew', () => {
    const next = reduceReconnect(live(4, web));
    expect(next.status).toBe('stale');
    expect(next.domains.size).toBe(1);
  });

  it('takes a lower number from an engine that began anew', () => {
    const next = reduceSnapshot(reduceReconnect(live(400, web)), { sequence: 2, domains: [farm], broken: [] });
    expect(next.sequence).toBe(2);
    expect([...next.domains.keys()]).toEqual([farm.uuid]);
  });

  it('takes in a burst of events with the last one winning', () => {
    const burst = ['paused', 'running', 'shutdown'] as const;
    const next = reduceDomainEvents(
      live(0, web),
      burst.map((state, index) => event(index + 1, { ...web, state })),
    );
    expect(next.domains.get(web.uuid)?.state).toBe('shutdown');
    expect(next.sequence).toBe(3);
  });
});
