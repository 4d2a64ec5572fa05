#!/usr/bin/env node
// Holds the command line's `domxml-to-native` against libvirt's own expected results, where its test data lies beside the project; prints the scores.
//   node tools/conformance.mjs [--list] [--only PATTERN] [--json FILE] [--replies NAME]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build.mjs';
import { inProject, NODE_24 } from './setup/project.mjs';

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
if (!(await buildIfStale())) process.exit(1);
const driver = [NODE_24, inProject('out/cli/index.mjs'), 'domxml-to-native', 'qemu-argv', '--json'];
const run = spawnSync(NODE_24, [compare, join(data, 'cases'), join(data, 'caps', replies), ...flags, '--', ...driver], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
