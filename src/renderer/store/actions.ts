// What buttons do: they call the engine and tell of a failure. They return nothing to build state from; that comes by events.
import type { Input } from '../../common/contract/procedures.ts';
import { toVirError, type VirError } from '../../common/errors.ts';
import type { BlockJobSummary } from '../../common/model/block-job.ts';
import type { LifecycleEvent } from '../../common/model/domain.ts';
import type { Connection } from '../client.ts';
import { reduceNotice } from './notices.ts';
import type { Stores } from './stores.ts';
import { rememberAsked } from './ui.ts';

/** Things done to one machine that need no more than its UUID. */
export const MACHINE_VERBS = [
  'start',
  'shutdown',
  'reboot',
  'reset',
  'destroy',
  'suspend',
  'resume',
  'managedSave',
  'managedSaveRemove',
  'pmWakeup',
  'injectNmi',
] as const;
export type MachineVerb = (typeof MACHINE_VERBS)[number];

export type ShutdownMode = 'acpi' | 'agent';

export interface Actions {
  run(verb: MachineVerb, uuid: string): Promise<void>;
  /** As `run('start')`, in another way than usual. */
  start(input: Input<'domain.start'>): Promise<void>;
  /** Saves it to a file, and ends it. */
  saveTo(uuid: string, path: string): Promise<void>;
  /** Starts the machine of a saved file; its UUID, or undefined where that failed (and was told). */
  restore(path: string): Promise<string | undefined>;
  dump(input: Input<'domain.dump'>): Promise<void>;
  /** Asks the system inside, by its agent, to sleep. */
  sleep(uuid: string): Promise<void>;
  setLifecycleAction(uuid: string, type: LifecycleEvent, action: string): Promise<void>;
  setAutostart(uuid: string, autostart: boolean): Promise<void>;
  /** Whether it starts with the next session, and only with that. */
  setAutostartOnce(uuid: string, autostart: boolean): Promise<void>;
  /** Asks the system inside to go by one way, instead of by whichever answers. */
  shutdownBy(uuid: string, mode: ShutdownMode): Promise<void>;
  /** Puts the file at `source` into a drive; none: ejects what is in it. */
  changeMedia(uuid: string, target: string, source: string | undefined): Promise<void>;
  /** Plugs the cable of an interface (by its MAC address) in or out. */
  setLink(uuid: string, mac: string, up: boolean): Promise<void>;
  /** Takes a device out of a running machine. */
  detachDevice(uuid: string, alias: string, label: string): Promise<void>;
  /** Ends a job on a disk's images; `pivot`: the machine goes on with what was copied or merged to. */
  endBlockJob(uuid: string, job: BlockJobSummary, pivot: boolean): Promise<void>;
  sendKeys(uuid: string, keys: readonly string[]): Promise<void>;
  /** The picture as PNG, or undefined where that failed (and was told). */
  screenshot(uuid: string): Promise<Blob | undefined>;
  cancelCommand(id: number): Promise<void>;
  createDemo(): Promise<string | undefined>;
  /** Tells of a failure that no dialog shows. */
  tell(title: string, error: unknown, machine?: string): void;
  inform(title: string, message: string): void;
}

const VERB_TEXT: Readonly<Record<MachineVerb, string>> = {
  start: 'Start',
  shutdown: 'Shut down',
  reboot: 'Reboot',
  reset: 'Reset',
  destroy: 'Force off',
  suspend: 'Pause',
  resume: 'Resume',
  managedSave: 'Save',
  managedSaveRemove: 'Discard the saved state of',
  pmWakeup: 'Wake up',
  injectNmi: 'Inject NMI into',
};

const toBlob = (base64: string, type: string): Blob =>
  new Blob([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], { type });

