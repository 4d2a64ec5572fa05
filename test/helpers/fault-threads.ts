// Processors, I/O threads and pins, for the fault walk: wherever it dies, what is told, what is recorded, and what QEMU and the kernel have agree once the next engine has
// taken over.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinyDomain } from './domain-xml.ts';
import type { Operation, World } from './fault-walk.ts';
import { SERIAL, startAndDestroy, UUID } from './fault-web.ts';

const domain = 'web';
const start =
  (vcpu: string, more: string) =>
  async ({ client }: World): Promise<void> => {
    const xml = tinyDomain({ name: domain, uuid: UUID, memoryMiB: 16, devices: SERIAL, more });
    await client.call('domain.define', { xml: xml.replace('<vcpu>1</vcpu>', vcpu) });
    await client.call('domain.start', { domain, paused: true });
  };

async function ask<T>({ client }: World, execute: string, args: object = {}): Promise<T> {
  const command = JSON.stringify({ execute, arguments: args });
  return (await client.call('domain.monitorCommand', { domain, command })).reply as T;
}
const told = async ({ client }: World, inactive = false): Promise<string> =>
  (await client.call('domain.dumpxml', { domain, inactive })).xml;
const recorded = ({ paths }: World): string =>
  (JSON.parse(readFileSync(join(paths.statusDir, `${UUID}.json`), 'utf8')) as { xml: string }).xml;
const cpusOf = (tid: number): string =>
  /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(`/proc/${tid}/status`, 'utf8'))?.[1] ?? '';
const threadOf = async (world: World, vcpu: number): Promise<number | undefined> =>
  (await ask<{ 'cpu-index': number; 'thread-id': number }[]>(world, 'query-cpus-fast')).find(
    (cpu) => cpu['cpu-index'] === vcpu,
  )?.['thread-id'];

/** One thing that is changed: how a definition says it, and what is. */
interface Thing {
  inXml(xml: string): string;
  actual(world: World): Promise<string>;
  readonly before: string;
  readonly after: string;
}

/** Whether it happened, once all agree; the stored definition never says it alone. */
const agreed =
  ({ inXml, actual, before, after }: Thing) =>
  async (world: World): Promise<boolean> => {
    let found: readonly string[] = [];
    const agree = async (): Promise<boolean> => {
      // A status file may be written behind the answer.
      const all = async () => [inXml(await told(world)), inXml(recorded(world)), await actual(world)];
      found = await all().catch((error: unknown) => [String(error), 'it does not answer yet']);
      return found.every((one) => one === found[0]);
    };
    if ((await world.client.call('domain.lookup', { domain })).state !== 'paused') throw new Error("'web' has ended");
    await world.sandbox.until(agree, 'all to agree').catch(() => {
      throw new Error(`told, recorded and actual differ: ${found.join(' | ')}`);
    });
    const [now = ''] = found;
    if (now !== before && now !== after) throw new Error(`neither as before nor as wanted: ${now}`);
    if (now === before && inXml(await told(world, true)) === after) throw new Error('only the definition was changed');
    return now === after;
  };

const affect = { domain, live: true, config: true };
/** What was cut off can be done again. */
const again =
  (thing: Thing, run: Operation['run']) =>
  async (world: World, happened: boolean): Promise<void> => {
    if (!happened) await run(world);
    if (!(await agreed(thing)(world))) throw new Error('it could not be done again');
    await startAndDestroy(world);
  };
const operation = (
  name: string,
  scope: string,
  prepare: Operation['prepare'],
  thing: Thing,
  run: Operation['run'],
) => ({
  name,
  scope,
  prepare,
  run,
  happened: agreed(thing),
  after: again(thing, run),
  mayHappenUntold: true,
});

/** Numbers of those that are on; and where processor 1 runs, for which the emulator's place would be wrong. */
const PROCESSORS: Thing = {
  inXml: (xml) => {
    const on = [...xml.matchAll(/<vcpu id='(\d+)' enabled='yes'/g)].map(([, id]) => id).join();
    return `${on || '0'} ${on.includes('1') ? '0' : ''}`;
  },
  actual: async (world) => {
    const all = await ask<{ 'cpu-index': number }[]>(world, 'query-cpus-fast');
    const tid = await threadOf(world, 1);
    return `${all.map((cpu) => cpu['cpu-index']).join()} ${tid === undefined ? '' : cpusOf(tid)}`;
  },
  before: '0 ',
  after: '0,1 0',
};

const VALUES: Thing = {
  inXml: (xml) => {
    const thread = /<iothread id='1'[\s\S]*?(?:\/>|<\/iothread>)/.exec(xml)?.[0] ?? '';
    const value = (pattern: RegExp, otherwise: string): string => pattern.exec(thread)?.[1] ?? otherwise;
    return [
      value(/<poll max='(\d+)'/, '32768'),
      value(/thread_pool_min='(\d+)'/, '0'),
      value(/thread_pool_max='(\d+)'/, '64'),
    ].join();
  },
  actual: async (world) => {
    const values: number[] = [];
    for (const property of ['poll-max-ns', 'thread-pool-min', 'thread-pool-max'])
      values.push(await ask<number>(world, 'qom-get', { path: '/objects/iothread1', property }));
    return values.join();
  },
  before: '32768,0,64',
  after: '1000,2,8',
};

const threads = (before: string, after: string): Thing => ({
  inXml: (xml) => [...xml.matchAll(/<iothread id='(\d+)'/g)].map(([, id]) => id).join() || 'none',
  actual: async (world) => {
    const all = await ask<{ id: string }[]>(world, 'query-iothreads');
    return (
      all
        .map(({ id }) => id.replace('iothread', ''))
        .sort()
        .join() || 'none'
    );
  },
  before,
  after,
});
const ONE = "<iothreads>1</iothreads><iothreadids><iothread id='1'/></iothreadids>";

const PIN: Thing = {
  inXml: (xml) => /<vcpupin vcpu='0' cpuset='([\d,-]+)'/.exec(xml)?.[1] ?? 'any',
  actual: async (world) => {
    const here = cpusOf((await threadOf(world, 0)) ?? 0);
    return here === '0' ? here : 'any';
  },
  before: 'any',
  after: '0',
};

export const THREADS: readonly Operation[] = [
  operation(
    'a processor comes',
    'domain.setVcpu',
    start("<vcpu current='1'>2</vcpu>", "<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>"),
    PROCESSORS,
    ({ client }) => client.call('domain.setVcpu', { ...affect, vcpus: [1], enabled: true }),
  ),
  operation('values of an I/O thread', 'domain.setIothread', start('<vcpu>1</vcpu>', ONE), VALUES, ({ client }) =>
    client.call('domain.setIothread', { ...affect, id: 1, pollMaxNs: 1000, threadPoolMin: 2, threadPoolMax: 8 }),
  ),
  operation(
    'an I/O thread comes',
    'domain.addIothread',
    start('<vcpu>1</vcpu>', ONE),
    threads('1', '1,2'),
    ({ client }) => client.call('domain.addIothread', { ...affect, id: 2 }),
  ),
  operation(
    'an I/O thread goes',
    'domain.removeIothread',
    start('<vcpu>1</vcpu>', ONE),
    threads('1', 'none'),
    ({ client }) => client.call('domain.removeIothread', { ...affect, id: 1 }),
  ),
  operation('pin of a processor', 'domain.setPin', start('<vcpu>1</vcpu>', ''), PIN, ({ client }) =>
    client.call('domain.setPin', { ...affect, thread: 'vcpu', id: 0, cpus: [0] }),
  ),
];
