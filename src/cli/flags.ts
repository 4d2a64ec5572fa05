// --live, --config, --current and --persistent, which many commands share: what they mean together, and virsh's words where they don't go together
// (tools/virsh.h, VSH_EXCLUSIVE_OPTIONS). Pure.
import { virError } from '../common/errors.ts';
import { type Options, optionName } from './context.ts';

export const AFFECT_OPTIONS = [
  ['--live', 'affect the running domain'],
  ['--config', 'affect its stored definition: the next start'],
  ['--current', 'the running domain where it runs, else the definition (the default)'],
] as const;
export const PERSISTENT_OPTION = [
  '--persistent',
  'affect the definition, and the running domain where it runs',
] as const;

export interface Affect {
  readonly live?: boolean;
  readonly config?: boolean;
}

const flagOf = (name: string): string => `--${optionName(name)}`;

/** Throws INVALID_ARG where more than one of these was given. */
export function exclusive(options: Options, ...names: readonly string[]): void {
  const given = names.filter((name) => options[name] !== undefined);
  const [first, second] = given;
  if (first !== undefined && second !== undefined)
    throw virError('INVALID_ARG', `Options ${flagOf(first)} and ${flagOf(second)} are mutually exclusive`);
}

/** What a change is for. `isActive` is asked only for --persistent. Throws INVALID_ARG for what does not go together. */
export async function affectOf(options: Options, isActive?: () => Promise<boolean>): Promise<Affect> {
  for (const other of ['live', 'config', 'persistent']) exclusive(options, 'current', other);
  const isPersistent = options.persistent === true;
  const live = options.live === true || (isPersistent && (await isActive?.()) === true);
  const config = options.config === true || isPersistent;
  return { ...(live ? { live } : {}), ...(config ? { config } : {}) };
}
