// What a command of the command line is, and what it gets: a connection on demand, and the way to speak. Loads nothing.
import type { ContractClient } from '../common/contract/client.ts';
import { virError } from '../common/errors.ts';
import type { Output } from './output.ts';

export type Options = Readonly<Record<string, string | boolean | undefined>>;
/** Values of the words in a command's usage, in order; a variadic one is a list. */
export type Positional = readonly (string | readonly string[] | undefined)[];

export interface CommandSpec {
  /** 'start <domain>', 'screenshot <domain> [file]', 'domstats [domains...]'. Each word but a variadic one can be given as an option too. */
  readonly usage: string;
  readonly summary: string;
  /** More for `help COMMAND` and the manual page. */
  readonly description?: string;
  readonly options?: readonly (readonly [flags: string, description: string])[];
  /** The first line of an error that comes from the engine: "Failed to start domain '<domain>'". */
  readonly failure?: string;
  /** Which domains it is for; any where absent. For completion only. */
  readonly domains?: 'active' | 'inactive';
  /** What a word or an option may be, by its name. For completion only. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  run(context: CliContext, positional: Positional, options: Options): Promise<void>;
}

export interface Topic {
  readonly keyword: string;
  readonly title: string;
  readonly specs: readonly CommandSpec[];
}

/** The commands that there are. */
export interface Catalog {
  readonly names: readonly string[];
  find(name: string): Promise<CommandSpec | undefined>;
  /** Every command, loaded. */
  topics(): Promise<readonly Topic[]>;
}

/** What the words before the command say, for all commands of a call or a shell. */
export interface GlobalOptions {
  readonly isQuiet: boolean;
  readonly isReadonly: boolean;
  readonly isTimed: boolean;
  readonly debug: number | undefined;
  readonly logFile: string | undefined;
  /** The code of the key that leaves a console. */
  readonly escape: number;
}

export interface CliContext {
  readonly out: Output;
  readonly global: GlobalOptions;
  /** Connects at the first call, and again after the engine has ended. */
  client(): Promise<ContractClient>;
  /** For `help` and `complete`. */
  readonly catalog: Catalog;
  /** Ends the shell; a single call ends anyway. */
  quit(): void;
  /** Makes the exit status 1 without an error. */
  fail(): void;
}

export const nameOf = ({ usage }: CommandSpec): string => usage.split(' ')[0] ?? '';

/** The value of a word; '' where it was left out. */
export const word = (positional: Positional, index = 0): string => {
  const value = positional[index];
  return typeof value === 'string' ? value : '';
};

/** The words of a variadic one. */
export const words = (positional: Positional, index = 0): readonly string[] => {
  const value = positional[index];
  return typeof value === 'object' ? value : [];
};

/** The text behind an option, or undefined where it was not given. */
export const text = (options: Options, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};

/** 'pollGrow' → 'poll-grow' */
export const optionName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The number behind an option (or of a word), or undefined where it was not given. Throws INVALID_ARG. */
export function numberOption(options: Options, name: string): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^\d+$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
  throw virError(
    'INVALID_ARG',
    `Numeric value '${value}' for <${optionName(name)}> option is malformed or out of range`,
  );
}
