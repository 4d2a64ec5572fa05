// Bad input of every kind: each gets a sentence that names the thing and the way out, and leaves nothing lost or half done.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';
import { domains, failure } from '../helpers/refusal.ts';

eachInSandbox();

const images = (): readonly string[] => {
  try {
    return readdirSync(join(sandbox.env.XDG_DATA_HOME ?? '', 'vivarium/images'));
  } catch {
    return []; // never made
  }
};

describe('an installation image', () => {
  it('that is missing, empty or a folder is named, and nothing is made', async () => {
    expect(await failure('install', '--name', 'x', '--cdrom', sandbox.path('none.iso'))).toContain(
      `${sandbox.path('none.iso')}`,
    );
    expect(await failure('install', '--name', 'x', '--cdrom', await sandbox.write('empty.iso', ''))).toMatch(/empty/);
    expect(await failure('install', '--name', 'x', '--cdrom', sandbox.dir)).toMatch(/folder|directory/);
    expect([await domains(), images()]).toEqual([[], []]);
  });

  it('that nobody can boot is told before it is used', async () => {
    const iso = sandbox.path('data.iso');
    await mkdir(sandbox.path('tree'));
    execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'JUST DATA', '-o', iso, sandbox.path('tree')], {
      stdio: 'ignore',
    });
    const { stdout } = await sandbox.cli('list', '--all');
    expect(stdout).toContain('Name');
    // The wizard asks media.inspect; a person may still go on.
    expect(
      (await sandbox.cli('install', '--name', 'x', '--cdrom', iso, '--memory', '64', '--disk', 'none', '--no-start'))
        .code,
    ).toBe(0);
  });

  it.skipIf(process.getuid?.() === 0)(
    'that may not be read is named (skipped as root, who may read everything)',
    async () => {
      const iso = await sandbox.write('secret.iso', Buffer.alloc(100_000));
      chmodSync(iso, 0);
      expect(await failure('install', '--name', 'x', '--cdrom', iso)).toContain(iso);
    },
  );
});

describe('a disk', () => {
  const withDisk = (name: string, path: string): string =>
    tinyDomain({
      name,
      devices: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${path}'/><target dev='vda' bus='virtio'/></disk>`,
    });

  it('in use by another running machine is refused, with both named', async () => {
    const disk = await sandbox.write('disk.raw', Buffer.alloc(1024 * 1024));
    expect((await sandbox.cli('create', await sandbox.write('a.xml', withDisk('a', disk)))).stderr).toBe('');
    const { stderr, code } = await sandbox.cli('create', await sandbox.write('b.xml', withDisk('b', disk)));
    expect([code, stderr]).toEqual([
      1,
      `error: Failed to create domain from ${sandbox.path('b.xml')}\nerror: the disk ${disk} of domain 'b' is in use by the running domain 'a'; shut that one down, or give each its own disk\n`,
    ]);
    expect(await domains()).toEqual(['a']);
  });

  it('that is gone is named', async () => {
    expect(await failure('create', await sandbox.write('a.xml', withDisk('a', '/nowhere/disk.raw')))).toBe(
      'error: the disk /nowhere/disk.raw does not exist; put it back, or change the definition\n',
    );
  });

  it('that is there already is never replaced', async () => {
    const dir = join(sandbox.env.XDG_DATA_HOME ?? '', 'vivarium/images');
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'x.qcow2'), 'precious');
    expect(await failure('install', '--name', 'x', '--pxe', '--memory', '64')).toContain(
      `the disk image ${join(dir, 'x.qcow2')} exists already`,
    );
    expect(await readFile(join(dir, 'x.qcow2'), 'utf8')).toBe('precious');
  });
});

describe('a disk to be removed with its machine', () => {
  it('is not, where another machine has it under another path, or where it is a link', async () => {
    const disk = await sandbox.write('disk.raw', Buffer.alloc(1024));
    await symlink(sandbox.dir, sandbox.path('way'));
    const xml = (name: string, path: string): string =>
      tinyDomain({
        name,
        devices: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${path}'/><target dev='vda' bus='virtio'/></disk>`,
      });
    await sandbox.cli('define', await sandbox.write('a.xml', xml('a', disk)));
    await sandbox.cli('define', await sandbox.write('b.xml', xml('b', sandbox.path('way/disk.raw'))));
    expect(await failure('undefine', '--remove-all-storage', 'b')).toMatch(
      /is a disk of 'a' too; nothing was removed\n$/,
    );
    await sandbox.cli('undefine', 'a');
    await symlink(disk, sandbox.path('link.raw'));
    await sandbox.cli('define', await sandbox.write('c.xml', xml('c', sandbox.path('link.raw'))));
    await sandbox.cli('undefine', 'b');
    expect(await failure('undefine', '--remove-all-storage', 'c')).toMatch(/is no plain file .*nothing was removed\n$/);
    expect(await domains()).toEqual(['c']);
    expect((await readFile(disk)).length).toBe(1024);
  });
});

