// A QEMU that has devices and nothing else, behind the fake host's monitor: it knows what is plugged in, what each back end is used by, and refuses what a real one
// refuses. The guest in it obeys, ignores or refuses; any command can be refused, or never answered, before or after it has had its effect.
import { Emitter } from '../../src/common/base/emitter.ts';
import { virError } from '../../src/common/errors.ts';
import type { MonitorPort } from '../../src/engine/driver/host/host-port.ts';
import type { MonitorEvent } from '../../src/engine/qemu/monitor-commands.ts';
import type { QemuProcess, SpawnOptions } from '../../src/engine/qemu/process.ts';
import { FakeHost } from './fake-host.ts';

type Args = Readonly<Record<string, unknown>>;
interface Drive {
  node: string | undefined;
  isOpen: boolean;
}

const CHANGES =
  /^(device_(add|del)|blockdev-(add|del)|netdev_(add|del)|object-(add|del)|chardev-(add|remove)|blockdev-(open|close)-tray|blockdev-(remove|insert)-medium|set_link|balloon|set-action|qom-set)$/;

export class FakeQemu {
  readonly devices = new Map<string, Args>();
  readonly backends = new Map<string, Args>();
  readonly drives = new Map<string, Drive>();
  readonly links = new Map<string, boolean>();
  readonly #events = new Emitter<MonitorEvent>();
  readonly onEvent = this.#events.event;
  guest: 'obeys' | 'ignores' | 'refuses' = 'obeys';
  isTrayLocked = false;
  /** Why QEMU refuses a command, or undefined. */
  refusal: (command: string, args: Args) => string | undefined = () => undefined;
  /** The change, counted from 0, that is never answered; `hasEffect`: it is carried out all the same. */
  hang: { at: number; hasEffect: boolean } | undefined;
  /** The commands that change something, in order. */
  readonly changes: string[] = [];
  balloonBytes = 64 * 1024 * 1024;
  /** How many there may be, and how many of them are the machine's. */
  processors = { places: 0, boot: 0 };

  constructor(argv: readonly string[]) {
    for (const [at, word] of argv.entries()) {
      if (!word.startsWith('{')) continue;
      const props = JSON.parse(word) as Args;
      if (argv[at - 1] === '-device') this.#plug(props);
      else if (argv[at - 1] !== '-audiodev') this.backends.set(String(props['node-name'] ?? props.id), props);
    }
    for (const word of argv) {
      const id = /^\w+,id=(char(?!monitor)[^,]+)/.exec(word)?.[1];
      if (id !== undefined) this.backends.set(id, {});
    }
  }

  fire(event: string, data: Args = {}): void {
    this.#events.fire({ event, data });
  }

  /** The guest lets go of a device, asked or not. */
  release(id: string): void {
    this.devices.delete(id);
    this.drives.delete(id);
    this.fire('DEVICE_DELETED', { device: id, path: `/machine/peripheral/${id}` });
  }

  /** Back ends that no device and no other back end uses. */
  get strays(): readonly string[] {
    return [...this.backends.keys()].filter((id) => !this.#isUsed(id) && id !== 'pc.ram').sort();
  }

  #isUsed(id: string): boolean {
    const uses = (props: Args): boolean =>
      ['drive', 'netdev', 'chardev', 'rng', 'memdev', 'file', 'backing'].some((key) => props[key] === id);
    return (
      [...this.devices.values(), ...this.backends.values()].some(uses) ||
      [...this.drives.values()].some(({ node }) => node === id)
    );
  }

