// Single processors of a machine: those that come and go while it runs, and those that its definition lists.
import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { changeEngines, client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';

eachWithEngine();

const domain = 'web';
const define = (vcpu: string): Promise<unknown> =>
  client.call('domain.define', { xml: tinyDomain({ name: domain }).replace('<vcpu>1</vcpu>', vcpu) });
/** The answer of setvcpu: '' where it did it, else what it says. */
const setvcpu = async (...args: readonly string[]): Promise<string> => {
  const { code, stderr } = await sandbox.cli('setvcpu', domain, ...args);
  return code === 0 ? '' : stderr.trim().split('\n').at(-1)?.replace('error: ', '') || 'it failed and said nothing';
};
/** '+' of the start, '*' there and able to go, '-' off; undefined where none are listed. */
async function listed(inactive: boolean): Promise<string | undefined> {
  const list = [
    ...(await client.xml(domain, inactive)).matchAll(/<vcpu id='(\d+)' enabled='(\w+)' hotpluggable='(\w+)'/g),
  ];
  if (list.length === 0) return undefined;
  return list.map(([, , enabled, isHot]) => (enabled === 'no' ? '-' : isHot === 'yes' ? '*' : '+')).join('');
}
async function socketsInQemu(): Promise<readonly number[]> {
  const command = JSON.stringify({ execute: 'query-cpus-fast' });
  const { reply } = await client.call('domain.monitorCommand', { domain, command });
  return (reply as { props: { 'socket-id': number } }[]).map(({ props }) => props['socket-id']).sort();
}

describe('single processors', () => {
  it('are listed in the definition, and a start makes exactly those', async () => {
    await define("<vcpu current='2'>4</vcpu>");
    expect([await setvcpu('3', '--enable'), await listed(true)]).toEqual(['', '++-*']);
    expect(await client.xml(domain, true)).toContain("<vcpu placement='static' current='3'>4</vcpu>");
    expect(await setvcpu('1', '--disable', '--config')).toBe('');
    expect(await setvcpu('0', '--disable')).toBe("vCPU '0' can't be modified");
    expect(await setvcpu('9', '--disable')).toBe('vcpu 9 is not present in persistent config');
    expect(await listed(true)).toBe('+--*');
    await client.call('domain.start', { domain, paused: true });
    expect(await socketsInQemu()).toEqual([0, 3]);
    expect((await client.call('domain.pendingChanges', { domain })).changes).toEqual([]);
  });

  it('come while the domain runs, one at a time, and outlive the engine', async () => {
    await define("<vcpu current='1'>4</vcpu>");
    await client.call('domain.start', { domain, paused: true });
    expect(await setvcpu('1-2', '--enable')).toBe('only one hotpluggable entity can be selected');
    expect([await setvcpu('2', '--enable'), await listed(false), await listed(true)]).toEqual(['', '+-*-', undefined]);
    expect(await socketsInQemu()).toEqual([0, 2]);
    expect((await client.call('domain.pendingChanges', { domain })).changes.map(({ field }) => field)).toEqual([
      'vcpu',
    ]);
    expect(await setvcpu('1', '--enable', '--live', '--config')).toBe('');
    expect([await listed(false), await listed(true)]).toEqual(['+**-', '+*--']);
    expect(await client.xml(domain)).toMatch(/id='1' enabled='yes' hotpluggable='yes' order='3'/);
    expect(await setvcpu('2', '--enable')).toBe("vcpu '2' is already in requested state");
    expect(await setvcpu('0', '--disable')).toBe("vcpu '0' can't be unplugged");
    expect(await setvcpu('4', '--enable')).toBe('vcpu 4 is not present in live config');
    await changeEngines();
    expect(await listed(false)).toBe('+**-');
    expect(await setvcpu('2', '--enable')).toBe("vcpu '2' is already in requested state");
  });

  it('of the definition are refused where the running domain could not follow, and neither is changed', async () => {
    await define("<vcpu current='2'>4</vcpu>");
    await client.call('domain.start', { domain, paused: true });
    expect(await setvcpu('0,3', '--enable', '--config')).toBe("vCPU '0' can't be modified");
    expect(await setvcpu('1', '--disable', '--live', '--config')).toBe("vcpu '1' can't be unplugged");
    expect(await setvcpu('2-3', '--enable', '--live', '--config')).toBe('only one hotpluggable entity can be selected');
    expect([await listed(false), await listed(true), await socketsInQemu()]).toEqual([undefined, undefined, [0, 1]]);
  });

  it.skipIf(cpus().length < 2)('of a set with a gap are pinned, measured and told by their numbers', async () => {
    const tune = "<cputune><vcpupin vcpu='1' cpuset='0'/><vcpupin vcpu='2' cpuset='1'/></cputune>";
    const xml = tinyDomain({ name: domain, more: tune });
    await client.call('domain.define', { xml: xml.replace('<vcpu>1</vcpu>', "<vcpu current='1'>3</vcpu>") });
    expect(await setvcpu('2', '--enable')).toBe('');
    await client.call('domain.start', { domain });
    const told = async (): Promise<readonly (readonly string[])[]> => {
      const [pins, info, stats] = [
        await sandbox.said('vcpupin', domain),
        await sandbox.said('vcpuinfo', domain, '--pretty'),
        await sandbox.said('domstats', domain, '--vcpu'),
      ];
      return [
        [...pins.matchAll(/^ (\d+) +([\d-]+)$/gm)].map(([, id, list]) => `${id}: ${list}`).slice(1),
        [...info.matchAll(/^VCPU: +(\d+)\nCPU: +\d+\n[\s\S]*?Affinity: +(\S+) /gm)]
          .map(([, id, list]) => `${id}: ${list}`)
          .slice(1),
        [...stats.matchAll(/vcpu\.(\d+)\.time/g)].map(([, id]) => id ?? ''),
      ];
    };
    expect(await told()).toEqual([['2: 1'], ['2: 1'], ['0', '2']]);
    expect(await setvcpu('1', '--enable')).toBe('');
    // QEMU lists it behind 2, which was there before it.
    expect(await told()).toEqual([
      ['1: 0', '2: 1'],
      ['1: 0', '2: 1'],
      ['0', '1', '2'],
    ]);
    await changeEngines();
    expect((await told())[2]).toEqual(['0', '1', '2']);
  });

  it('do not come where their pin names CPUs that are not there, and neither half is changed', async () => {
    const tune = "<cputune><vcpupin vcpu='1' cpuset='4000'/></cputune>";
    const xml = tinyDomain({ name: domain, more: tune });
    await client.call('domain.define', { xml: xml.replace('<vcpu>1</vcpu>', "<vcpu current='1'>3</vcpu>") });
    await client.call('domain.start', { domain, paused: true });
    for (const once of ['first', 'again'])
      expect([once, await setvcpu('1', '--enable', '--live', '--config')]).toEqual([
        once,
        expect.stringContaining('this host has none of the CPUs 4000'),
      ]);
    expect([await listed(false), await listed(true), await socketsInQemu()]).toEqual([undefined, undefined, [0]]);
    expect(await setvcpu('2', '--enable', '--live', '--config')).toBe('');
    expect([await listed(false), await listed(true)]).toEqual(['+-*', '+-*']);
  });

  // As libvirt 9.0 does.
  it('are as many as are listed, whatever else is said; and an order that no start can follow stops it', async () => {
    const first = "<vcpu id='0' enabled='yes' order='1'/>";
    const list = (order: number): string => `<vcpus>${first}<vcpu id='1' enabled='yes' order='${order}'/></vcpus>`;
    await define(`<vcpu current='3'>4</vcpu>${list(5)}`);
    const counted = "<vcpu placement='static' current='2'>4</vcpu>";
    expect([await client.xml(domain, true), await listed(true)]).toEqual([expect.stringContaining(counted), '++--']);
    expect((await sandbox.cli('start', domain)).stderr).toContain("vcpu order '5' exceeds vcpu count");
    await client.call('domain.undefine', { domain });
    await define(`<vcpu current='3'>4</vcpu>${list(4)}`);
    await client.call('domain.start', { domain, paused: true });
    expect(await client.xml(domain)).toMatch(/id='1' enabled='yes' hotpluggable='no' order='2'/);
    expect(await sandbox.said('vcpucount', domain, '--active', '--live')).toBe('2');
    expect([await listed(false), await socketsInQemu()]).toEqual(['++--', [0, 1]]);
    expect((await client.call('domain.pendingChanges', { domain })).changes).toEqual([]);
  });

  it('are named by a list and one of two words', async () => {
    await define("<vcpu current='1'>2</vcpu>");
    expect(await setvcpu('1')).toBe('one of --enable, --disable is required');
    expect(await setvcpu('1', '--enable', '--disable')).toBe('Options --enable and --disable are mutually exclusive');
    expect(await setvcpu('x', '--enable')).toBe("Failed to parse bitmap 'x'");
    expect(await setvcpu('99999', '--enable')).toBe("Failed to parse bitmap '99999'");
    expect(await setvcpu('^1', '--enable')).toBe('no vcpus selected for modification');
    expect(await setvcpu('1', '--enable', '--live')).toContain('is not running');
  });

  it('never go while QEMU works in software, which it would not long outlive', async () => {
    await define("<vcpu current='1'>3</vcpu>");
    await client.call('domain.start', { domain, paused: true });
    await setvcpu('2', '--enable');
    expect(await setvcpu('2', '--disable', '--live', '--config')).toContain('runs in software');
    expect(await client.code('domain.setVcpus', { domain, count: 1, live: true })).toBe('CONFIG_UNSUPPORTED');
    expect([await listed(false), await listed(true), await socketsInQemu()]).toEqual(['+-*', undefined, [0, 2]]);
    await client.call('domain.managedSave', { domain });
    await client.call('domain.start', { domain });
    expect([await listed(false), await socketsInQemu()]).toEqual(['+-*', [0, 2]]);
    expect([await setvcpu('1', '--enable'), await listed(false)]).toEqual(['', '+**']);
  });
});
