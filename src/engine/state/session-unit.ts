// The systemd user unit that starts an engine with the session, so that guests which are marked for it start at login. It is a file and a link, as `systemctl --user
// enable` makes them; installed and removed by the person only.
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { virError } from '../../common/errors.ts';
import { removeDurable, writeDurable } from './durable-file.ts';

const NAME = 'vivarium.service';

type Env = Readonly<Record<string, string | undefined>>;

const unitDir = (env: Env): string => {
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME || homedir(), '.config');
  return join(config, 'systemd/user');
};
const unitPath = (env: Env): string => join(unitDir(env), NAME);
const linkPath = (env: Env): string => join(unitDir(env), 'default.target.wants', NAME);

/** A word of ExecStart= (systemd.service(5)): quoted, with specifiers and variables taken literally. */
const word = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

export function sessionUnit(command: readonly string[]): string {
  return `[Unit]
Description=Vivarium: virtual machines that start with the session

[Service]
ExecStart=${command.map(word).join(' ')}
# Guests are processes of their own, and outlive the engine.
KillMode=process

[Install]
WantedBy=default.target
`;
}

export interface SessionUnitState {
  readonly path: string;
  readonly isInstalled: boolean;
}

export const findSessionUnit = (env: Env = process.env): SessionUnitState => ({
  path: unitPath(env),
  isInstalled: existsSync(unitPath(env)) && existsSync(linkPath(env)),
});

/** Writes and enables the unit; `command` is what it runs, absolute. Throws SYSTEM_ERROR, INVALID_ARG. */
export async function installSessionUnit(
  command: readonly string[],
  env: Env = process.env,
): Promise<SessionUnitState> {
  if (!command[0]?.startsWith('/') || command.some((part) => /[\n\0]/.test(part)))
    throw virError('INVALID_ARG', `${command[0]} can't be started by a systemd unit: it needs an absolute path`);
  const link = linkPath(env);
  await mkdir(dirname(link), { recursive: true });
  await writeDurable(unitPath(env), sessionUnit(command));
  await rm(link, { force: true });
  await symlink(unitPath(env), link);
  return findSessionUnit(env);
}

export async function removeSessionUnit(env: Env = process.env): Promise<SessionUnitState> {
  await removeDurable(linkPath(env)).catch(() => undefined); // it may never have been enabled
  if (existsSync(unitPath(env))) await removeDurable(unitPath(env));
  return findSessionUnit(env);
}
