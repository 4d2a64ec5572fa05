// The operations that the fault walk walks.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BLOCK_JOBS } from './fault-block-jobs.ts';
import { COMPANIONS } from './fault-companions.ts';
import { DUMP } from './fault-dump.ts';
import { THREADS } from './fault-threads.ts';
import type { Operation, World } from './fault-walk.ts';
import {
  define,
  isRunning,
  look,
  mustLook,
  SERIAL,
  saveWeb,
  startAndDestroy,
  startWeb,
  UUID,
  webXml,
} from './fault-web.ts';

const file = ({ sandbox }: World): string => sandbox.path('web.sav');
const disk = ({ sandbox }: World): string => sandbox.path('web.img');
const storedXml = async ({ client }: World): Promise<string> =>
  (await client.call('domain.dumpxml', { domain: 'web', inactive: true })).xml;
const storedMemory = async ({ client }: World): Promise<string | undefined> =>
  /<memory[^>]*>(\d+)</.exec((await client.call('domain.dumpxml', { domain: 'web', inactive: true })).xml)?.[1];

export const OPERATIONS: readonly Operation[] = [
  ...BLOCK_JOBS,
  DUMP,
  {
    name: 'start',
    scope: 'domain.start',
    prepare: define,
    run: ({ client }) => client.call('domain.start', { domain: 'web' }),
    happened: isRunning,
    after: startAndDestroy,
  },
  {
    name: 'create (transient)',
    scope: 'domain.create',
    prepare: async () => undefined,
    run: ({ client }) => client.call('domain.create', { xml: webXml() }),
    happened: async (world) => {
      const found = await look(world);
      if (found && found.state !== 'running') throw new Error(`a transient domain is ${found.state}`);
      return found !== undefined;
    },
    after: async (world, happened) => {
      if (happened) await world.client.call('domain.destroy', { domain: 'web' });
      if (await look(world)) throw new Error('a transient domain stayed');
      await world.client.call('domain.create', { xml: webXml() });
      await world.client.call('domain.destroy', { domain: 'web' });
    },
  },
  {
    name: 'create by five clients at once',
    scope: 'domain.create',
    prepare: async () => undefined,
    run: async ({ client }) => {
      const creates = Array.from({ length: 5 }, () => client.call('domain.create', { xml: webXml() }));
      const results = await Promise.allSettled(creates);
      const failures = results.filter((result) => result.status === 'rejected');
      if (failures.length === results.length) throw failures[0]?.reason;
    },
    happened: async (world) => (await look(world)) !== undefined,
    after: async (world, happened) => {
      if (happened) await world.client.call('domain.destroy', { domain: 'web' });
      if (world.sandbox.guests.length > 0) throw new Error('a QEMU outlived its domain');
    },
    mayHappenUntold: true,
  },
  {
    name: 'destroy',
    scope: 'domain.destroy',
    prepare: startWeb,
    run: ({ client }) => client.call('domain.destroy', { domain: 'web' }),
    happened: async (world) => !(await mustLook(world)).isActive,
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'managed save',
    scope: 'domain.managedSave',
    prepare: startWeb,
    run: ({ client }) => client.call('domain.managedSave', { domain: 'web' }),
    happened: async (world) => {
      const { state, hasManagedSave } = await mustLook(world);
      if (hasManagedSave ? state !== 'shutoff' : state !== 'running')
        throw new Error(`'web' is ${state}, and ${hasManagedSave ? '' : 'not '}saved`);
      return hasManagedSave ?? false;
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'save to a file',
    scope: 'domain.save',
    prepare: startWeb,
    run: (world) => world.client.call('domain.save', { domain: 'web', path: file(world) }),
    happened: async (world) => {
      const { state } = await mustLook(world);
      const isSaved = existsSync(file(world));
      if (isSaved ? state !== 'shutoff' : state !== 'running')
        throw new Error(`'web' is ${state}, and ${isSaved ? '' : 'not '}saved`);
      return isSaved;
    },
    after: async (world, happened) => {
      if (happened) await world.client.call('domain.restore', { path: file(world) });
      await startAndDestroy(world);
    },
    mayHappenUntold: true,
  },
  {
    name: 'start from a managed save',
    scope: 'domain.start',
    prepare: saveWeb,
    run: ({ client }) => client.call('domain.start', { domain: 'web' }),
    happened: async (world) => {
      const { state, hasManagedSave } = await mustLook(world);
      if ((state === 'shutoff') !== (hasManagedSave ?? false))
        throw new Error(`'web' is ${state}, and ${hasManagedSave ? 'still' : 'no longer'} saved`);
      return !hasManagedSave;
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'restore a file',
    scope: 'domain.restore',
    prepare: async (world) => {
      await startWeb(world);
      await world.client.call('domain.save', { domain: 'web', path: file(world) });
    },
    run: (world) => world.client.call('domain.restore', { path: file(world) }),
    happened: async (world) => {
      await world.client.call('domain.savedXml', { path: file(world) });
      return isRunning(world);
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'define',
    scope: 'domain.define',
    prepare: async () => undefined,
    run: define,
    happened: async (world) => (await look(world)) !== undefined,
    after: startAndDestroy,
  },
  {
    name: 'define again',
    scope: 'domain.define',
    prepare: define,
    run: ({ client }) => client.call('domain.define', { xml: webXml(24) }),
    happened: async (world) => {
      const kib = await storedMemory(world);
      if (kib !== '16384' && kib !== '24576') throw new Error(`the definition has ${kib} KiB`);
      return kib === '24576';
    },
    after: startAndDestroy,
  },
  {
    name: 'define while it runs',
    scope: 'domain.define',
    prepare: startWeb,
    run: ({ client }) => client.call('domain.define', { xml: webXml(24) }),
    happened: async (world) => {
      if (!(await isRunning(world))) throw new Error("'web' has ended");
      const isNew = (await storedMemory(world)) === '24576';
      const { hasNewDefinition } = await mustLook(world);
      if (isNew !== hasNewDefinition)
        throw new Error(`the new definition is ${isNew ? '' : 'not '}stored, but told otherwise`);
      return isNew;
    },
    after: startAndDestroy,
  },
  {
    name: 'undefine',
    scope: 'domain.undefine',
    prepare: define,
    run: ({ client }) => client.call('domain.undefine', { domain: 'web' }),
    happened: async (world) => (await look(world)) === undefined,
    after: startAndDestroy,
  },
  {
    name: 'delete with its disk and managed save',
    scope: 'domain.undefine',
    prepare: async (world) => {
      await writeFile(disk(world), Buffer.alloc(1024 * 1024));
      const source = `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${disk(world)}'/><target dev='vda' bus='virtio'/></disk>`;
      await world.client.call('domain.define', { xml: webXml(16, SERIAL + source) });
      await world.client.call('domain.start', { domain: 'web' });
      await world.client.call('domain.managedSave', { domain: 'web' });
    },
    run: (world) =>
      world.client.call('domain.undefine', { domain: 'web', managedSave: true, removeDisks: [disk(world)] }),
    happened: async (world) => {
      const isGone = (await look(world)) === undefined;
      if (!isGone && !existsSync(disk(world))) throw new Error('the disk is gone, the domain is not');
      return isGone;
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'rename',
    scope: 'domain.rename',
    prepare: async (world) => {
      await define(world);
      for (const once of [false, true])
        await world.client.call('domain.setAutostart', { domain: 'web', autostart: true, once });
    },
    run: ({ client }) => client.call('domain.rename', { domain: 'web', newName: 'shop' }),
    happened: async (world) => {
      const [web, shop] = [await look(world), await look(world, 'shop')];
      if ((web === undefined) === (shop === undefined)) throw new Error('there are both or none');
      const found = web ?? shop;
      if (!found?.isAutostart || !found.isAutostartOnce) throw new Error('a mark for autostart is lost');
      return shop !== undefined;
    },
    after: async (world, happened) => {
      if (happened) await world.client.call('domain.rename', { domain: 'shop', newName: 'web' });
      await startAndDestroy(world);
    },
  },
  ...COMPANIONS,
  ...THREADS,
  {
    name: 'attach a disk',
    scope: 'domain.attachDevice',
    prepare: async (world) => {
      await writeFile(disk(world), Buffer.alloc(1024 * 1024));
      await world.client.call('domain.define', {
        xml: webXml(16, SERIAL + "<controller type='pci' model='pcie-root-port'/>".repeat(4)),
      });
      await world.client.call('domain.start', { domain: 'web' });
    },
    run: (world) =>
      world.client.call('domain.attachDevice', {
        domain: 'web',
        live: true,
        config: true,
        xml: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${disk(world)}'/><target dev='vda' bus='virtio'/></disk>`,
      }),
    happened: async (world) => {
      if (!(await isRunning(world))) throw new Error("'web' has ended");
      const { xml } = await world.client.call('domain.dumpxml', { domain: 'web', inactive: true });
      return xml.includes(disk(world));
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'detach a disk',
    scope: 'domain.detachDevice',
    prepare: async (world) => {
      await writeFile(disk(world), Buffer.alloc(1024 * 1024));
      const devices = `${SERIAL}<controller type='scsi' model='virtio-scsi'/><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${disk(world)}'/><target dev='sda' bus='scsi'/></disk>`;
      await world.client.call('domain.define', { xml: webXml(16, devices) });
      await world.client.call('domain.start', { domain: 'web' });
    },
    run: (world) =>
      world.client.call('domain.detachDevice', {
        domain: 'web',
        live: true,
        config: true,
        xml: "<disk><target dev='sda'/></disk>",
      }),
    happened: async (world) => {
      if (!(await isRunning(world))) throw new Error("'web' has ended");
      return !(await storedXml(world)).includes(disk(world));
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'change a disc',
    scope: 'domain.changeMedia',
    prepare: async (world) => {
      for (const name of ['old.iso', 'new.iso']) await writeFile(world.sandbox.path(name), Buffer.alloc(1024 * 1024));
      const drive = `<disk type='file' device='cdrom'><source file='${world.sandbox.path('old.iso')}'/><target dev='sda' bus='sata'/></disk>`;
      await world.client.call('domain.define', { xml: webXml(16, SERIAL + drive) });
      await world.client.call('domain.start', { domain: 'web' });
    },
    run: (world) =>
      world.client.call('domain.changeMedia', {
        domain: 'web',
        target: 'sda',
        source: world.sandbox.path('new.iso'),
        live: true,
        config: true,
      }),
    happened: async (world) => {
      if (!(await isRunning(world))) throw new Error("'web' has ended");
      const xml = await storedXml(world);
      if (!/(old|new)\.iso/.test(xml)) throw new Error('there is no disc at all');
      return xml.includes('new.iso');
    },
    after: async (world) => {
      // What was cut off is in nobody's way.
      await world.client.call('domain.changeMedia', { domain: 'web', target: 'sda' });
      await world.client.call('domain.changeMedia', {
        domain: 'web',
        target: 'sda',
        source: world.sandbox.path('new.iso'),
      });
      await startAndDestroy(world);
    },
    mayHappenUntold: true,
  },
  {
    name: 'hand over (the engine ends)',
    scope: 'close',
    endsEngine: true,
    prepare: startWeb,
    run: ({ client }) => client.call('engine.stop', {}),
    happened: isRunning,
    after: startAndDestroy,
  },
  {
    name: 'take over (the engine begins)',
    scope: 'adopt',
    prepare: startWeb,
    run: async () => undefined,
    happened: isRunning,
    after: startAndDestroy,
  },
  {
    name: 'take over where the pid is another process’s by now',
    scope: 'adopt',
    prepare: startWeb,
    between: async ({ sandbox, paths }) => {
      const path = join(paths.statusDir, `${UUID}.json`);
      const status = JSON.parse(await readFile(path, 'utf8')) as { process: { pid: number } };
      process.kill(status.process.pid, 'SIGKILL');
      const foreign = spawn('sleep', ['600'], { env: sandbox.env, detached: true, stdio: 'ignore' });
      status.process.pid = foreign.pid ?? 0;
      await writeFile(path, JSON.stringify(status));
      foreign.unref();
    },
    run: async () => undefined,
    happened: async (world) => {
      if ((await mustLook(world)).isActive) throw new Error('a foreign process was taken for the guest');
      return true;
    },
    after: async (world) => {
      await startAndDestroy(world);
      const foreign = world.sandbox.processes(/^sleep 600/);
      if (foreign.length === 0) throw new Error('a foreign process was killed');
      for (const { pid } of foreign) process.kill(pid, 'SIGKILL');
    },
  },
];
