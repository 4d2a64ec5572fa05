// One script for two peers: virsh and vivarium run the same invocations in the same order, and what they print is compared by its fields. Shared by the test and
// by tools/record-virsh.mjs, which keeps what virsh said (test/data/virsh/parity.txt) for hosts without libvirt.

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What is compared beside whether the status is 0. text: every field of every line; keys: the keys of key: value lines; elements: the paths of the XML's
 * elements; error: the first line of standard error; status: nothing more.
 */
export type Comparison = 'text' | 'keys' | 'elements' | 'error' | 'status';
export interface Step {
  readonly args: readonly string[];
  readonly compare: Comparison;
}

export const DOMAIN_XML = (dir: string): string => `<domain type='qemu'>
  <name>parity</name>
  <uuid>5f0f5c7e-4a51-4b0e-9a53-0c1d1a6b7a01</uuid>
  <title>A title</title>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${dir}/disk.raw'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
    <interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>
    <serial type='pty'/>
  </devices>
</domain>
`;

const steps = (compare: Comparison, ...lines: readonly string[]): readonly Step[] =>
  lines.map((line) => ({ compare, args: line.split(' ') }));

/** DIR stands for the folder of the files. */
export const SCRIPT: readonly Step[] = [
  ...steps('error', 'define DIR/none.xml', 'define DIR/bad.xml'),
  ...steps('text', 'define DIR/parity.xml', 'list', 'list --all', 'list --all --title', 'list --all --name'),
  ...steps('text', 'list --all --uuid', 'list --all --uuid --name', 'list --all --uuid --id --name', 'list --id'),
  ...steps('text', 'list --inactive', 'list --all --persistent', 'list --all --transient', 'list --state-shutoff'),
  ...steps('text', 'list --all --no-autostart', 'list --all --without-managed-save', 'list --all --with-managed-save'),
  ...steps('text', 'list --all --state-running', 'list --all --state-other', '-q list --all', 'list --table --all'),
  ...steps('text', 'domstate parity', 'domid parity', 'domuuid parity', 'domblklist parity', 'domiflist parity'),
  ...steps('text', 'domblklist parity --details', 'domblklist parity --inactive', 'domblklist --domain parity'),
  ...steps('text', 'domname 5f0f5c7e-4a51-4b0e-9a53-0c1d1a6b7a01', 'domiflist --inactive --domain=parity'),
  ...steps('keys', 'dominfo parity', 'vcpucount parity'),
  ...steps('elements', 'dumpxml parity', 'dumpxml --inactive parity', 'dumpxml parity --security-info'),
  ...steps('text', 'autostart parity', 'list --all --autostart', 'autostart --disable parity'),
  ...steps('error', 'destroy parity', 'shutdown parity', 'reboot parity', 'suspend parity', 'resume parity'),
  ...steps(
    'error',
    'start nope',
    'undefine nope',
    'dumpxml nope',
    'domstate nope',
    'domblklist nope',
    'domiflist nope',
  ),
  ...steps('error', 'explode', 'start', 'start parity --bogus', 'domstate parity extra', 'list --table --name'),
  ...steps('error', 'event', 'event --event bogus', 'event --all --timeout x', 'help nope', 'list --all=1'),
  ...steps('error', 'setmem parity 16M --config --current', 'setmem parity many', 'event --timeout'),
  ...steps(
    'error',
    'setvcpu parity 0',
    'setvcpu parity 1 --enable --disable',
    'setvcpu parity 1 --enable --live --current',
  ),
  ...steps('status', 'setvcpu parity 0 --disable', 'setvcpu parity 1 --enable', 'setvcpu parity x --enable'),
  ...steps('text', 'setvcpus parity 4 --maximum --config', 'setvcpu parity 3 --enable --config'),
  ...steps('text', 'dumpxml parity --xpath //vcpus/vcpu/@enabled'),
  ...steps('text', 'setvcpus parity 4 --config --hotpluggable', 'dumpxml parity --xpath //vcpus/vcpu/@enabled'),
  ...steps(
    'text',
    'setvcpus parity 3 --config',
    'setvcpu parity 2-3 --disable',
    'dumpxml parity --xpath //vcpu/@current',
  ),
  ...steps('text', 'dumpxml parity --xpath //vcpus/vcpu/@enabled', 'dumpxml parity --xpath //vcpus/vcpu/@hotpluggable'),
  ...steps('error', 'iothreadset parity 2', 'iothreadset parity x --poll-grow 1', 'iothreadset parity 0 --poll-grow 1'),
  ...steps('status', 'iothreadset parity 7 --thread-pool-max 1', 'iothreadset parity 1 --thread-pool-max x'),
  ...steps('text', 'iothreadadd parity 2 --config', 'iothreadset parity 2 --thread-pool-max 4 --thread-pool-min 1'),
  ...steps('text', 'iothreadset parity 2 --thread-pool-min=-1', 'dumpxml parity --xpath //iothread/@thread_pool_min'),
  ...steps('text', 'dumpxml parity --xpath //iothread/@thread_pool_max', 'define DIR/parity.xml'),
  ...steps('text', 'dommemstat parity --period 3', 'dumpxml parity --xpath //memballoon/stats/@period'),
  ...steps('text', 'dommemstat parity --period 0', 'dumpxml parity --xpath //memballoon/stats/@period'),
  ...steps('error', 'dommemstat parity --period x', 'dommemstat parity --period=-1'),
  ...steps('error', 'cpu-models', 'cpu-models bogus', 'freepages', 'freepages 0', 'freepages --all --cellno 0'),
  ...steps('error', 'blockcopy parity vda --dest x --xml y', 'blockcopy parity vda --xml y --format raw'),
  ...steps('error', 'blockcopy parity vda', 'blockcopy parity vda --xml y --blockdev'),
  ...steps('text', 'blockcopy parity vda --dest /x --format qcow2 --print-xml'),
  ...steps(
    'text',
    'start parity --paused',
    'domstate parity',
    'domstate parity --reason',
    'list',
    'list --state-paused',
  ),
  ...steps(
    'text',
    'resume parity',
    'domstate parity --reason',
    'domid parity',
    'list --all',
    'list --name',
    'list --id',
  ),
  ...steps('status', 'start parity', 'define DIR/bad.xml'),
  ...steps(
    'text',
    'suspend parity',
    'domstate parity --reason',
    'resume parity',
    'domblklist parity',
    'domiflist parity',
  ),
  ...steps('text', 'blockresize parity vda 2048', 'blockresize parity DIR/disk.raw --size 3M', 'blockjob parity vda'),
  ...steps('error', 'blockresize parity sda 1M', 'blockresize parity vdz 1M', 'blockresize parity vda x'),
  ...steps('error', 'blockjob parity vda --abort --raw', 'blockpull parity vda --verbose', 'blockcommit parity'),
  ...steps('error', 'domdirtyrate-calc parity --mode bogus', 'domdirtyrate-calc parity --seconds x'),
  ...steps('text', 'domdirtyrate-calc parity --mode page-sampling', 'domstats parity --iothread'),
  ...steps('text', 'iothreadinfo parity', 'dumpxml parity --xpath //disk/target/@dev'),
  ...steps('text', 'dumpxml parity --xpath /domain/title --wrap', 'dumpxml parity --xpath //nothing'),
  ...steps('keys', 'dominfo parity', 'vcpucount parity', 'domblkinfo parity vda'),
  ...steps('elements', 'dumpxml parity', 'dumpxml parity --inactive'),
  ...steps('text', 'undefine parity', 'list --transient', 'list --persistent', 'destroy parity', 'list --all'),
  ...steps('error', 'domstate parity'),
  ...steps(
    'text',
    'define DIR/parity.xml',
    'domrename parity other',
    'domrename other parity',
    'undefine --domain parity',
  ),
  ...steps('text', 'create DIR/parity.xml', 'list', 'reset parity', 'destroy parity', 'list --all'),
];

