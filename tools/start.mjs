// `npm start`: set-up, build, and the app: Electron where it is or can be had, else the browser shell in a Chromium window, else only the
// address. Runs on the system's Node (18 or newer); what it starts runs on Node 24.
import { spawn } from 'node:child_process';
import { buildIfStale } from './build.mjs';
import { inProject, NODE_24, toolEnvironment } from './setup/project.mjs';
import { setUpOrExit } from './setup.mjs';
import { findElectron } from './start/electron.mjs';
import { chooseShell, parseStartOptions, serverArguments, USAGE } from './start/options.mjs';

const say = (text) => console.log(text);

/**
 * Runs the app until it ends and ends as it did. A terminal sends Ctrl+C to the whole foreground group, so the child has it already;
 * without a terminal, and for the other signals, it is handed on.
 */
function runUntilEnd(file, args, env) {
  const child = spawn(file, args, { cwd: process.cwd(), env, stdio: 'inherit' });
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${file} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

async function decide(options) {
  const hasDisplay = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  const mayUseElectron = hasDisplay && !options.headless && !options.browser;
  const electron = mayUseElectron ? await findElectron({ say, again: options.electron }) : undefined;
  const shell = chooseShell({ options, hasDisplay, electron });
  if (shell.kind !== 'browser') return { ...shell, electron };
  const missing = await setUpOrExit({ purpose: 'browser', say, mayInstall: !options['no-install'] });
  if (missing.length === 0) return shell;
  return { kind: 'headless', why: 'There is no Chromium for the window: open the address below in your browser.' };
}

async function main(args) {
  const options = parseStartOptions(args);
  if (options.error || options.help) {
    console.log(options.error ? `${options.error}\n${USAGE}` : USAGE);
    process.exit(options.error ? 2 : 0);
  }
  await setUpOrExit({ purpose: 'start', say, mayInstall: !options['no-install'] });
  if (!(await buildIfStale())) process.exit(1);
  // The made-up host is a helper of the tests: no engine, no guests.
  if (options.demo)
    return runUntilEnd(
      NODE_24,
      [inProject('test/helpers/demo-server.ts'), '--scenario', 'every-state'],
      toolEnvironment(),
    );
  const { kind, why, electron } = await decide(options);
  if (why) say(why);
  const env = toolEnvironment({ VIVARIUM_NODE: NODE_24 });
  if (kind === 'electron') {
    const isRoot = process.getuid?.() === 0;
    if (isRoot) say("Running as root: the window's sandbox is off.");
    runUntilEnd(electron.binary, [...(isRoot ? ['--no-sandbox'] : []), inProject()], env);
  } else {
    if (kind === 'browser' && process.getuid?.() === 0) say("Running as root: the window's sandbox is off.");
    runUntilEnd(NODE_24, [inProject('out/server/index.mjs'), ...serverArguments({ kind, options })], env);
  }
}

await main(process.argv.slice(2));
