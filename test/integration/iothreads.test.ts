// What an I/O thread is told while it runs, asked of QEMU itself; and what the definition says of it.
import { beforeEach, describe, expect, it } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';

eachWithEngine();
beforeEach(async () => {
  await client.call('domain.define', { xml: tinyDomain({ name: domain, more: '<iothreads>2</iothreads>' }) });
});

const domain = 'web';
/** The answer of iothreadset: '' where it did it, else what it says. */
const set = async (...args: readonly string[]): Promise<string> => {
  const { code, stderr } = await sandbox.cli('iothreadset', domain, ...args);
  return code === 0 ? '' : stderr.trim().split('\n').at(-1)?.replace('error: ', '') || 'it failed and said nothing';
};
async function inQemu(id: number): Promise<readonly unknown[]> {
  const ask = async (property: string): Promise<unknown> => {
    const command = JSON.stringify({ execute: 'qom-get', arguments: { path: `/objects/iothread${id}`, property } });
    return (await client.call('domain.monitorCommand', { domain, command })).reply;
  };
  const names = ['poll-max-ns', 'poll-grow', 'poll-shrink', 'thread-pool-min', 'thread-pool-max'];
  const values: unknown[] = [];
  for (const name of names) values.push(await ask(name));
  return values;
}
const listed = async (inactive: boolean): Promise<string | undefined> =>
  /<iothreadids>.*<\/iothreadids>/s.exec(await client.xml(domain, inactive))?.[0].replace(/\s*\n\s*/g, '');

describe('iothreadset', () => {
  it('changes the thread that runs, its definition, or both', async () => {
    await client.call('domain.start', { domain, paused: true });
    expect(await inQemu(2)).toEqual([32_768, 0, 0, 0, 64]);
    expect(await set('2', '--poll-max-ns', '1000', '--poll-grow', '2', '--poll-shrink', '3')).toBe('');
    expect([await inQemu(2), await inQemu(1)]).toEqual([
      [1000, 2, 3, 0, 64],
      [32_768, 0, 0, 0, 64],
    ]);
    expect(await listed(true)).toBeUndefined();
    expect((await client.call('domain.pendingChanges', { domain })).changes.map(({ field }) => field)).toEqual([
      'iothreadids',
    ]);
    // Fewest is never above most on the way, neither up nor down.
    expect(await set('2', '--thread-pool-min', '70', '--thread-pool-max', '80')).toBe('');
    expect(await set('2', '--thread-pool-min=2', '--thread-pool-max=8', '--live', '--config')).toBe('');
    expect(await inQemu(2)).toEqual([1000, 2, 3, 2, 8]);
    expect(await listed(true)).toBe(
      "<iothreadids><iothread id='1'/><iothread id='2' thread_pool_min='2' thread_pool_max='8'/></iothreadids>",
    );
    expect(await set('2', '--thread-pool-max', '1')).toBe(
      "thread_pool_min (2) can't be greater than thread_pool_max (1)",
    );
    expect(await set('2', '--thread-pool-max=-1')).toBe(
      'thread_pool_max (-1) must be equal to or greater than 0 for live change',
    );
    expect(await set('7', '--poll-max-ns', '1')).toBe("cannot find IOThread '7' in iothreadids");
    expect(await inQemu(2)).toEqual([1000, 2, 3, 2, 8]);
  });

  it('is what the next start begins with', async () => {
    expect(await set('1', '--poll-max-ns', '0', '--thread-pool-max', '4')).toBe('');
    await client.call('domain.start', { domain, paused: true });
    expect(await inQemu(1)).toEqual([0, 0, 0, 0, 4]);
    expect((await client.call('domain.pendingChanges', { domain })).changes).toEqual([]);
    expect(await set('1', '--thread-pool-max=-1', '--config')).toBe('');
    expect(await listed(true)).toContain("<iothread id='1'><poll max='0'/></iothread>");
  });

  it('refuses what makes no sense before anything is done', async () => {
    expect(await set('1')).toBe('Not enough arguments passed, nothing to set');
    expect(await set('0', '--poll-grow', '1')).toBe("Invalid IOThread id value: '0'");
    expect(await set('1', '--poll-grow=-1')).toBe(
      "Numeric value '-1' for <poll-grow> option is malformed or out of range",
    );
    expect(await set('1', '--thread-pool-max', 'x')).toBe(
      "Numeric value 'x' for <thread-pool-max> option is malformed or out of range",
    );
    expect(await set('1', '--thread-pool-max', '0')).toBe('thread_pool_max (0) must be a positive number or -1');
    expect(await set('1', '--poll-max-ns', '99999999999999')).toBe(
      'poll-max-ns (99999999999999) must be less than or equal to 2147483647',
    );
    expect(await set('1', '--poll-max-ns', '1', '--live')).toContain('is not running');
    expect(await listed(true)).toBeUndefined();
  });
});
