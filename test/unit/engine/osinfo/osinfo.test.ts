import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { osinfoRoots } from '../../../../src/engine/osinfo/database-files.ts';
import { createOsinfo } from '../../../../src/engine/osinfo/osinfo.ts';

const file = (body: string) => `<?xml version="1.0"?>\n<libosinfo version="0.0.1">${body}</libosinfo>`;

const PARENT = file(`
  <os id="http://example.org/os/1">
    <short-id>example1</short-id>
    <name xml:lang="de">Beispiel 1</name>
    <name>Example 1</name>
    <version>1</version>
    <family>linux</family>
    <release-date>2019-01-01</release-date>
    <resources arch="all">
      <minimum><n-cpus>1</n-cpus><ram>536870912</ram><storage>5368709120</storage></minimum>
      <recommended><ram>1073741824</ram></recommended>
    </resources>
    <firmware arch="x86_64" type="efi"/>
    <devices>
      <device id="http://pcisig.com/pci/1af4/1042"/>
      <device id="http://pcisig.com/pci/1b36/0100"/>
    </devices>
    <media arch="x86_64"><iso><volume-id>^EXAMPLE</volume-id></iso></media>
  </os>`);
const CHILD = file(`
  <os id="http://example.org/os/2">
    <short-id>example2</short-id><short-id>exampletwo</short-id>
    <name>Example 2</name>
    <derives-from id="http://example.org/os/1"/>
    <release-date>2021-01-01</release-date>
    <resources arch="x86_64"><minimum><ram>2147483648</ram></minimum></resources>
    <devices><device id="http://pcisig.com/pci/1b36/0100" supported="false"/></devices>
    <variant id="live"><name>Example 2 Live</name></variant>
    <media arch="x86_64" live="true">
      <variant id="live"/>
      <iso><volume-id>^EXAMPLE 2\\.\\d+</volume-id><publisher-id>Example</publisher-id></iso>
    </media>
    <media arch="aarch64"><iso><volume-id>(?i)^example-arm(64|hf)$</volume-id></iso></media>
    <media arch="x86_64"><iso><volume-id>*broken(</volume-id></iso></media>
    <media arch="x86_64"><iso><volume-id>EXAMPLE</volume-id><volume-size>4096</volume-size></iso></media>
  </os>`);

let root: string;
const put = async (name: string, text: string) => {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
};
const osinfo = (...roots: string[]) => createOsinfo({ roots: roots.map((name) => join(root, name)) });
const label = (volumeId: string, more = {}) => ({
  volumeId,
  systemId: '',
  publisherId: '',
  applicationId: '',
  volumeBytes: 1,
  ...more,
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vivarium-osinfo-'));
  await put('db/os/example.org/example-1.xml', PARENT);
  await put('db/os/example.org/example-2.xml', CHILD);
});
afterEach(() => rm(root, { recursive: true }));

