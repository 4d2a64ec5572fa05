// passt shuts itself in namespaces of its own. Not every place lets it: some hosts and every chroot deny them.
import { spawnSync } from 'node:child_process';

/** Why passt can't run here; undefined where it can. */
export const PASST_PROBLEM: string | undefined =
  spawnSync('unshare', ['--user', 'true']).status === 0
    ? undefined
    : 'passt can’t run here: user namespaces are denied';

/** A test's name, with the reason where it is skipped. */
export const withPasst = (name: string): string => (PASST_PROBLEM ? `${name} (skipped: ${PASST_PROBLEM})` : name);
