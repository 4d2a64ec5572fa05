// What every test of a refusal looks at: the command failed with a sentence, and left no stack trace and no guest.
import { expect } from 'vitest';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import { sandbox } from './each-sandbox.ts';

/** The command's error, without the line that says what was to be done: these tests are about why it was not. */
export async function failure(...args: readonly string[]): Promise<string> {
  const { code, stderr } = await sandbox.cli(...args);
  expect(code, args.join(' ')).not.toBe(0);
  expect(stderr).not.toMatch(/\n\s+at |\.ts:\d|\.mjs:\d|undefined|\[object/);
  expect(sandbox.guests).toEqual([]);
  return stderr.replace(/^error: Failed to .*\n(?=error: )/, '');
}

/** Names of all that is defined or runs. */
export const domains = async (): Promise<readonly string[]> =>
  (await sandbox.json<DomainSummary[]>('list', '--all')).map(({ name }) => name);
