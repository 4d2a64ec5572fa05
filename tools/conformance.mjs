#!/usr/bin/env node
// Holds our command lines and XML against libvirt's own expected results, where its test data lies beside the project; prints the scores.
//   node tools/conformance.mjs [--list] [--only PATTERN] [--json FILE] [--replies NAME]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const data = process.env.LIBVIRT_CONFORMANCE ?? join(root, '..', 'shared', 'libvirt-conformance');
const compare = join(data, 'compare.mjs');
if (!existsSync(compare)) {
  console.log(`conformance: no test data of libvirt in ${data}; nothing to compare with`);
  process.exit(0);
}
const flags = process.argv.slice(2);
const at = flags.indexOf('--replies');
const [, replies = 'caps_10.0.0_x86_64.replies'] = at < 0 ? [] : flags.splice(at, 2);
// Node 22.18 and later read TypeScript as it is; an older one may have the newer beside it.
const bundled = join(root, 'node_modules', 'node', 'bin', 'node');
const node = existsSync(bundled) ? bundled : process.execPath;
const driver = [node, '--disable-warning=ExperimentalWarning', join(root, 'tools', 'domxml-to-native.ts')];
const run = spawnSync(node, [compare, join(data, 'cases'), join(data, 'caps', replies), ...flags, '--', ...driver], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
