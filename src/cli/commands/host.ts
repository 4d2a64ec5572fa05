// The host and the engine: doctor, version, engine-info, engine run and stop.

import { virError } from '../../common/errors.ts';
import { VERSION } from '../../common/version.ts';
import { type CommandSpec, numberOption, word } from '../context.ts';
import { formatFields, type Output } from '../output.ts';

const MARKS = { ok: 'ok     ', warning: 'warning', missing: 'MISSING' } as const;

const doctor: CommandSpec = {
  usage: 'doctor',
  summary: 'what this host can do for machines, and how to mend what it can’t',
  run: async ({ client, out, fail }) => {
    const { checks } = await (await client()).call('host.doctor', {});
    const lines = checks.flatMap((check) => [
      `${MARKS[check.status]}  ${check.title}: ${check.finding}`,
      ...(check.status === 'ok'
        ? []
        : [check.consequence, check.fix, check.command && `$ ${check.command}`]
            .filter((line) => line !== undefined)
            .map((line) => `           ${line}`)),
    ]);
    out.result({ checks }, lines);
    if (checks.some(({ status }) => status === 'missing')) fail();
  },
};

const version: CommandSpec = {
  usage: 'version',
  summary: 'show version',
  options: [['--daemon', 'accepted; the version of the engine is shown anyway']],
  run: async ({ client, out }) => {
    const connection = await client();
    const [host, engine] = await Promise.all([connection.call('host.info', {}), connection.call('engine.info', {})]);
    out.result({ vivarium: VERSION, engine: engine.version, qemu: host.emulatorVersion }, [
      `Using Vivarium ${VERSION}`,
      `Running engine: Vivarium ${engine.version}`,
      `Running hypervisor: QEMU ${host.emulatorVersion ?? 'not installed'}`,
    ]);
  },
};

const engineInfo: CommandSpec = {
  usage: 'engine-info',
  summary: 'the engine: its process, socket, version, shell and how many domains it runs',
  run: async ({ client, out }) => {
    const info = await (await client()).call('engine.info', {});
    out.result(
      info,
      formatFields([
        ['PID', String(info.pid)],
        ['Version', info.version],
        ['Shell', info.shell],
        ['Socket', info.socket],
        ['Running', String(info.runningDomains)],
        ...info.adoption.map((line) => ['Taken over', line] as const),
      ]),
    );
  },
};

/** A systemd user unit that starts an engine with the session: machines that are marked for it start then. */
async function installEngine(out: Output, action: 'install' | 'remove'): Promise<void> {
  const { loadSessionUnit } = await import('../../engine/client.ts');
  const { installSessionUnit, removeSessionUnit } = await loadSessionUnit();
  const state =
    action === 'install'
      ? await installSessionUnit([process.execPath, process.argv[1] ?? '', 'engine', 'run'])
      : await removeSessionUnit();
  out.done(
    state,
    state.isInstalled
      ? `An engine starts with your session (${state.path}).`
      : `No engine starts with your session any more (${state.path}).`,
  );
}

const engine: CommandSpec = {
  usage: 'engine <action>',
  summary:
    'run: host the engine here until it is idle; stop: end the one that runs (guests go on); install, remove: start one with the session, or no longer',
  values: { action: ['run', 'stop', 'install', 'remove'] },
  options: [
    ['--idle <seconds>', 'how long to stay with nothing to do'],
    ['--take-over', 'wait until the engine that runs has ended, and take its place'],
  ],
  run: async ({ out }, positional, options) => {
    const action = word(positional);
    if (action === 'run') {
      const { runBackgroundEngine } = await import('../background-engine.ts');
      const seconds = numberOption(options, 'idle') ?? Number(process.env.VIVARIUM_IDLE_SECONDS ?? 30);
      return runBackgroundEngine({ idleMs: seconds * 1000, takeOver: options.takeOver === true });
    }
    if (action === 'install' || action === 'remove') return installEngine(out, action);
    if (action !== 'stop')
      throw virError('INVALID_ARG', `unknown action '${action}'; say run, stop, install or remove`);
    const { connectIfRunning } = await import('../connection.ts');
    const client = await connectIfRunning();
    await client?.call('engine.stop', {});
    client?.dispose();
    const said = client ? 'The engine is ending; guests go on.' : 'No engine runs.';
    out.done({ stopped: client !== undefined }, said);
  },
};

export const hostCommands: readonly CommandSpec[] = [doctor, version, engineInfo, engine];
