// The renderer's connection and slices against the demo engine, over the same contract as in every shell.
import { describe, expect, it } from 'vitest';
import { toDisposable } from '../../../src/common/base/dispose.ts';
import { createMemoryTransportPair } from '../../../src/common/contract/memory-transport.ts';
import { serveContract } from '../../../src/common/contract/server.ts';
import type { Transport } from '../../../src/common/contract/transport.ts';
import { type Connection, createConnection, reconnectDelayMs } from '../../../src/renderer/client.ts';
import { createActions } from '../../../src/renderer/store/actions.ts';
import { blockJobKey } from '../../../src/renderer/store/block-jobs.ts';
import { createStores, type Stores } from '../../../src/renderer/store/stores.ts';
import { startSync } from '../../../src/renderer/store/sync.ts';
import { forgetAsked } from '../../../src/renderer/store/ui.ts';
import { watchMachine } from '../../../src/renderer/store/watch.ts';
import { createBlockJobWatch } from '../../../src/renderer/store/watch-block-job.ts';
import { createDemoEngine, type DemoEngine, type DemoOptions } from '../../helpers/demo-engine.ts';
import { demoUuid } from '../../helpers/demo-machines.ts';

interface Window {
  readonly engine: DemoEngine;
  readonly connection: Connection;
  readonly stores: Stores;
  readonly timers: (() => void)[];
  /** Steps of what takes long in the engine. */
  readonly steps: (() => void)[];
  setVisible(isVisible: boolean): void;
  cut(): void;
}

const memoryStorage = (): Pick<Storage, 'getItem' | 'setItem'> => {
  const items = new Map<string, string>();
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => void items.set(key, value) };
};