  #plug(props: Args): void {
    const id = String(props.id ?? `anonymous${this.devices.size}`);
    for (const key of ['drive', 'netdev', 'chardev', 'rng'])
      if (props[key] !== undefined && !this.backends.has(String(props[key])))
        throw refused('device_add', `no ${key} ${props[key]}`);
    if (this.devices.has(id)) throw refused('device_add', `Duplicate device ID '${id}'`);
    if (!/-cd$|^floppy$/.test(String(props.driver))) {
      this.devices.set(id, props);
      return;
    }
    this.devices.set(id, { ...props, drive: undefined });
    this.drives.set(id, { node: props.drive as string | undefined, isOpen: false });
  }

  async execute(command: string, args: Args = {}): Promise<unknown> {
    if (CHANGES.test(command)) this.changes.push(command);
    const why = this.refusal(command, args);
    if (why !== undefined) throw refused(command, why);
    const isHung = CHANGES.test(command) && this.hang?.at === this.changes.length - 1;
    if (isHung && !this.hang?.hasEffect) return new Promise(() => undefined);
    const answer = this.#answer(command, args);
    return isHung ? new Promise(() => undefined) : answer;
  }

  #answer(command: string, args: Args): unknown {
    const id = String(args.id ?? args['node-name'] ?? args.name);
    switch (command) {
      case 'device_add':
        return this.#plug(args);
      case 'device_del':
        return this.#askToLetGo(id);
      case 'blockdev-add':
      case 'netdev_add':
      case 'object-add':
      case 'chardev-add':
        if (this.backends.has(id)) throw refused(command, `Duplicate ID '${id}'`);
        if (typeof args.file === 'string' && !this.backends.has(args.file))
          throw refused(command, `no node ${args.file}`);
        this.backends.set(id, args);
        return {};
      case 'blockdev-del':
      case 'netdev_del':
      case 'object-del':
      case 'chardev-remove':
        if (!this.backends.has(id)) throw refused(command, `'${id}' not found`);
        if (this.#isUsed(id)) throw refused(command, `'${id}' is in use`);
        this.backends.delete(id);
        return {};
      case 'set_link':
        this.links.set(id, args.up === true);
        return {};
      case 'set-action':
        return {};
      case 'balloon':
        this.balloonBytes = Number(args.value);
        this.fire('BALLOON_CHANGE', { actual: this.balloonBytes });
        return {};
      case 'query-balloon':
        return { actual: this.balloonBytes };
      case 'qom-list':
        return [...this.devices.keys()].map((name) => ({ name, type: 'child<device>' }));
      case 'query-hotpluggable-cpus':
        return this.#places();
      case 'query-cpus-fast':
        return this.#cpus();
      case 'query-iothreads':
        return [...this.backends.keys()]
          .filter((name) => name.startsWith('iothread'))
          .map((name) => ({ id: name, 'thread-id': 3000 + Number(name.slice('iothread'.length)) }));
      case 'qom-get':
        return this.#property(args);
      case 'qom-set':
        this.backends.set(objectOf(args), {
          ...this.backends.get(objectOf(args)),
          [String(args.property)]: args.value,
        });
        return {};
      case 'query-named-block-nodes':
        return [...this.backends.values()].filter((props) => props['node-name'] !== undefined);
      default:
        return this.#answerOfDrive(command, id, args);
    }
  }

  #property(args: Args): unknown {
    const backend = this.backends.get(objectOf(args));
    if (!backend) throw refused('qom-get', `no ${args.path}`);
    const otherwise: Args = { 'poll-max-ns': 32_768, 'thread-pool-max': 64 };
    return backend[String(args.property)] ?? otherwise[String(args.property)] ?? 0;
  }

  #cpus(): readonly unknown[] {
    const plugged = [...this.devices.keys()].flatMap((id) => /^vcpu(\d+)$/.exec(id)?.[1] ?? []).map(Number);
    const first = Array.from({ length: Math.max(1, this.processors.boot) }, (_, index) => index);
    return [...first, ...plugged].map((index) => ({ 'cpu-index': index, 'thread-id': 2000 + index }));
  }

  /** The last one first, as QEMU lists them. */
  #places(): readonly unknown[] {
    const sitting = (socket: number): string | undefined =>
      [...this.devices].find(([id, props]) => id.startsWith('vcpu') && props['socket-id'] === socket)?.[0];
    return Array.from({ length: this.processors.places }, (_, socket) => {
      const id = sitting(socket);
      const path =
        socket < this.processors.boot ? `/machine/unattached/device[${socket}]` : `/machine/peripheral/${id}`;
      const isTaken = id !== undefined || socket < this.processors.boot;
      const place = { type: 'cpu', 'vcpus-count': 1, props: { 'socket-id': socket } };
      return isTaken ? { ...place, 'qom-path': path } : place;
    }).reverse();
  }

  #askToLetGo(id: string): unknown {
    if (!this.devices.has(id)) throw refused('device_del', `Device '${id}' not found`);
    if (this.guest === 'obeys') this.release(id);
    if (this.guest === 'refuses') this.fire('DEVICE_UNPLUG_GUEST_ERROR', { device: id, path: '' });
    return {};
  }

  #answerOfDrive(command: string, id: string, args: Args): unknown {
    if (command === 'query-block') {
      return [...this.drives].map(([qdev, { node, isOpen }]) => ({
        device: '',
        qdev,
        locked: this.isTrayLocked,
        tray_open: isOpen,
        ...(node === undefined
          ? {}
          : { inserted: { 'node-name': node, file: String(this.backends.get(node)?.filename), drv: 'raw', ro: true } }),
      }));
    }
    const drive = this.drives.get(id);
    if (!drive) throw new Error(`the fake monitor does not know ${command} of ${id}`);
    const move = (isOpen: boolean): void => {
      drive.isOpen = isOpen;
      this.fire('DEVICE_TRAY_MOVED', { id, device: '', 'tray-open': isOpen });
    };
    switch (command) {
      case 'blockdev-open-tray':
        if (!this.isTrayLocked || args.force === true) move(true);
        return {};
      case 'blockdev-close-tray':
        move(false);
        return {};
      case 'blockdev-remove-medium':
        if (!drive.isOpen) throw refused(command, 'the tray is not open');
        drive.node = undefined;
        return {};
      case 'blockdev-insert-medium':
        if (!drive.isOpen || drive.node !== undefined) throw refused(command, 'there is a medium');
        drive.node = String(args['node-name']);
        return {};
      default:
        throw new Error(`the fake monitor does not know ${command}`);
    }
  }
}

