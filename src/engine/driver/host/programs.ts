// The programs that run beside QEMU for a guest's devices, and where they are.
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { virError } from '../../../common/errors.ts';

interface Program {
  /** What it is to a person. */
  readonly what: string;
  readonly install: string;
}

const PROGRAMS = {
  swtpm: { what: 'a TPM', install: 'Debian: apt install swtpm swtpm-tools, Fedora: dnf install swtpm swtpm-tools' },
  swtpm_setup: {
    what: 'the first start of a TPM',
    install: 'Debian: apt install swtpm-tools, Fedora: dnf install swtpm-tools',
  },
  passt: { what: 'the network backend passt', install: 'Debian: apt install passt, Fedora: dnf install passt' },
} as const satisfies Readonly<Record<string, Program>>;
export type CompanionProgram = keyof typeof PROGRAMS;

const OTHER_PLACES = ['/usr/bin', '/usr/local/bin'];

/** In PATH, else where packages put it. Throws NO_SUPPORT with how to get it. */
export async function findProgram(
  name: CompanionProgram,
  env: Readonly<Record<string, string | undefined>> = process.env,
  otherPlaces: readonly string[] = OTHER_PLACES,
): Promise<string> {
  const places = [...(env.PATH ?? '').split(delimiter).filter((place) => place.startsWith('/')), ...otherPlaces];
  for (const place of places) {
    const path = join(place, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  const { what, install } = PROGRAMS[name];
  throw virError('NO_SUPPORT', `${what} needs ${name}, which is not installed; install it (${install}) and try again`);
}