/** Events of a start, a pause, its end and the shut-off, in the words of `event --all --loop`. */
export const EVENT_VERBS = ['start', 'suspend', 'resume', 'destroy'] as const;

const normalize = (text: string, dir: string): string =>
  text
    .replaceAll(dir, 'DIR')
    .replace(/^( +)\d+( +parity\b)/gm, '$1N$2')
    .replace(/^\d+$/gm, 'N')
    .replace(/^-{3,}$/gm, '---')
    .replace(/[ \t]+/g, ' ')
    .trim();

/** Paths like 'domain/devices/disk/target', with the attributes' names: 'domain/devices/disk/target@dev'. */
export function elementPaths(xml: string): readonly string[] {
  const paths = new Set<string>();
  const stack: string[] = [];
  for (const [, close, name = '', attributes = '', empty] of xml.matchAll(
    /<(\/?)([\w:]+)((?:\s+[\w:]+='[^']*')*)\s*(\/?)>/g,
  )) {
    if (close) {
      stack.pop();
      continue;
    }
    stack.push(name);
    const path = stack.join('/');
    paths.add(path);
    for (const [, attribute] of attributes.matchAll(/([\w:]+)='/g)) paths.add(`${path}@${attribute}`);
    if (empty) stack.pop();
  }
  return [...paths].sort();
}

const keysOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => /^([A-Za-z][\w() ]*?)(?::| {2,}(?=\S+ +\d+$))/.exec(line)?.[1]?.trim() ?? '')
    .filter((key) => key !== '');

/** The comparable part of what was said; equal where both peers agree. */
export function fieldsOf(said: Said, compare: Comparison, dir: string): unknown {
  const ok = said.status === 0;
  switch (compare) {
    case 'text':
      return { ok, text: normalize(said.stdout, dir) };
    case 'keys':
      return { ok, keys: keysOf(said.stdout) };
    case 'elements':
      return { ok, paths: elementPaths(said.stdout) };
    case 'error':
      return { ok, error: normalize(said.stderr.split('\n')[0] ?? '', dir) };
    default:
      return { ok };
  }
}

/** Recorded blocks: `$ args`, `= status`, then lines with `1 ` (standard output) or `2 ` (standard error) before them. */
export function formatRecord(records: readonly (Said & { readonly args: readonly string[] })[]): string {
  const mark = (sign: string, text: string): string =>
    text === '' ? '' : text.replace(/\n$/, '').replace(/^/gm, `${sign} `).concat('\n');
  return records
    .map(
      ({ args, status, stdout, stderr }) =>
        `$ ${args.join(' ')}\n= ${status}\n${mark('1', stdout)}${mark('2', stderr)}`,
    )
    .join('');
}

export function parseRecord(text: string): readonly (Said & { readonly args: readonly string[] })[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((block) => {
      const [args = '', status = '', ...lines] = block.split('\n');
      const part = (sign: string): string =>
        lines.flatMap((line) => (line.startsWith(sign) ? [`${line.slice(2)}\n`] : [])).join('');
      return { args: args.split(' '), status: Number(status.slice(2)), stdout: part('1'), stderr: part('2') };
    });
}