const objectOf = ({ path }: Args): string => String(path).replace('/objects/', '');
const refused = (command: string, why: string) => virError('OPERATION_FAILED', `QEMU refused ${command}: ${why}`);
const OF_DEVICES = /^(query-(block|named-block-nodes|balloon|hotpluggable-cpus|cpus-fast|iothreads)|qom-(list|get))$/;

/** A fake host whose guests have devices; `qemu` is that of the last start. */
export class DeviceHost extends FakeHost {
  #qemu: FakeQemu | undefined;
  /** Holds an answer back on its way. */
  onAnswer: (command: string) => Promise<void> = async () => undefined;

  get qemu(): FakeQemu {
    if (!this.#qemu) throw new Error('no guest was started');
    return this.#qemu;
  }

  override async spawn(options: SpawnOptions): Promise<QemuProcess> {
    const process = await super.spawn(options);
    this.#qemu = new FakeQemu(options.argv);
    return process;
  }

  override async openMonitor(options: { readonly path: string }): Promise<MonitorPort> {
    const base = await super.openMonitor(options);
    const { qemu } = this;
    const execute = (async (
      command: string,
      args: Args | undefined,
      { signal }: { signal?: AbortSignal } = {},
    ): Promise<unknown> => {
      if (!CHANGES.test(command) && !OF_DEVICES.test(command)) return base.execute(command as 'stop', args);
      await this.step(`${command} of devices`);
      const { promise, reject } = Promise.withResolvers<never>();
      const abort = (): void => reject(virError('OPERATION_ABORTED', `${command} was cancelled`));
      signal?.addEventListener('abort', abort, { once: true });
      const answer = async (): Promise<unknown> => {
        const reply = await qemu.execute(command, args);
        await this.onAnswer(command);
        return reply;
      };
      return Promise.race([answer(), promise]);
    }) as MonitorPort['execute'];
    return {
      get isClosed() {
        return base.isClosed;
      },
      onEvent: (listener) => {
        const both = [base.onEvent(listener), qemu.onEvent(listener)];
        return { dispose: () => both.forEach((one) => void one.dispose()) };
      },
      onClose: base.onClose,
      execute,
      executeRaw: base.executeRaw,
      close: () => base.close(),
    };
  }
}
