// What stands before the command, as virsh has it (tools/virsh.c, virshParseArgv). Pure.
import { virError } from '../common/errors.ts';
import type { GlobalOptions } from './context.ts';

export interface ParsedArguments {
  readonly global: GlobalOptions;
  /** What else they ask for: the help, or a version. */
  readonly ask: 'help' | 'version' | 'long-version' | undefined;
  /** The command and its words. */
  readonly rest: readonly string[];
}

/** All of them are the engine of this user: there is no other. */
const OWN_URIS = ['qemu:///session', 'vivarium:///session', 'vivarium:///', 'vivarium'];
const WITH_VALUE: Readonly<Record<string, string>> = {
  '-c': '--connect',
  '-d': '--debug',
  '-e': '--escape',
  '-k': '--keepalive-interval',
  '-K': '--keepalive-count',
  '-l': '--log',
};
const FLAGS: Readonly<Record<string, string>> = {
  '-h': '--help',
  '-q': '--quiet',
  '-r': '--readonly',
  '-t': '--timing',
  '-v': '--version',
  '-V': '--version=long',
};
const LONG_WITH_VALUE = Object.values(WITH_VALUE);
/** Ctrl+], as telnet and virsh have it. */
export const DEFAULT_ESCAPE = 0x1d;

/** Throws NO_CONNECT for what is not the engine of this user. */
export function checkUri(uri: string): void {
  if (!OWN_URIS.includes(uri) && !uri.startsWith('vivarium:///session?'))
    throw virError(
      'NO_CONNECT',
      `no connection driver available for ${uri}; there is qemu:///session (the same as vivarium:///session)`,
    );
}

/** '^]' or a single character → its code. Throws INVALID_ARG. */
function parseEscape(value: string): number {
  const control = /^\^([@-_a-z])$/.exec(value)?.[1];
  if (control) return control.toUpperCase().charCodeAt(0) & 0x1f;
  if (value.length === 1) return value.charCodeAt(0);
  throw virError('INVALID_ARG', `Invalid string '${value}' for escape sequence`);
}

function parseDebug(value: string): number {
  if (/^[0-4]$/.test(value)) return Number(value);
  throw virError('INVALID_ARG', `option -d requires a numeric argument between 0 and 4, not '${value}'`);
}

/** '-qc URI', '--log=FILE' → ['--quiet', …], ['--connect', 'URI'], ['--log', 'FILE'], and what comes after them. */
function split(args: readonly string[]): { given: [string, string | undefined][]; rest: readonly string[] } {
  const given: [string, string | undefined][] = [];
  let index = 0;
  const next = (flag: string): string => {
    index += 1;
    const value = args[index];
    if (value === undefined) throw virError('INVALID_ARG', `option '${flag}' requires an argument`);
    return value;
  };
  for (; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--') return { given, rest: args.slice(index + 1) };
    if (arg === '-' || !arg.startsWith('-')) break;
    if (arg.startsWith('--')) {
      const equals = arg.indexOf('=');
      const flag = equals < 0 ? arg : arg.slice(0, equals);
      if (LONG_WITH_VALUE.includes(flag)) given.push([flag, equals < 0 ? next(flag) : arg.slice(equals + 1)]);
      else given.push([arg, undefined]);
      continue;
    }
    for (let at = 1; at < arg.length; at += 1) {
      const short = `-${arg[at]}`;
      const withValue = WITH_VALUE[short];
      if (withValue) {
        given.push([withValue, at + 1 < arg.length ? arg.slice(at + 1) : next(short)]);
        break;
      }
      given.push([FLAGS[short] ?? short, undefined]);
    }
  }
  return { given, rest: args.slice(index) };
}

const ASKS: Readonly<Record<string, ParsedArguments['ask']>> = {
  '--help': 'help',
  '--version': 'version',
  '--version=short': 'version',
  '--version=long': 'long-version',
};
const KNOWN = [...LONG_WITH_VALUE, ...Object.keys(ASKS), '--quiet', '--readonly', '--timing', '--json'];

/** Throws INVALID_ARG, or NO_CONNECT for the URI of something else. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const { given, rest } = split(args);
  const unknown = given.find(([flag]) => !KNOWN.includes(flag));
  if (unknown) throw virError('INVALID_ARG', `unsupported option '${unknown[0]}'; see --help`);
  const has = (flag: string): boolean => given.some(([name]) => name === flag);
  const lastOf = (flag: string): string | undefined => given.findLast(([name]) => name === flag)?.[1];
  const uri = lastOf('--connect');
  if (uri !== undefined) checkUri(uri);
  const debug = lastOf('--debug');
  const escapeKey = lastOf('--escape');
  return {
    global: {
      isQuiet: has('--quiet'),
      isReadonly: has('--readonly'),
      isTimed: has('--timing'),
      debug: debug === undefined ? undefined : parseDebug(debug),
      logFile: lastOf('--log'),
      escape: escapeKey === undefined ? DEFAULT_ESCAPE : parseEscape(escapeKey),
    },
    ask: given.map(([flag]) => ASKS[flag]).find((ask) => ask !== undefined),
    // `vivarium --json list` is what people try first
    rest: has('--json') && rest.length > 0 ? [...rest, '--json'] : rest,
  };
}
