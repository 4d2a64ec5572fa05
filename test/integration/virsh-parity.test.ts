// A script written for virsh runs unchanged: the same invocations, in the same order, say the same fields. Against what virsh 9 was recorded to say, always; and against
// the libvirtd of this host, where there is one.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../helpers/sandbox.ts';
import {
  DOMAIN_XML,
  EVENT_VERBS,
  elementPaths,
  fieldsOf,
  parseRecord,
  type Said,
  SCRIPT,
} from '../helpers/virsh-parity.ts';

const URI = ['-c', 'qemu:///system'];
/** Why there is no virsh to ask here, or undefined where there is. */
function whyNoVirsh(): string | undefined {
  const { error, status, stderr } = spawnSync('virsh', [...URI, 'list', '--all', '--name'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return error ? 'virsh is not installed' : status === 0 ? undefined : stderr.trim().split('\n').at(-1);
}
const reason = whyNoVirsh();

/**
 * XML that one of the peers has and means to: libvirtd's labels and partitions; of a running domain the features of its CPU, and consoles that are ptys there and
 * sockets here.
 */
const OTHER_PATHS =
  /^domain\/(resource|seclabel|metadata|cpu\/feature)|backingStore|\/alias|^domain@id|source@(index|mode)|console@tty|devices\/audio/;
const withoutOther = (fields: unknown): unknown => {
  const paths = (fields as { paths?: readonly string[] }).paths;
  return paths ? { ...(fields as object), paths: paths.filter((path) => !OTHER_PATHS.test(path)) } : fields;
};
/** Keys that one of the peers has: taints and what else libvirtd wants to say of a domain. */
const withoutMessages = (fields: unknown): unknown => {
  const keys = (fields as { keys?: readonly string[] }).keys;
  return keys ? { ...(fields as object), keys: keys.filter((key) => key !== 'Messages') } : fields;
};

let sandbox: Sandbox;
let ours: readonly Said[];

beforeAll(async () => {
  sandbox = await Sandbox.make({ VIVARIUM_IDLE_SECONDS: '30' });
  await writeFile(sandbox.path('parity.xml'), DOMAIN_XML(sandbox.dir));
  await writeFile(sandbox.path('bad.xml'), '<nothing/>');
  await writeFile(sandbox.path('disk.raw'), Buffer.alloc(1024 * 1024));
  const said: Said[] = [];
  for (const { args } of SCRIPT) {
    const { code, stdout, stderr } = await sandbox.cli(...args.map((arg) => arg.replace('DIR', sandbox.dir)));
    said.push({ status: code, stdout, stderr });
  }
  ours = said;
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const comparable = (said: Said, index: number, dir: string): unknown =>
  withoutMessages(withoutOther(fieldsOf(said, SCRIPT[index]?.compare ?? 'status', dir)));

describe('the recorded virsh', () => {
  const golden = parseRecord(readFileSync(new URL('../data/virsh/parity.txt', import.meta.url), 'utf8'));

  it('was asked the same', () => {
    expect(golden.slice(0, SCRIPT.length).map(({ args }) => args)).toEqual(SCRIPT.map(({ args }) => args));
  });

  it.each(SCRIPT.map(({ args }, index) => [`${index} ${args.join(' ')}`, index] as const))('%s', (_, index) => {
    const [theirs, own] = [golden[index], ours[index]];
    if (!theirs || !own) throw new Error('not recorded');
    expect(comparable(own, index, sandbox.dir)).toEqual(comparable(theirs, index, 'DIR'));
  });

  it('tells our events, in our order', async () => {
    await sandbox.cli('define', sandbox.path('parity.xml'));
    const listener = sandbox.spawnCli('event', '--all', '--loop', '--domain', 'parity');
    const ended = Promise.withResolvers<void>();
    let text = '';
    listener.stdout?.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes('Stopped')) listener.kill('SIGINT');
    });
    listener.once('close', () => ended.resolve());
    await sandbox.until(() => sandbox.processes(/event --all/).length > 0, 'the listener');
    // The engine serves in order: once this later client has its answer, the listener has its subscription.
    await sandbox.json('engine-info');
    for (const verb of EVENT_VERBS) await sandbox.cli(verb, 'parity');
    await ended.promise;
    const lines = (output: string): readonly string[] =>
      output.split('\n').filter((line) => line.startsWith('event ') && line.includes("'lifecycle'"));
    expect(lines(text)).toEqual(lines(golden.at(-1)?.stdout ?? ''));
  });
});

if (reason !== undefined) it.skip(`virsh of this host (skipped: ${reason})`, () => undefined);
else
  describe('virsh of this host', () => {
    let theirs: readonly Said[];
    beforeAll(async () => {
      const said: Said[] = [];
      for (const { args } of SCRIPT) {
        const real = args.map((arg) => arg.replace('DIR', sandbox.dir));
        said.push(
          await new Promise<Said>((resolve) => {
            execFile('virsh', [...URI, ...real], (error, stdout, stderr) =>
              resolve({ status: error ? 1 : 0, stdout, stderr }),
            );
          }),
        );
      }
      theirs = said;
    });

    it.each(SCRIPT.map(({ args }, index) => [`${index} ${args.join(' ')}`, index] as const))('%s', (_, index) => {
      const [their, own] = [theirs[index], ours[index]];
      if (!their || !own) throw new Error('not run');
      expect(comparable(own, index, sandbox.dir)).toEqual(comparable(their, index, sandbox.dir));
    });
  });

describe('the comparison', () => {
  it('sees another field, another key, another element', () => {
    const said = (stdout: string): Said => ({ status: 0, stdout, stderr: '' });
    expect(fieldsOf(said(' Id   Name\n 7    parity'), 'text', '/')).not.toEqual(
      fieldsOf(said(' Id   Nom\n 7    parity'), 'text', '/'),
    );
    expect(fieldsOf(said('Id: 1\nName: x'), 'keys', '/')).not.toEqual(fieldsOf(said('Id: 1'), 'keys', '/'));
    expect(elementPaths("<a b='1'><c/></a>")).toEqual(['a', 'a/c', 'a@b']);
  });
});