export function createActions(connection: Connection, stores: Stores): Actions {
  const tellError = (title: string, error: VirError, machine?: string): void => {
    if (error.code === 'OPERATION_ABORTED') return;
    const { code, message, detail } = error;
    const extra = { ...(detail === undefined ? {} : { detail }), ...(machine === undefined ? {} : { machine }) };
    const notice = {
      key: `${code}:${message}`,
      tone: 'error',
      title,
      message,
      code,
      at: Date.now(),
      isOwn: true,
      ...extra,
    } as const;
    stores.notices.setState((state) => reduceNotice(state, notice), true);
  };
  const tell: Actions['tell'] = (title, error, machine) => tellError(title, toVirError(error), machine);
  /** Waits for `work`; a failure becomes a notice. */
  const guarded = async <T>(
    title: string,
    machine: string | undefined,
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      tell(title, error, machine);
      return undefined;
    }
  };
  const inform: Actions['inform'] = (title, message) =>
    stores.notices.setState(
      (state) => reduceNotice(state, { key: `info:${message}`, tone: 'info', title, message, at: Date.now() }),
      true,
    );
  /** A change that a person makes is meant to last: of the running machine, and of its definition where it has one. */
  const affectOf = (uuid: string): { readonly live: boolean; readonly config: boolean } => {
    const machine = stores.machines.getState().domains.get(uuid);
    return { live: machine?.isActive ?? false, config: machine?.isPersistent ?? true };
  };
  const nameOf = (uuid: string): string => stores.machines.getState().domains.get(uuid)?.name ?? 'machine';
  const about = (what: string, uuid: string): string => `${what} ${nameOf(uuid)} failed`;

  return {
    run: async (verb, uuid) => {
      const done = await guarded(about(VERB_TEXT[verb], uuid), uuid, () =>
        connection.call(`domain.${verb}`, { domain: uuid }),
      );
      if (done && verb === 'shutdown') stores.ui.setState((state) => rememberAsked(state, uuid, Date.now()));
    },
    start: async (input) => {
      await guarded(about('Start', input.domain), input.domain, () => connection.call('domain.start', input));
    },
    saveTo: async (uuid, path) => {
      const done = await guarded(about('Save', uuid), uuid, () =>
        connection.call('domain.save', { domain: uuid, path }),
      );
      if (done) inform(`${done.name} is saved`, `Its state is in ${path}.`);
    },
    restore: async (path) => {
      const title = `Restore ${path} failed`;
      return (await guarded(title, undefined, () => connection.call('domain.restore', { path })))?.uuid;
    },
    dump: async (input) => {
      const uuid = input.domain;
      const done = await guarded(about('Dump', uuid), uuid, () => connection.call('domain.dump', input));
      if (done) inform(`The memory of ${done.name} is dumped`, `It is in ${input.path}.`);
    },
    sleep: async (uuid) => {
      await guarded(about('Put to sleep', uuid), uuid, () =>
        connection.call('domain.pmSuspend', { domain: uuid, target: 'mem' }),
      );
    },
    setLifecycleAction: async (uuid, type, action) => {
      await guarded(about('Change', uuid), uuid, () =>
        connection.call('domain.setLifecycleAction', { domain: uuid, type, action, ...affectOf(uuid) }),
      );
    },
    setAutostart: async (uuid, autostart) => {
      await guarded(about('Change autostart of', uuid), uuid, () =>
        connection.call('domain.setAutostart', { domain: uuid, autostart }),
      );
    },
    setAutostartOnce: async (uuid, autostart) => {
      await guarded(about('Change autostart of', uuid), uuid, () =>
        connection.call('domain.setAutostart', { domain: uuid, autostart, once: true }),
      );
    },
    shutdownBy: async (uuid, mode) => {
      const done = await guarded(about('Shut down', uuid), uuid, () =>
        connection.call('domain.shutdown', { domain: uuid, mode }),
      );
      if (done) stores.ui.setState((state) => rememberAsked(state, uuid, Date.now()));
    },
    changeMedia: async (uuid, target, source) => {
      await guarded(about('Change the medium of', uuid), uuid, () =>
        connection.call('domain.changeMedia', {
          domain: uuid,
          target,
          ...affectOf(uuid),
          ...(source ? { source } : {}),
        }),
      );
    },
    setLink: async (uuid, mac, up) => {
      await guarded(about('Change the network of', uuid), uuid, () =>
        connection.call('domain.setLink', { domain: uuid, interface: mac, up, ...affectOf(uuid) }),
      );
    },
    detachDevice: async (uuid, alias, label) => {
      const result = await guarded(about(`Remove ${label} of`, uuid), uuid, () =>
        connection.call('domain.detachDeviceAlias', { domain: uuid, alias, live: true }),
      );
      if (result?.state === 'asked')
        inform(
          `${label} is not out yet`,
          'The system inside was asked to let go of it, and has not. It goes as soon as that obeys, at the latest when the machine is off.',
        );
    },
    endBlockJob: async (uuid, { target, type }, pivot) => {
      const what = type === 'copy' ? 'copy' : 'merge';
      await guarded(about(`${pivot ? 'Finish' : 'Cancel'} the ${what} of ${target} of`, uuid), uuid, () =>
        connection.call('domain.blockJobAbort', { domain: uuid, disk: target, ...(pivot ? { pivot } : {}) }),
      );
    },
    sendKeys: async (uuid, keys) => {
      await guarded(about('Send keys to', uuid), uuid, () =>
        connection.call('domain.sendKey', { domain: uuid, keys: [...keys] }),
      );
    },
    screenshot: (uuid) =>
      guarded(about('Screenshot of', uuid), uuid, async () => {
        const { base64, mediaType } = await connection.call('domain.screenshot', { domain: uuid });
        return toBlob(base64, mediaType);
      }),
    cancelCommand: async (id) => {
      await guarded('Cancel failed', undefined, () => connection.call('command.cancel', { id }));
    },
    createDemo: () =>
      guarded('Create the demo guest failed', undefined, async () => {
        const source = { kind: 'demo' } as const;
        const { name, memoryKiB, vcpus, firmware } = await connection.call('machine.defaults', { source });
        const spec = { name, source, memoryKiB, vcpus, firmware, network: { kind: 'user' }, start: true } as const;
        return (await connection.call('machine.create', spec)).uuid;
      }),
    tell,
    inform,
  };
}
