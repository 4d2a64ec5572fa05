// The engine's real verbs on two domains of a fake host, 'web' and 'db', whose QEMUs know jobs on images. A job goes on when the test says so; any command and any write of
// a status file can be held up, refused or failed. qemu-img is a script.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { virError } from '../../src/common/errors.ts';
import type { MonitorPort } from '../../src/engine/driver/host/host-port.ts';
import type { DomainObj, LiveDomain } from '../../src/engine/driver/registry/domain-obj.ts';
import type { BlockJobStatus } from '../../src/engine/state/status-files.ts';
import { DeviceEngine, settle } from './device-engine.ts';
import type { FakeQemu } from './fake-devices.ts';

type Args = Readonly<Record<string, unknown>>;

interface FakeJob {
  readonly id: string;
  readonly node: string;
  readonly target: string;
  status: 'running' | 'ready' | 'pending' | 'concluded';
  error?: string;
  completes: boolean;
}

const refused = (command: string, why: string) => virError('OPERATION_FAILED', `QEMU refused ${command}: ${why}`);
const DRIVES = ['virtio-disk0', 'virtio-disk1'];

export class JobQemu {
  readonly #qemu: FakeQemu;
  readonly #tops = new Map<string, string>();
  readonly jobs: FakeJob[] = [];
  /** The commands about jobs, in order. */
  readonly asked: string[] = [];
  /** Awaited before each command; throws what it is to fail with. */
  before: (command: string, args: Args) => Promise<void> | void = () => undefined;
  /** Whether a job that was told to complete does. */
  isSlow = false;

  constructor(qemu: FakeQemu) {
    this.#qemu = qemu;
    for (const id of DRIVES) this.#tops.set(id, String(qemu.devices.get(id)?.drive));
  }

  topOf(drive: string): string | undefined {
    return this.#tops.get(drive);
  }

  job(id: string): FakeJob {
    const found = this.jobs.find((job) => job.id === id);
    if (!found) throw refused('the command', `Job '${id}' not found`);
    return found;
  }

  /** The job goes on by itself. */
  async move(id: string, status: FakeJob['status'], error?: string): Promise<void> {
    this.#move(this.job(id), status, error);
    await settle();
  }

  #move(job: FakeJob, status: FakeJob['status'], error?: string): void {
    job.status = status;
    if (error !== undefined) job.error = error;
    this.#qemu.fire('JOB_STATUS_CHANGE', { id: job.id, status });
  }

  wrap(monitor: MonitorPort): MonitorPort {
    const execute = (async (command: string, args: Args = {}, options?: { readonly signal?: AbortSignal }) => {
      await this.before(command, args);
      const answer = this.#answer(command, args);
      if (answer !== undefined) return answer;
      const reply: unknown = await monitor.execute(command as 'stop', args, options);
      if (command !== 'query-named-block-nodes') return reply;
      return (reply as Args[]).map((node) => ({ ...node, image: { 'virtual-size': 1024 } }));
    }) as MonitorPort['execute'];
    return {
      get isClosed() {
        return monitor.isClosed;
      },
      onEvent: monitor.onEvent,
      onClose: monitor.onClose,
      execute,
      executeRaw: (command, args) => execute(command as 'stop', args),
      close: () => monitor.close(),
    };
  }

  #answer(command: string, args: Args): unknown {
    if (command === 'query-jobs')
      return this.jobs.map(({ id, status, error }) => ({
        id,
        status,
        'current-progress': 0,
        'total-progress': 1,
        error,
      }));
    if (command === 'query-block')
      return DRIVES.map((id) => ({
        qdev: `/machine/peripheral/${id}/virtio-backend`,
        inserted: { 'node-name': this.topOf(id) },
      }));
    if (!/^(block(dev)?-(mirror|stream|commit)|(block-)?job-.*)$/.test(command)) return undefined;
    this.asked.push(command);
    if (args['job-id'] !== undefined) return this.#begin(args);
    this.#change(command, this.job(String(args.id ?? args.device)));
    return {};
  }

  #begin(args: Args): unknown {
    const job: FakeJob = {
      id: String(args['job-id']),
      node: String(args.device),
      target: String(args.target),
      status: 'running',
      completes: false,
    };
    this.jobs.push(job);
    return {};
  }

  #change(command: string, job: FakeJob): void {
    const refuse = () => refused(command, `Job '${job.id}' in state '${job.status}' cannot accept command verb`);
    switch (command) {
      case 'job-complete':
        if (job.status !== 'ready') throw refuse();
        job.completes = true;
        if (!this.isSlow) this.#move(job, 'pending');
        return;
      case 'block-job-cancel': // not by force: what is to complete completes
        if (job.status === 'concluded') throw refuse();
        if (job.status === 'ready') this.#move(job, 'pending');
        if (job.status === 'running') this.#move(job, 'concluded', 'Operation canceled');
        return;
      case 'job-finalize':
        if (job.status !== 'pending') throw refuse();
        for (const [drive, node] of this.#tops)
          if (job.completes && node === job.node) this.#tops.set(drive, job.target);
        return this.#move(job, 'concluded');
      case 'job-cancel':
        if (job.status === 'concluded') throw refuse();
        return this.#move(job, 'concluded', 'Operation canceled');
      case 'job-dismiss':
        if (job.status !== 'concluded') throw refuse();
        this.jobs.splice(this.jobs.indexOf(job), 1);
        return;
      default:
        throw new Error(`the fake QEMU does not know ${command}`);
    }
  }
}

