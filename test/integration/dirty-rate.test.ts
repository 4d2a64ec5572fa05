// How fast a guest writes its memory, and how its I/O threads poll, in a real QEMU.
import { describe, expect, it } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';

eachWithEngine();

const domain = 'web';
const started = async (): Promise<void> => {
  await client.call('domain.define', { xml: tinyDomain({ name: domain, more: '<iothreads>2</iothreads>' }) });
  await client.call('domain.start', { domain, paused: true });
};
const rate = async () => (await client.call('domain.stats', { domains: [domain], groups: ['dirtyrate'] })).domains[0];
const refusal = async (...args: readonly string[]): Promise<string> => {
  const { code, stderr } = await sandbox.cli('domdirtyrate-calc', domain, ...args);
  return code === 0 ? '' : (stderr.trim().split('\n').at(-1) ?? '');
};

describe('domdirtyrate-calc', () => {
  it('measures behind its answer, and domstats tells', async () => {
    await started();
    expect(await sandbox.said('domstats', domain, '--dirtyrate')).toBe(
      `Domain: '${domain}'\n  dirtyrate.calc_status=0\n  dirtyrate.calc_start_time=0\n  dirtyrate.calc_period=0\n  dirtyrate.calc_mode=page-sampling`,
    );
    expect(await sandbox.said('domdirtyrate-calc', domain)).toBe(
      "Start to calculate domain's memory dirty rate successfully.",
    );
    expect(await refusal('--seconds', '2')).toContain('already being measured');
    await expect.poll(async () => (await rate())?.dirtyRate?.status, { timeout: 20_000 }).toBe('measured');
    // It is paused, and writes nothing.
    expect((await rate())?.dirtyRate).toMatchObject({ periodSeconds: 1, mode: 'page-sampling', megabytesPerSecond: 0 });
    expect(await sandbox.said('domstats', domain, '--dirtyrate')).toMatch(/\n {2}dirtyrate\.megabytes_per_second=0$/);
  });

  it('refuses what would end the guest or makes no sense', async () => {
    await started();
    expect(await refusal('--seconds', '0')).toBe('error: seconds=0 is invalid, please choose value within [1, 60].');
    expect(await refusal('--mode', 'bogus')).toBe("error: Unknown calculation mode 'bogus'");
    expect(await refusal('--mode', 'dirty-ring')).toContain('requires dirty-ring feature enabled');
    expect(await refusal('--mode', 'dirty-bitmap')).toContain('requires KVM');
    expect((await rate())?.state).toBe('paused');
    await client.call('domain.destroy', { domain });
    expect(await refusal()).toContain('is not running');
    expect(await sandbox.said('domstats', domain, '--dirtyrate')).toBe(`Domain: '${domain}'`);
  });
});

describe('domstats --iothread', () => {
  it('tells how each one polls', async () => {
    await started();
    await sandbox.said('iothreadset', domain, '2', '--poll-max-ns', '9');
    expect(await sandbox.said('domstats', domain, '--iothread')).toBe(
      [
        `Domain: '${domain}'`,
        '  iothread.count=2',
        '  iothread.1.poll-max-ns=32768',
        '  iothread.1.poll-grow=0',
        '  iothread.1.poll-shrink=0',
        '  iothread.2.poll-max-ns=9',
        '  iothread.2.poll-grow=0',
        '  iothread.2.poll-shrink=0',
      ].join('\n'),
    );
  });
});
