// The engine's real verbs on a domain of a fake host with devices: what a test of device changes begins with.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { VirError } from '../../src/common/errors.ts';
import { parseDomain } from '../../src/engine/conf/domain.ts';
import type { DriverContext } from '../../src/engine/driver/context.ts';
import { reconcileDevices } from '../../src/engine/driver/devices/reconcile.ts';
import { watchLive } from '../../src/engine/driver/lifecycle/monitor-events.ts';
import { DomainObj, type LiveDomain } from '../../src/engine/driver/registry/domain-obj.ts';
import { createVerbs } from '../../src/engine/driver/verbs.ts';
import { createFakeContext } from './fake-context.ts';
import { DeviceHost, type FakeQemu } from './fake-devices.ts';

export const WEB = '11111111-1111-1111-1111-111111111111';

type Verb = (input: object, call: { readonly signal: AbortSignal }) => Promise<unknown>;
const neverAborted = new AbortController().signal;

/** Lets everything run that can run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what comes of real files; a test that waits for ever is ended by its runner. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

export class DeviceEngine {
  readonly host = new DeviceHost({ step: async () => undefined });
  context: DriverContext = createFakeContext(this.host);
  readonly dir = mkdtempSync(join(tmpdir(), 'vt-'));
  #verbs: Readonly<Record<string, Verb>> = {};
  readonly events: string[] = [];

  constructor() {
    onTestFinished(() => rmSync(this.dir, { recursive: true, force: true }));
    this.#begin();
  }

  #begin(): void {
    this.context = createFakeContext(this.host);
    this.#verbs = createVerbs(this.context) as unknown as Readonly<Record<string, Verb>>;
    this.context.events.onEvent(({ kind, detail }) => this.events.push(`${kind} ${detail ?? ''}`.trim()));
  }

  /** A defined and started q35 domain 'web' with these devices, room to plug in, and a CD-ROM drive 'sda' with a.iso in it. */
  static async start(devices = '', more = ''): Promise<DeviceEngine> {
    const engine = new DeviceEngine();
    const ports = "<controller type='pci' model='pcie-root-port'/>".repeat(6);
    const cd = `<disk type='file' device='cdrom'><source file='${engine.file('a.iso')}'/><target dev='sda' bus='sata'/></disk>`;
    const xml = `<domain type='qemu'><name>web</name><uuid>${WEB}</uuid><memory>65536</memory>${more}<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${ports}${cd}<memballoon model='virtio'/>${devices}</devices></domain>`;
    await engine.call('domain.define', { xml });
    await engine.call('domain.start', { domain: 'web' });
    await settle();
    engine.events.length = 0;
    return engine;
  }

  get qemu(): FakeQemu {
    return this.host.qemu;
  }

  get obj(): DomainObj {
    const obj = this.context.list.byName('web');
    if (!obj) throw new Error('web is gone');
    return obj;
  }

  get live(): LiveDomain {
    if (!this.obj.live) throw new Error('web does not run');
    return this.obj.live;
  }

  /** A file to be a disk of. */
  file(name: string): string {
    const path = join(this.dir, name);
    writeFileSync(path, name);
    return path;
  }

  call(verb: string, input: object, signal = neverAborted): Promise<unknown> {
    return this.#verbs[verb]?.(input, { signal }) ?? Promise.reject(new Error(verb));
  }

  /** On 'web': the answer, or the error's code. */
  async on(verb: string, input: object): Promise<unknown> {
    try {
      const { uuid, name, ...rest } = (await this.call(`domain.${verb}`, { domain: 'web', ...input })) as Record<
        string,
        unknown
      >;
      return Object.keys(rest).length === 0 ? 'done' : rest;
    } catch (error) {
      if (error instanceof VirError) return error.code;
      throw error;
    }
  }

  /** Aliases of what the running definition has of `kind`, and targets of its disks. */
  get disks(): readonly string[] {
    return this.live.def.devices.disks.map(
      ({ target, source }) => `${target?.dev} ${source?.file?.replace(/.*\//, '') ?? 'empty'}`,
    );
  }

  get storedDisks(): readonly string[] {
    return this.obj.def.devices.disks.map(
      ({ target, source }) => `${target?.dev} ${source?.file?.replace(/.*\//, '') ?? 'empty'}`,
    );
  }

  /** The engine dies as it stands, and a new one takes the domain over by what is on disk. */
  async crashAndAdopt(): Promise<void> {
    const { obj, live } = this;
    obj.live = undefined; // as an engine that lets go: what still waits in it is nobody's
    live.monitor?.close();
    this.qemu.hang = undefined;
    const monitor = await this.host.openMonitor({ path: this.host.processes.at(-1)?.monitorPath ?? '' });
    this.#begin();
    const stored = parseDomain(this.host.definitions.get('web') ?? '').def;
    const next = this.context.list.add(
      { uuid: WEB, name: 'web' },
      { checkLive: false },
      () => new DomainObj({ uuid: WEB, def: stored, isPersistent: true }),
    ).entry;
    const { def } = parseDomain(this.host.statuses.get(WEB)?.xml ?? '');
    next.live = { ...live, def, monitor, events: Promise.resolve(), stopped: Promise.withResolvers<void>() };
    watchLive(this.context, next, next.live);
    await reconcileDevices(this.context, next, next.live);
    await settle(); // what it has left to the domain's lane
  }
}
