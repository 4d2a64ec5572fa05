import { expect, it } from 'vitest';
import { judgeLockFile } from '../../../tools/check/lock-file.mjs';

it('a lock file that names where packages came from is refused', () => {
  const from = `https://${'registry'}.example/zod.tgz`;
  const text = JSON.stringify({ packages: { 'node_modules/zod': { version: '4.0.0', resolved: from } } });
  expect(judgeLockFile(text)).toContain('node_modules/zod names where it came from');
});

it('a lock file with versions and hashes only is fine', () => {
  const text = JSON.stringify({ packages: { 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-x' } } });
  expect(judgeLockFile(text)).toBe('');
});