/** Lets every message and promise under way come through. */
const settle = async (): Promise<void> => {
  for (let round = 0; round < 20; round += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function openWindow(options: DemoOptions = {}): Promise<Window> {
  const timers: (() => void)[] = [];
  const steps: (() => void)[] = [];
  const later = (list: (() => void)[]) => (run: () => void) => {
    list.push(run);
    return toDisposable(() => void list.splice(list.indexOf(run), 1));
  };
  const engine = createDemoEngine({ ...options, setTimer: later(steps) });
  const listeners = new Set<() => void>();
  let server: Transport | undefined;
  let isVisible = true;
  const connection = createConnection({
    openTransport: async () => {
      const [near, far] = createMemoryTransportPair();
      serveContract(far, engine);
      server = far;
      return near;
    },
    consoleAddress: async () => ({ url: 'ws://127.0.0.1/console', protocols: ['binary'] }),
    setTimer: (run) => {
      timers.push(run);
      return toDisposable(() => undefined);
    },
  });
  const stores = createStores(memoryStorage());
  startSync({
    connection,
    stores,
    visibility: {
      isVisible: () => isVisible,
      onChange: (listener) => {
        listeners.add(listener);
        return toDisposable(() => listeners.delete(listener));
      },
    },
  });
  await settle();
  return {
    engine,
    connection,
    stores,
    timers,
    steps,
    setVisible: (next) => {
      isVisible = next;
      for (const listener of listeners) listener();
    },
    cut: () => server?.close(),
  };
}

const web = demoUuid(1);

describe('a window', () => {
  it('shows what the engine has, and its broken files', async () => {
    const { stores, connection } = await openWindow();
    const machines = stores.machines.getState();
    expect(machines.status).toBe('live');
    expect(machines.domains.size).toBe(14);
    expect(machines.broken.map((file) => file.name)).toEqual(['mail.xml']);
    expect(stores.host.getState().host?.hostName).toBe('ada');
    expect(stores.commands.getState().commands.size).toBe(5);
    connection.dispose();
  });

  it('learns of a change by its event, not by the reply to the command', async () => {
    const { stores, connection } = await openWindow();
    await createActions(connection, stores).run('suspend', web);
    await settle();
    expect(stores.machines.getState().domains.get(web)?.state).toBe('paused');
    connection.dispose();
  });

  it('takes a new snapshot where an event was lost', async () => {
    const { engine, stores, connection } = await openWindow();
    engine.loseEvent();
    engine.update(web, { title: 'After the gap' });
    await settle();
    expect(stores.machines.getState().status).toBe('live');
    expect(stores.machines.getState().domains.get(web)?.title).toBe('After the gap');
    connection.dispose();
  });

  it('tells a failure once, with what QEMU said', async () => {
    const { stores, connection } = await openWindow();
    await createActions(connection, stores).run('start', demoUuid(6));
    await settle();
    const { notices } = stores.notices.getState();
    expect(notices.map((notice) => notice.title)).toEqual(['Start kvm-test failed']);
    expect(notices[0]?.detail).toContain('failed to initialize kvm');
    connection.dispose();
  });

  it('hears figures only while it is seen', async () => {
    const { engine, stores, connection, setVisible } = await openWindow();
    const length = (): number => stores.stats.getState().series.get(web)?.at.length ?? 0;
    engine.sampleStats();
    await settle();
    setVisible(false);
    await settle();
    engine.sampleStats();
    await settle();
    expect(length()).toBe(1);
    setVisible(true);
    await settle();
    engine.sampleStats();
    await settle();
    expect(length()).toBe(2);
    connection.dispose();
  });

  it('keeps its list when the engine goes away, refuses changes, and comes back by itself', async () => {
    const { engine, stores, connection, timers, cut } = await openWindow();
    cut();
    await settle();
    expect(connection.state.getState().kind).toBe('lost');
    expect(stores.machines.getState().domains.size).toBe(14);
    await expect(connection.call('domain.start', { domain: web })).rejects.toMatchObject({ code: 'NO_CONNECT' });
    engine.update(web, { title: 'While away' });
    timers.shift()?.();
    await settle();
    expect(connection.state.getState().kind).toBe('connected');
    expect(stores.machines.getState().domains.get(web)?.title).toBe('While away');
    engine.update(web, { title: 'And after' });
    await settle();
    expect(stores.machines.getState().domains.get(web)?.title).toBe('And after');
    connection.dispose();
  });

  it('remembers that it asked a machine to shut down, and not one that refused', async () => {
    const { stores, connection } = await openWindow();
    const actions = createActions(connection, stores);
    await actions.run('shutdown', web);
    await actions.run('shutdown', 'no such machine');
    await settle();
    expect([...stores.ui.getState().askedToShutDown.keys()]).toEqual([web]);
    expect(forgetAsked(stores.ui.getState(), web).askedToShutDown.size).toBe(0);
    connection.dispose();
  });

  it('saves a machine with progress, shows it as saved, and restores it', async () => {
    const { stores, connection, steps } = await openWindow();
    const actions = createActions(connection, stores);
    const machine = () => stores.machines.getState().domains.get(web);
    const saving = actions.run('managedSave', web);
    await settle();
    expect(machine()).toMatchObject({ state: 'paused', reason: 'saving' });
    steps.shift()?.();
    await settle();
    const command = [...stores.commands.getState().commands.values()].at(-1);
    expect(command).toMatchObject({ state: 'running', canCancel: true, progress: { fraction: 1 / 16 } });
    while (steps.length > 0) steps.shift()?.();
    await saving;
    await settle();
    expect(machine()).toMatchObject({ state: 'shutoff', hasManagedSave: true });
    const restoring = actions.run('start', web);
    await settle();
    while (steps.length > 0) steps.shift()?.();
    await restoring;
    await settle();
    expect(machine()).toMatchObject({ state: 'running', reason: 'restored' });
    expect(machine()?.hasManagedSave).toBeUndefined();
    connection.dispose();
  });

  it('lets a machine go on whose save is cancelled, and says nothing of a failure', async () => {
    const { stores, connection } = await openWindow();
    const actions = createActions(connection, stores);
    const saving = actions.run('managedSave', web);
    await settle();
    const { id = 0 } = [...stores.commands.getState().commands.values()].at(-1) ?? {};
    await actions.cancelCommand(id);
    await saving;
    await settle();
    expect(stores.machines.getState().domains.get(web)).toMatchObject({ state: 'running', reason: 'save canceled' });
    expect(stores.commands.getState().commands.get(id)?.state).toBe('cancelled');
    expect(stores.notices.getState().notices).toEqual([]);
    connection.dispose();
  });

  it('changes a medium live and for good, and tells where a device is not out yet', async () => {
    const { engine, stores, connection } = await openWindow();
    const actions = createActions(connection, stores);
    await actions.changeMedia(web, 'sda', '/srv/other.iso');
    await actions.detachDevice(web, 'virtio-disk0', 'vda');
    await settle();
    const { devices } = await connection.call('domain.get', { domain: web });
    expect(devices.find((device) => device.kind === 'cdrom')?.summary).toBe('/srv/other.iso');
    expect(stores.notices.getState().notices.map((notice) => notice.title)).toEqual(['vda is not out yet']);
    expect(engine.domains.get(web)?.isActive).toBe(true);
    connection.dispose();
  });

  it('watches a machine while its graphs are shown: its history first, then again and again', async () => {
    const { stores, connection } = await openWindow();
    const rounds: (() => void)[] = [];
    let isVisible = true;
    const watch = watchMachine({
      connection,
      stores,
      uuid: web,
      isVisible: () => isVisible,
      every: (run) => {
        rounds.push(run);
        return toDisposable(() => void rounds.splice(rounds.indexOf(run), 1));
      },
    });
    await settle();
    const series = () => stores.stats.getState().series.get(web);
    expect(series()?.at).toHaveLength(240);
    expect(series()?.diskWriteBps.every((rate) => rate !== undefined)).toBe(true);
    const before = series();
    isVisible = false;
    rounds[0]?.();
    await settle();
    expect(series()).toBe(before);
    watch.dispose();
    expect(rounds).toEqual([]);
    connection.dispose();
  });

  it('forgets how far a job on a disk was when it ends: the next one on that disk begins with nothing', async () => {
    const { engine, stores, connection } = await openWindow({ hasBlockJobs: true });
    const uuid = demoUuid(2);
    const [job] = engine.domains.get(uuid)?.blockJobs ?? [];
    if (!job) throw new Error('the demo host has a job on this machine');
    const watch = createBlockJobWatch({ connection, stores, isVisible: () => true });
    const view = watch(uuid, 'vda');
    await settle();
    const samples = () => stores.blockJobs.getState().samples.get(blockJobKey(uuid, 'vda'));
    expect(samples()).toHaveLength(1);
    // the view is still there: another job may have begun before it is drawn
    await createActions(connection, stores).endBlockJob(uuid, job, false);
    await settle();
    expect(samples()).toBeUndefined();
    view.dispose();
    connection.dispose();
  });

  it('ends a job on a disk, and tells what became of it by its event', async () => {
    const { engine, stores, connection } = await openWindow({ hasBlockJobs: true });
    const [merge, other] = engine.domains.get(web)?.blockJobs ?? [];
    if (!merge || !other) throw new Error('the demo host has two jobs on this machine');
    const actions = createActions(connection, stores);
    await actions.endBlockJob(web, merge, true);
    await settle();
    expect(stores.machines.getState().domains.get(web)?.blockJobs).toEqual([other]);
    await actions.endBlockJob(web, other, false);
    await settle();
    expect(stores.machines.getState().domains.get(web)?.blockJobs).toBeUndefined();
    const titles = () => stores.notices.getState().notices.map(({ title }) => title);
    expect(titles()).toEqual(['vda of web-server is merged into the image below']);
    await actions.endBlockJob(web, other, false);
    await settle();
    // one notice, in this window's words: the engine's are 'End a block job of web-server'
    expect(titles().slice(1)).toEqual([`Cancel the merge of ${other.target} of web-server failed`]);
    connection.dispose();
  });

  it('creates the demo guest by what the engine recommends', async () => {
    const { engine, stores, connection } = await openWindow({ scenario: 'empty' });
    const uuid = await createActions(connection, stores).createDemo();
    await settle();
    expect(engine.domains.get(uuid ?? '')?.memoryKiB).toBe(128 * 1024);
    expect(stores.machines.getState().domains.get(uuid ?? '')?.state).toBe('running');
    connection.dispose();
  });

  it('takes in ten thousand machines', async () => {
    const { stores, connection } = await openWindow({ scenario: 'many' });
    expect(stores.machines.getState().domains.size).toBe(10_000);
    connection.dispose();
  });
});

describe('the time between attempts to connect', () => {
  it('grows from a quarter of a second to five seconds', () => {
    expect([0, 1, 2, 3, 4, 5, 20].map(reconnectDelayMs)).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  });
});
