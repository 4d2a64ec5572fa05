import { describe, expect, it } from 'vitest';
import { EventLog } from '../../../../../src/engine/driver/registry/event-log.ts';

const event = (name: string) => ({ kind: 'updated' as const, uuid: 'u', name });
const heardAfter = (log: EventLog, after: number): readonly string[] => {
  const heard: string[] = [];
  log.subscribeAfter(after, ({ name, sequence }) => heard.push(`${sequence} ${name}`));
  log.record(event('new'));
  return heard;
};

describe('the event log', () => {
  it('hands out what was missed, then what comes', () => {
    const log = new EventLog();
    for (const name of ['a', 'b', 'c']) log.record(event(name));
    expect(heardAfter(log, 1)).toEqual(['2 b', '3 c', '4 new']);
  });

  it('goes on where the engine before it stopped', () => {
    const before = new EventLog();
    for (const name of ['a', 'b']) before.record(event(name));
    const log = new EventLog({ history: before.history });
    log.record(event('c'));
    expect(heardAfter(log, 1)).toEqual(['2 b', '3 c', '4 new']);
  });

  it.each([
    ['of another engine, which died', 7],
    ['that are not kept any more', 99],
  ])('refuses numbers %s', (_, after) => {
    const log = new EventLog({ history: { sequence: 100, recent: [] } });
    log.record(event('a'));
    expect(() => heardAfter(log, after)).toThrow(expect.objectContaining({ code: 'OPERATION_INVALID' }));
  });

  it('keeps a bounded number', () => {
    const log = new EventLog();
    for (let index = 0; index < 5_000; index += 1) log.record(event('x'));
    expect(log.history.recent.length).toBeLessThanOrEqual(1_000);
    expect(log.history.recent.at(-1)?.sequence).toBe(5_000);
  });
});