const QEMU_IMG = `#!/bin/sh
eval path=\\\${$(($# - 1))}
echo "\${VIVARIUM_TEST_IMAGE:-image}" > "$path"
`;

/** For the running test `qemu-img create` writes 'image' to its path. */
export function fakeQemuImg(dir: string, script = QEMU_IMG): void {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'qemu-img'), script);
  chmodSync(join(bin, 'qemu-img'), 0o755);
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

const DB = '22222222-2222-2222-2222-222222222222';

export class JobEngine {
  readonly engine: DeviceEngine;
  readonly qemus: Readonly<Record<string, JobQemu>>;
  /** Awaited before each write of a status file; throws what it is to fail with. */
  beforeStatus: () => Promise<void> | void = () => undefined;

  private constructor(engine: DeviceEngine, qemus: Readonly<Record<string, JobQemu>>) {
    this.engine = engine;
    this.qemus = qemus;
    const { host } = engine;
    const save = host.saveStatus.bind(host);
    host.saveStatus = async (status) => {
      await this.beforeStatus();
      await save(status);
    };
  }

  /** 'web' and 'db', each with vda and vdb. */
  static async start(): Promise<JobEngine> {
    const engine = await DeviceEngine.start();
    await engine.call('domain.destroy', { domain: 'web' });
    fakeQemuImg(engine.dir);
    const stored = engine.host.definitions.get('web') ?? '';
    const qemus: Record<string, JobQemu> = {};
    for (const name of ['web', 'db']) {
      const disks = ['vda', 'vdb'].map(
        (dev) =>
          `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${engine.file(`${name}-${dev}`)}'/><target dev='${dev}' bus='virtio'/></disk>`,
      );
      const xml = stored.replace(/<disk .*?<\/disk>/s, disks.join(''));
      const own =
        name === 'web' ? xml : xml.replace('<name>web<', `<name>${name}<`).replace(/<uuid>[^<]*/, `<uuid>${DB}`);
      await engine.call('domain.define', { xml: own });
      await engine.call('domain.start', { domain: name });
      await settle();
      const live = engine.context.list.byName(name)?.live;
      if (!live?.monitor) throw new Error(`${name} does not run`);
      qemus[name] = new JobQemu(engine.qemu);
      live.monitor = qemus[name].wrap(live.monitor);
    }
    engine.events.length = 0;
    return new JobEngine(engine, qemus);
  }

  get qemu(): JobQemu {
    return this.qemus.web as JobQemu;
  }

  obj(name = 'web'): DomainObj {
    const obj = this.engine.context.list.byName(name);
    if (!obj) throw new Error(`${name} is gone`);
    return obj;
  }

  live(name = 'web'): LiveDomain {
    const { live } = this.obj(name);
    if (!live) throw new Error(`${name} does not run`);
    return live;
  }

  record(target: string): BlockJobStatus | undefined {
    return this.live().blockJobs?.find((job) => job.target === target);
  }

  path(name: string): string {
    return join(this.engine.dir, name);
  }

  /** What is in a file; undefined: there is none. */
  content(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8').trim() : undefined;
  }

  /** 'done', or the error's code. */
  async call(verb: string, input: object, signal = new AbortController().signal): Promise<string> {
    return this.engine.call(`domain.${verb}`, { domain: 'web', ...input }, signal).then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );
  }

  copy(disk: string, to: string, domain = 'web'): Promise<string> {
    return this.call('blockCopy', { domain, disk, destination: this.path(to), transientJob: true });
  }

  abort(disk: string, more: object = {}): Promise<string> {
    return this.call('blockJobAbort', { disk, ...more });
  }

  /** The id of the job on a disk. */
  id(target: string): string {
    return this.record(target)?.name ?? 'none';
  }
}

/** Holds up the first call for which `when` is true, until `open` is called. */
export function gate(when: (what: string) => boolean): {
  readonly reached: Promise<void>;
  readonly open: (error?: Error) => void;
  readonly pass: (what: string) => Promise<void> | undefined;
} {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let isUsed = false;
  return {
    reached: reached.promise,
    open: (error) => void (error ? opened.reject(error) : opened.resolve()),
    pass: (what) => {
      if (isUsed || !when(what)) return undefined;
      isUsed = true;
      reached.resolve();
      return opened.promise;
    },
  };
}
