// Records what virsh says to the script of test/helpers/virsh-parity.ts into test/data/virsh/parity.txt. Needs a libvirtd (qemu:///system) and root; makes and removes
// one domain, `parity`. usage: node tools/record-virsh.mjs
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DOMAIN_XML, EVENT_VERBS, formatRecord, SCRIPT } from '../test/helpers/virsh-parity.ts';
import { inProject } from './setup/project.mjs';

const URI = ['-c', 'qemu:///system'];
const dir = mkdtempSync(path.join(tmpdir(), 'vp-'));
const tidy = (text) => text.replaceAll(dir, 'DIR');

function virsh(args) {
  const real = args.map((arg) => arg.replace('DIR', dir));
  const { status, stdout, stderr } = spawnSync('virsh', [...URI, ...real], { encoding: 'utf8' });
  return { args, status: status ?? 1, stdout: tidy(stdout), stderr: tidy(stderr) };
}

/** `event` in the background of the verbs; it subscribes within the second that it is given. */
async function recordEvents() {
  const args = ['event', '--all', '--loop', '--domain', 'parity'];
  const child = spawn('virsh', [...URI, ...args]);
  let stdout = '';
  const stopped = Promise.withResolvers();
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (stdout.includes('Stopped')) stopped.resolve();
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (const verb of EVENT_VERBS) virsh([verb, 'parity']);
  await stopped.promise;
  child.kill('SIGINT');
  await new Promise((resolve) => child.once('close', resolve));
  return { args, status: child.exitCode ?? 1, stdout: tidy(stdout), stderr: '' };
}

try {
  writeFileSync(path.join(dir, 'parity.xml'), DOMAIN_XML(dir));
  writeFileSync(path.join(dir, 'bad.xml'), '<nothing/>');
  writeFileSync(path.join(dir, 'disk.raw'), Buffer.alloc(1024 * 1024));
  const records = SCRIPT.map(({ args }) => virsh(args));
  virsh(['define', 'DIR/parity.xml']);
  records.push(await recordEvents());
  virsh(['undefine', 'parity']);
  writeFileSync(inProject('test/data/virsh/parity.txt'), formatRecord(records));
  console.log(`${records.length} invocations recorded`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