describe('a name', () => {
  it.each([
    ['', /needs a name|name/],
    ['a/b', /has a slash; use letters, digits, dots or dashes/],
    ['../../etc/cron.d/x', /has a slash|begins with a dot/],
    ['.hidden', /begins with a dot/],
    ['x'.repeat(300), /longer than 200 bytes; shorten it/],
    ['line\nbreak', /control character/],
  ])('%j is refused with the rule it breaks', async (name, rule) => {
    expect(await failure('install', '--name', name, '--pxe', '--memory', '64', '--disk', 'none')).toMatch(rule);
    const xml = tinyDomain({ name: name.replaceAll('\n', '&#10;') });
    expect(await failure('define', await sandbox.write('n.xml', xml))).toMatch(rule);
    expect(await domains()).toEqual([]);
  });

  it('that is taken is refused, with who has it', async () => {
    await sandbox.cli('define', await sandbox.write('a.xml', tinyDomain({ name: 'a' })));
    expect(
      await failure(
        'define',
        await sandbox.write('b.xml', tinyDomain({ name: 'a', uuid: '11111111-2222-3333-4444-555555555555' })),
      ),
    ).toMatch(/^error: domain 'a' already exists with uuid /);
    expect(await failure('install', '--name', 'a', '--pxe', '--memory', '64', '--disk', 'none')).toMatch(
      /^error: domain 'a' already exists with uuid .*; choose another name/,
    );
  });
});

describe('memory', () => {
  it('beyond the host’s is refused with both figures', async () => {
    const tooMuch = Math.ceil(totalmem() / 1024 ** 2) * 2;
    expect(
      await failure('create', await sandbox.write('a.xml', tinyDomain({ name: 'a', memoryMiB: tooMuch }))),
    ).toMatch(/domain 'a' asks for [\d.]+ [GT]iB of memory, but this host has [\d.]+ [GT]iB; give it less/);
    expect(await failure('install', '--name', 'a', '--pxe', '--disk', 'none', '--memory', String(tooMuch))).toMatch(
      /more than this host has/,
    );
  });
});

describe('XML', () => {
  it.each([
    ['broken', "<domain type='qemu'>\n  <name>a</nam>\n</domain>", /n\.xml:2:\d+: /],
    [
      'with an entity of its own',
      '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><domain><name>&x;</name></domain>',
      /n\.xml:1:\d+: .*(DOCTYPE|document type)/i,
    ],
    [
      'with a billion laughs',
      '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><domain><name>&b;</name></domain>',
      /n\.xml:1:\d+: /,
    ],
    [
      'nested deeper than any definition',
      `${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}`,
      /n\.xml:1:\d+: .*nested deeper/,
    ],
    ['that is not a domain', '<network><name>a</name></network>', /unexpected root element <network>/],
    ['without a name', "<domain type='qemu'><os><type>hvm</type></os></domain>", /name/],
    ['that is empty', '', /n\.xml:1:\d+: |empty/],
    ['that is binary', Buffer.from([0, 1, 2, 255, 254]), /n\.xml:1:\d+: /],
    ['with a device of no known kind', tinyDomain({ name: 'a', devices: "<input type='telepathy'/>" }), /telepathy/],
    [
      'with a disk on a bus that is none',
      tinyDomain({ name: 'a', devices: "<disk type='file'><target dev='vda' bus='warp'/></disk>" }),
      /n\.xml:\d+:\d+: .*warp/,
    ],
    [
      'with negative memory',
      "<domain type='qemu'><name>a</name><memory>-5</memory><os><type>hvm</type></os></domain>",
      /n\.xml:1:\d+: .*-5/,
    ],
    [
      'with more memory than a number holds',
      "<domain type='qemu'><name>a</name><memory unit='EiB'>99999999</memory><os><type>hvm</type></os></domain>",
      /n\.xml:1:\d+: /,
    ],
  ])('%s is refused where it is wrong', async (_what, content, message) => {
    const file = await sandbox.write('n.xml', content);
    expect(await failure('define', file)).toMatch(message);
    expect(await failure('create', file)).toMatch(message);
    expect(await domains()).toEqual([]);
  });

  it('of many megabytes is refused without being read as a definition', async () => {
    expect(
      await failure(
        'define',
        await sandbox.write(
          'n.xml',
          `<domain type='qemu'><name>a</name><description>${'x'.repeat(8 * 1024 * 1024)}</description></domain>`,
        ),
      ),
    ).toMatch(/^error: /);
  });

  it('in a file that is not there names the file', async () => {
    expect(await failure('define', '/nowhere/a.xml')).toBe(
      "error: Failed to open file '/nowhere/a.xml': No such file or directory\n",
    );
  });

  it('that is broken among the stored definitions is shown and kept, and stops nothing else', async () => {
    await sandbox.cli('define', await sandbox.write('a.xml', tinyDomain({ name: 'a' })));
    await sandbox.cli('engine', 'stop');
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    const path = join(sandbox.env.XDG_CONFIG_HOME ?? '', 'vivarium/qemu/b.xml');
    await writeFile(path, '<domain><name>b</na');
    const { stdout, stderr } = await sandbox.cli('list', '--all', '--name');
    expect(stdout.trim()).toBe('a');
    expect(stderr).toMatch(new RegExp(`^warning: ${path} can't be read and was kept: 1:\\d+: `));
    expect(await readFile(path, 'utf8')).toBe('<domain><name>b</na');
    // A new definition of its name sets it aside.
    expect((await sandbox.cli('define', await sandbox.write('b.xml', tinyDomain({ name: 'b' })))).stderr).toBe('');
    const aside = readdirSync(join(path, '..')).filter((name) => name.startsWith('b.xml.broken-'));
    expect(await readFile(join(path, '..', aside[0] ?? ''), 'utf8')).toBe('<domain><name>b</na');
    expect((await sandbox.cli('list', '--all', '--name')).stderr).toBe('');
  });
});
