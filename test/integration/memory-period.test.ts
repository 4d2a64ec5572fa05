// How often a guest's balloon is asked by itself: as QEMU has it, as the definition says it.
import { describe, expect, it } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';

eachWithEngine();

const domain = 'web';
const define = (model: string): Promise<unknown> =>
  client.call('domain.define', { xml: tinyDomain({ name: domain, devices: `<memballoon model='${model}'/>` }) });
const period = async (inactive: boolean): Promise<string | undefined> =>
  /<stats period='(\d+)'/.exec(await client.xml(domain, inactive))?.[1];
async function inQemu(): Promise<unknown> {
  const args = { path: '/machine/peripheral/balloon0', property: 'guest-stats-polling-interval' };
  const command = JSON.stringify({ execute: 'qom-get', arguments: args });
  return (await client.call('domain.monitorCommand', { domain, command })).reply;
}
const refusal = async (...args: readonly string[]): Promise<string> => {
  const { code, stderr } = await sandbox.cli('dommemstat', domain, ...args);
  return code === 0 ? '' : (stderr.trim().split('\n').at(-1) ?? '');
};

describe('dommemstat --period', () => {
  it('sets how often the guest is asked, now, at the next start, or both', async () => {
    await define('virtio');
    expect([await sandbox.said('dommemstat', domain, '--period', '5'), await period(true)]).toEqual(['', '5']);
    await client.call('domain.start', { domain, paused: true });
    // Looked at, it is asked as often as the definition says.
    expect(await sandbox.said('dommemstat', domain)).toMatch(/^actual 32768$/m);
    expect(await inQemu()).toBe(5);
    await sandbox.said('dommemstat', domain, '--period', '7');
    expect([await inQemu(), await period(false), await period(true)]).toEqual([7, '7', '5']);
    await sandbox.said('dommemstat', domain, '--period', '0', '--live', '--config');
    expect([await inQemu(), await period(false), await period(true)]).toEqual([0, undefined, undefined]);
    expect((await client.call('domain.pendingChanges', { domain })).changes).toEqual([]);
  });

  it('refuses what is no time, and a machine without a balloon', async () => {
    await define('none');
    expect(await refusal('--period', '3')).toContain('No memory balloon device configured');
    expect(await refusal('--period=-1')).toBe("error: Invalid collection period value '-1'");
    expect(await refusal('--period', 'x')).toBe(
      "error: Numeric value 'x' for <period> option is malformed or out of range",
    );
    expect(await refusal('--period', '3', '--live')).toContain('is not running');
    expect(await refusal('--period', '3', '--live', '--current')).toContain('mutually exclusive');
  });
});