describe('the list of systems', () => {
  it('has the newest first, with names in English', async () => {
    expect((await osinfo('db').loadOsList()).map(({ name }) => name)).toEqual(['Example 2', 'Example 1']);
  });

  it('gives a system the devices of what it derives from, but for those that it takes back', async () => {
    const [child, parent] = await osinfo('db').loadOsList();
    expect(parent?.supports).toMatchObject({ virtioDisk: true, virtio1: true, qxl: true, uefi: true });
    expect(child?.supports).toMatchObject({
      virtioDisk: true,
      virtioNet: false,
      qxl: false,
      uefi: true,
      bios: undefined,
    });
  });

  it('recommends never less than the minimum, and inherits what is not said', async () => {
    const [child, parent] = await osinfo('db').loadOsList();
    expect(parent?.minimum).toEqual({ memoryKiB: 524_288, cpus: 1, storageBytes: 5_368_709_120 });
    expect(parent?.recommended).toEqual({ memoryKiB: 1_048_576, cpus: 1, storageBytes: 5_368_709_120 });
    expect(child?.minimum).toEqual({ memoryKiB: 2_097_152 });
    expect(child?.recommended).toEqual({ memoryKiB: 2_097_152 });
  });

  it('finds a system by its id and by each of its short ids', async () => {
    const db = osinfo('db');
    expect((await db.findOs('exampletwo'))?.id).toBe('http://example.org/os/2');
    expect((await db.findOs('http://example.org/os/1'))?.shortId).toBe('example1');
    expect(await db.findOs('example3')).toBeUndefined();
  });

  it('is empty without a database', async () => {
    expect(await osinfo('nothing').loadOsList()).toEqual([]);
  });

  it('survives systems that derive from each other in a circle', async () => {
    await put('db/os/a/loop.xml', file('<os id="a"><derives-from id="b"/></os><os id="b"><derives-from id="a"/></os>'));
    expect(await osinfo('db').loadOsList()).toHaveLength(4);
  });

  it('takes a file of the user before that of the system, adds parts from NAME.d, and passes over a broken one', async () => {
    await put('own/os/example.org/example-1.xml', file('<os id="http://example.org/os/1"><name>Mine</name></os>'));
    await put(
      'own/os/example.org/example-1.d/more.xml',
      file('<os id="http://example.org/os/1"><short-id>mine</short-id></os>'),
    );
    await put('own/os/example.org/broken.xml', '<libosinfo><os');
    const db = osinfo('db', 'own');
    expect(await db.findOs('mine')).toMatchObject({ id: 'http://example.org/os/1', name: 'Mine' });
    expect(await db.loadOsList()).toHaveLength(2);
  });

  it('knows a release that is newer than the database, from its predecessor', async () => {
    await put(
      'db/os/debian.org/debian-11.xml',
      PARENT.replaceAll('http://example.org/os/1', 'http://debian.org/debian/11'),
    );
    const debian12 = await osinfo('db').findOs('debian12');
    expect(debian12).toMatchObject({ name: 'Debian 12', supports: { virtioDisk: true } });
    expect(debian12?.recommended.memoryKiB).toBe(1_048_576);
    expect(await osinfo('db').identifyMedia(label('Debian 12.5.0 amd64 n'))).toMatchObject({
      osName: 'Debian 12',
      arch: 'x86_64',
    });
  });
});

describe('the system on an image', () => {
  it.each([
    ['EXAMPLE 1.0', {}, { osName: 'Example 1', isLive: false }],
    [
      'EXAMPLE 2.7',
      { publisherId: 'The Example Project' },
      { osName: 'Example 2', isLive: true, variant: 'Example 2 Live' },
    ],
    ['EXAMPLE 2.7', { publisherId: 'Somebody' }, { osName: 'Example 1' }],
    ['EXAMPLE 2.7', { volumeBytes: 4096 }, { osName: 'Example 2', isLive: false }],
    ['Example-ARM64', {}, { osName: 'Example 2', arch: 'aarch64' }],
  ])('with label %j and %j is %j', async (volumeId, more, match) => {
    expect(await osinfo('db').identifyMedia(label(volumeId, more))).toMatchObject(match);
  });

  it('is not guessed where no pattern fits', async () => {
    expect(await osinfo('db').identifyMedia(label('SOMETHING'))).toBeUndefined();
    expect(await osinfo('db').identifyMedia(label(''))).toBeUndefined();
  });
});

describe('the cache file', () => {
  it('gives the same list, and is made again when the database changes or the file is damaged', async () => {
    const options = { roots: [join(root, 'db')], cacheDir: join(root, 'cache') };
    const first = await createOsinfo(options).loadOsList();
    const cache = join(root, 'cache/osinfo.json');
    await writeFile(cache, (await readFile(cache, 'utf8')).replaceAll('Example 2', 'From the cache'));
    expect((await createOsinfo(options).loadOsList())[0]?.name).toBe('From the cache');
    await writeFile(cache, '{"form":1');
    expect(await createOsinfo(options).loadOsList()).toEqual(first);
    await put('db/os/example.org/example-3.xml', file('<os id="three"><name>Example 3</name></os>'));
    await utimes(join(root, 'db/os/example.org'), 1, 1);
    expect(await createOsinfo(options).loadOsList()).toHaveLength(3);
  });

  it('is not needed: where it can not be written the list is there all the same', async () => {
    await put('taken', '');
    const db = createOsinfo({ roots: [join(root, 'db')], cacheDir: join(root, 'taken') });
    expect(await db.loadOsList()).toHaveLength(2);
  });
});

it("looks in the system's folders first and in the user's last", () => {
  expect(osinfoRoots({ HOME: '/home/me' })).toEqual([
    '/usr/share/osinfo',
    '/etc/osinfo',
    '/home/me/.config/osinfo',
    '/home/me/.local/share/osinfo',
  ]);
});
