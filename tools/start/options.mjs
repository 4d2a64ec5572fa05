// PURE: the options of `npm start`, and which shell they lead to.

export const USAGE = `usage: npm start [-- OPTIONS]
  --headless        serve without opening a window, and print the address
  --port N          the port of the browser shell (default: a free one)
  --browser         a Chromium window, even where there is Electron
  --electron        try Electron again, even if it could not be had before
  --demo            a window over a made-up host with machines in every state
  --no-install      do not install anything on the system
  --help`;

const FLAGS = ['headless', 'browser', 'electron', 'no-install', 'demo', 'help'];

/**
 * @typedef {{ headless?: boolean, browser?: boolean, electron?: boolean, 'no-install'?: boolean, demo?: boolean, help?: boolean,
 *   port?: number, error?: string }} StartOptions
 */

/**
 * argv → options; `error` says what is wrong with them.
 * @returns {StartOptions}
 */
export function parseStartOptions(args) {
  /** @type {StartOptions} */
  const options = {};
  for (let i = 0; i < args.length; i += 1) {
    const [name, inline] = args[i].split('=', 2);
    const word = name.replace(/^--/, '');
    if (name === '--port') {
      const port = Number(inline ?? args[++i]);
      if (!Number.isInteger(port) || port < 0 || port > 65535)
        return { error: '--port needs a number from 0 to 65535' };
      options.port = port;
    } else if (name.startsWith('--') && FLAGS.includes(word)) options[word] = true;
    else return { error: `unknown option ${args[i]}` };
  }
  return options;
}

/**
 * Which shell: { kind: 'headless' | 'browser' | 'electron', why }. `electron` is what findElectron answered, undefined where it was not asked.
 * @param {{ options: StartOptions, hasDisplay: boolean, electron?: { binary?: string, why?: string } | undefined }} facts
 */
export function chooseShell({ options, hasDisplay, electron }) {
  if (options.headless) return { kind: 'headless', why: '' };
  if (!hasDisplay) return { kind: 'headless', why: 'There is no display here: serving without a window.' };
  if (options.browser) return { kind: 'browser', why: 'Opening a Chromium window, as asked with --browser.' };
  if (electron?.binary) return { kind: 'electron', why: 'Opening the window with Electron.' };
  return { kind: 'browser', why: `Opening a Chromium window: ${electron?.why ?? 'there is no Electron'}.` };
}

/**
 * The arguments of the browser shell, out/server/index.mjs.
 * @param {{ kind: string, options: StartOptions }} shell
 */
export function serverArguments({ kind, options }) {
  return [
    ...(kind === 'browser' ? ['--open'] : ['--headless']),
    ...(options.port === undefined ? [] : ['--port', String(options.port)]),
  ];
}
