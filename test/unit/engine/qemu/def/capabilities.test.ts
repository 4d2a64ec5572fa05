import { describe, expect, it } from 'vitest';
import {
  capabilitiesFromReplies,
  capabilitiesFromTranscript,
  findMachine,
  hasFlag,
  PROBE_COMMANDS,
  type TranscriptEntry,
  transcriptFromReplies,
} from '../../../../../src/engine/qemu/def/capabilities.ts';
import { schemaHas } from '../../../../../src/engine/qemu/def/qmp-schema.ts';
import { recordedCapabilities } from '../../../../helpers/define-context.ts';

/** The smallest answers that a QEMU could give. */
const transcript: readonly TranscriptEntry[] = [
  { execute: 'query-version', reply: { qemu: { major: 9, minor: 2, micro: 1 }, package: '' } },
  { execute: 'query-target', reply: { arch: 'x86_64' } },
  { execute: 'query-kvm', reply: { enabled: true, present: true } },
  {
    execute: 'query-qmp-schema',
    reply: [
      { name: 'netdev_add', 'meta-type': 'command', 'arg-type': '1', 'ret-type': '0' },
      { name: '1', 'meta-type': 'object', members: [], variants: [{ case: 'stream', type: '2' }] },
      { name: '2', 'meta-type': 'object', members: [{ name: 'reconnect-ms', type: 'int', default: null }] },
      { name: 'int', 'meta-type': 'builtin', 'json-type': 'int' },
    ],
  },
  {
    execute: 'qom-list-types',
    reply: [{ name: 'pcie-root-port' }, { name: 'virtio-blk-pci' }, { name: 'unheard-of' }],
  },
  {
    execute: 'device-list-properties',
    arguments: { typename: 'virtio-blk-pci' },
    reply: [{ name: 'packed', type: 'bool' }],
  },
  { execute: 'device-list-properties', arguments: { typename: 'vfio-pci' }, reply: undefined },
  {
    execute: 'query-machines',
    reply: [
      { name: 'none', 'cpu-max': 1 },
      {
        name: 'pc-q35-9.2',
        alias: 'q35',
        'cpu-max': 4096,
        'default-cpu-type': 'qemu64-x86_64-cpu',
        'default-ram-id': 'pc.ram',
      },
    ],
  },
  {
    execute: 'query-cpu-definitions',
    reply: [
      { name: 'host', 'unavailable-features': [] },
      { name: 'EPYC', 'unavailable-features': ['svm'] },
    ],
  },
  { execute: 'query-command-line-options', reply: [{ option: 'run-with', parameters: [{ name: 'async-teardown' }] }] },
];

describe('capabilities', () => {
  const caps = capabilitiesFromTranscript(transcript);

  it('come from what the replies prove', () => {
    expect(caps).toMatchObject({ version: 9_002_001, arch: 'x86_64', kvm: true, tpmModels: [] });
    expect(caps.flags).toEqual([
      'DEVICE_PCIE_ROOT_PORT',
      'NETDEV_STREAM',
      'NETDEV_STREAM_RECONNECT_MILISECONDS',
      'RUN_WITH_ASYNC_TEARDOWN',
      'VIRTIO_PACKED_QUEUES',
    ]);
    expect(hasFlag(caps, 'VIRTIO_PACKED_QUEUES')).toBe(true);
    expect(hasFlag(caps, 'SPICE')).toBe(false);
  });

  it('know machines by name and by alias, and not the one that is none', () => {
    expect(caps.machines.map(({ name }) => name)).toEqual(['pc-q35-9.2']);
    expect(findMachine(caps, 'q35')).toMatchObject({
      name: 'pc-q35-9.2',
      maxCpus: 4096,
      defaultCpu: 'qemu64',
      defaultRamId: 'pc.ram',
    });
  });

  it('know which CPU models this host can run', () => {
    expect(caps.cpus).toEqual([
      { name: 'host', usable: true, blockers: [], deprecated: false },
      { name: 'EPYC', usable: false, blockers: ['svm'], deprecated: false },
    ]);
  });

  it('are plain JSON', () => expect(JSON.parse(JSON.stringify(caps))).toEqual(caps));

  it('are refused where a reply has no form that we know', () => {
    const broken = transcript.map((entry) => (entry.execute === 'query-machines' ? { ...entry, reply: {} } : entry));
    expect(() => capabilitiesFromTranscript(broken)).toThrowError(/unexpected reply to query-machines/);
  });

  it('can be read from a recorded transcript', () => {
    const text = transcript
      .flatMap(({ execute, arguments: args, reply }) => [
        { execute, arguments: args },
        reply === undefined ? { error: {} } : { return: reply },
      ])
      .map((document) => JSON.stringify(document, null, 2))
      .join('\n\n');
    expect(transcriptFromReplies(text)).toHaveLength(transcript.length);
    expect(capabilitiesFromReplies(text)).toEqual(caps);
    expect(() => capabilitiesFromReplies('not JSON')).toThrowError(/not a recorded QMP transcript/);
  });
});

describe('the probe', () => {
  it('asks each thing once, and changes nothing', () => {
    const asked = PROBE_COMMANDS.map((command) => JSON.stringify(command));
    expect(new Set(asked).size).toBe(asked.length);
    for (const { execute } of PROBE_COMMANDS) expect(execute).toMatch(/^(?:query|qom-list|device-list)/);
  });
});

describe('a path into the QMP schema', () => {
  const reply = transcript[3]?.reply as { name: string; 'meta-type': string }[];
  const schema = new Map(reply.map((entry) => [entry.name, entry]));
  it.each([
    ['netdev_add', true],
    ['netdev_add/arg-type/+stream', true],
    ['netdev_add/arg-type/+stream/*reconnect-ms', true],
    ['netdev_add/arg-type/+stream/*reconnect', false],
    ['netdev_add/arg-type/+passt', false],
    ['netdev_del', false],
  ])('%s is there: %s', (path, there) => expect(schemaHas(schema, path)).toBe(there));
});

describe('the recorded QEMU 7.2', () => {
  it('has what the floor must have', () => {
    for (const flag of ['DEVICE_PCIE_ROOT_PORT', 'NETDEV_STREAM', 'MACHINE_MEMORY_BACKEND', 'VNC', 'DEVICE_QEMU_XHCI'])
      expect(recordedCapabilities.flags).toContain(flag);
    expect(recordedCapabilities.flags).not.toContain('NETDEV_STREAM_RECONNECT_MILISECONDS');
  });
});
