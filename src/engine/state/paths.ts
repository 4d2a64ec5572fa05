// Where everything lives, after the XDG base directory specification. Only this file knows folder names. Nothing is created here but by
// `prepareDirectories`, so that a look-up never leaves traces.
// Not from node:fs/promises: a command line call, which needs the paths only, would load that and what is behind it.
import { promises as fs } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { VirError, virError } from '../../common/errors.ts';

export interface EnginePaths {
  /** Sockets, status and locks of this login; 0700. */
  readonly runtimeDir: string;
  readonly statusDir: string;
  readonly socket: string;
  readonly lock: string;
  /** NAME.xml, and autostart/ beside them. */
  readonly definitionDir: string;
  readonly autostartDir: string;
  readonly imageDir: string;
  readonly nvramDir: string;
  /** UUID/: the state of a domain's emulated TPM. */
  readonly tpmDir: string;
  /** NAME.save: guests that the next start restores. */
  readonly saveDir: string;
  /** Cores of guests that crashed (on_crash, watchdog). */
  readonly dumpDir: string;
  readonly logDir: string;
  readonly cacheDir: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** An absolute XDG folder, or its default: the specification says to ignore relative ones. */
const xdg = (value: string | undefined, fallback: string): string => (value?.startsWith('/') ? value : fallback);

/** Paths for `env`. Without XDG_RUNTIME_DIR the runtime folder is in TMPDIR, else /tmp, named after the user and checked at `prepareDirectories`. */
export function resolvePaths(env: Env = process.env): EnginePaths {
  const home = env.HOME || homedir();
  const runtimeBase = env.XDG_RUNTIME_DIR;
  const runtimeDir = runtimeBase?.startsWith('/')
    ? join(runtimeBase, 'vivarium')
    : join(xdg(env.TMPDIR, '/tmp'), `vivarium-${userInfo().uid}`);
  const config = join(xdg(env.XDG_CONFIG_HOME, join(home, '.config')), 'vivarium');
  const data = join(xdg(env.XDG_DATA_HOME, join(home, '.local/share')), 'vivarium');
  const definitionDir = join(config, 'qemu');
  return {
    runtimeDir,
    statusDir: join(runtimeDir, 'status'),
    socket: join(runtimeDir, 'engine.sock'),
    lock: join(runtimeDir, 'engine.lock'),
    definitionDir,
    autostartDir: join(definitionDir, 'autostart'),
    imageDir: join(data, 'images'),
    nvramDir: join(data, 'nvram'),
    tpmDir: join(data, 'tpm'),
    saveDir: join(data, 'save'),
    dumpDir: join(data, 'dump'),
    logDir: join(xdg(env.XDG_STATE_HOME, join(home, '.local/state')), 'vivarium/log'),
    cacheDir: join(xdg(env.XDG_CACHE_HOME, join(home, '.cache')), 'vivarium'),
  };
}

async function makePrivate(path: string): Promise<void> {
  await fs.mkdir(path, { recursive: true, mode: 0o700 });
  const stat = await fs.lstat(path);
  if (!stat.isDirectory() || stat.uid !== userInfo().uid) {
    // In /tmp anybody can make the folder first; whoever owns it would own the QMP sockets in it.
    throw virError('OPERATION_DENIED', `${path} belongs to somebody else; set XDG_RUNTIME_DIR to a folder of your own`);
  }
  if ((stat.mode & 0o077) !== 0) await fs.chmod(path, 0o700);
}

/** Makes the runtime folders, and makes sure that they are this user's alone. Throws OPERATION_DENIED, SYSTEM_ERROR. */
export async function prepareRuntimeDir(paths: EnginePaths): Promise<void> {
  try {
    for (const path of [paths.runtimeDir, paths.statusDir, join(paths.runtimeDir, 'd')]) await makePrivate(path);
  } catch (error) {
    if (error instanceof VirError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw virError(
      'SYSTEM_ERROR',
      `the runtime folder ${paths.runtimeDir} can't be made: ${why}; set XDG_RUNTIME_DIR to a folder that you can write`,
      { cause: error },
    );
  }
}

/**
 * The folders of the runtime, which must exist, and those of the home, which are only tried: a home that is read-only must not keep the engine from
 * starting. Returns what could not be made, one sentence each.
 */
export async function prepareDirectories(paths: EnginePaths): Promise<readonly string[]> {
  await prepareRuntimeDir(paths);
  const problems: string[] = [];
  for (const path of [
    paths.definitionDir,
    paths.autostartDir,
    paths.imageDir,
    paths.nvramDir,
    paths.saveDir,
    paths.dumpDir,
    paths.logDir,
    paths.cacheDir,
  ]) {
    try {
      await fs.mkdir(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      problems.push(`${path} can't be made: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return problems;
}
