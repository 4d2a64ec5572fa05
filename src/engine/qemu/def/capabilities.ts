// What an emulator binary can do, derived from QMP replies; plain JSON, so that it can be cached on disk. The replies come from a live probe
// (qemu/ sends PROBE_COMMANDS) or from a transcript that was recorded (libvirt's .replies format: command, reply, … parted by blank lines).
import { z } from 'zod';
import { virError } from '../../../common/errors.ts';
import { OPTION_FLAGS, PROPERTY_FLAGS, SCHEMA_FLAGS, TYPE_FLAGS } from './capability-tables.ts';
import { type SchemaEntry, schemaHas } from './qmp-schema.ts';

export interface QemuMachine {
  readonly name: string;
  readonly alias?: string | undefined;
  readonly isDefault: boolean;
  readonly maxCpus: number;
  readonly hotpluggableCpus: boolean;
  readonly defaultCpu?: string | undefined;
  readonly defaultRamId?: string | undefined;
  readonly numaMemSupported: boolean;
  readonly acpi: boolean;
  readonly deprecated: boolean;
}

export interface QemuCpuModel {
  readonly name: string;
  readonly usable: boolean;
  /** Names of features that this host lacks for the model. */
  readonly blockers: readonly string[];
  readonly deprecated: boolean;
}

export interface QemuCapabilities {
  /** major × 1,000,000 + minor × 1,000 + micro, libvirt's form. */
  readonly version: number;
  readonly arch: string;
  readonly kvm: boolean;
  readonly flags: readonly string[];
  readonly machines: readonly QemuMachine[];
  readonly cpus: readonly QemuCpuModel[];
  readonly tpmModels: readonly string[];
  readonly tpmTypes: readonly string[];
}

export interface TranscriptEntry {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  /** QEMU's `return`; undefined where it answered with an error. */
  readonly reply: unknown;
}

export interface ProbeCommand {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

const typesOf = (back: boolean): readonly string[] => [
  ...new Set(PROPERTY_FLAGS.map(([type]) => type).filter((type) => isBackEnd(type) === back)),
];
const isBackEnd = (type: string): boolean => /^memory-backend|-cpu$|-machine$/.test(type);

/** The commands whose replies capabilitiesFromTranscript wants, in order. An error as an answer is an answer. */
export const PROBE_COMMANDS: readonly ProbeCommand[] = [
  { execute: 'query-version' },
  { execute: 'query-target' },
  { execute: 'query-kvm' },
  { execute: 'query-qmp-schema' },
  { execute: 'qom-list-types' },
  ...typesOf(false).map((typename) => ({ execute: 'device-list-properties', arguments: { typename } })),
  ...typesOf(true).map((typename) => ({ execute: 'qom-list-properties', arguments: { typename } })),
  { execute: 'query-machines' },
  { execute: 'query-cpu-definitions' },
  { execute: 'query-tpm-models' },
  { execute: 'query-tpm-types' },
  { execute: 'query-command-line-options' },
];

const versionReply = z.object({ qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }) });
const targetReply = z.object({ arch: z.string() });
const kvmReply = z.object({ enabled: z.boolean(), present: z.boolean() });
const namesReply = z.array(z.object({ name: z.string() }));
const machinesReply = z.array(
  z.object({
    name: z.string(),
    alias: z.string().optional(),
    'is-default': z.boolean().optional(),
    'cpu-max': z.number().optional(),
    'hotpluggable-cpus': z.boolean().optional(),
    'default-cpu-type': z.string().optional(),
    'default-ram-id': z.string().optional(),
    'numa-mem-supported': z.boolean().optional(),
    acpi: z.boolean().optional(),
    deprecated: z.boolean().optional(),
  }),
);
const cpusReply = z.array(
  z.object({
    name: z.string(),
    'unavailable-features': z.array(z.string()).optional(),
    deprecated: z.boolean().optional(),
  }),
);
const optionsReply = z.array(z.object({ option: z.string(), parameters: z.array(z.object({ name: z.string() })) }));
const schemaReply = z.array(z.looseObject({ name: z.string(), 'meta-type': z.string() }));

type Replies = ReadonlyMap<string, readonly TranscriptEntry[]>;

const firstReply = (replies: Replies, execute: string): unknown =>
  replies.get(execute)?.find((entry) => entry.reply !== undefined)?.reply;

function read<T>(replies: Replies, execute: string, schema: z.ZodType<T>, fallback?: T): T {
  const reply = firstReply(replies, execute);
  if (reply === undefined && fallback !== undefined) return fallback;
  const parsed = schema.safeParse(reply);
  if (!parsed.success)
    throw virError('INTERNAL_ERROR', `unexpected reply to ${execute}`, { detail: parsed.error.message });
  return parsed.data;
}

const readMachines = (replies: Replies): readonly QemuMachine[] =>
  read(replies, 'query-machines', machinesReply)
    .filter((machine) => machine.name !== 'none')
    .map((machine) => ({
      name: machine.name,
      ...(machine.alias && { alias: machine.alias }),
      isDefault: machine['is-default'] ?? false,
      maxCpus: machine['cpu-max'] ?? 1,
      hotpluggableCpus: machine['hotpluggable-cpus'] ?? false,
      ...(machine['default-cpu-type'] && { defaultCpu: machine['default-cpu-type'].replace(/-[^-]+-cpu$/, '') }),
      ...(machine['default-ram-id'] && { defaultRamId: machine['default-ram-id'] }),
      numaMemSupported: machine['numa-mem-supported'] ?? false,
      acpi: machine.acpi ?? true,
      deprecated: machine.deprecated ?? false,
    }));

const readCpus = (replies: Replies): readonly QemuCpuModel[] =>
  read(replies, 'query-cpu-definitions', cpusReply, []).map((cpu) => ({
    name: cpu.name,
    usable: (cpu['unavailable-features'] ?? []).length === 0,
    blockers: cpu['unavailable-features'] ?? [],
    deprecated: cpu.deprecated ?? false,
  }));

function propertiesByType(replies: Replies): ReadonlyMap<string, ReadonlySet<string>> {
  const properties = new Map<string, ReadonlySet<string>>();
  for (const command of ['device-list-properties', 'qom-list-properties']) {
    for (const entry of replies.get(command) ?? []) {
      const parsed = namesReply.safeParse(entry.reply);
      const typename = entry.arguments?.typename;
      if (parsed.success && typeof typename === 'string')
        properties.set(typename, new Set(parsed.data.map((property) => property.name)));
    }
  }
  return properties;
}

function readFlags(replies: Replies): readonly string[] {
  const flags = new Set<string>();
  for (const { name } of read(replies, 'qom-list-types', namesReply)) {
    const flag = TYPE_FLAGS[name];
    if (flag) flags.add(flag);
  }
  const properties = propertiesByType(replies);
  for (const [type, property, flag] of PROPERTY_FLAGS) if (properties.get(type)?.has(property)) flags.add(flag);
  const schema = read(replies, 'query-qmp-schema', schemaReply, []) as readonly SchemaEntry[];
  const byName = new Map(schema.map((entry) => [entry.name, entry]));
  for (const [path, flag] of SCHEMA_FLAGS) if (schemaHas(byName, path)) flags.add(flag);
  const options = new Map(
    read(replies, 'query-command-line-options', optionsReply, []).map((group) => [group.option, group]),
  );
  for (const [option, parameter, flag] of OPTION_FLAGS) {
    const group = options.get(option);
    if (group && (parameter === '' || group.parameters.some(({ name }) => name === parameter))) flags.add(flag);
  }
  return [...flags].sort();
}

/** Capabilities from commands and their replies, whoever sent them. Throws INTERNAL_ERROR where a reply has no form we know. */
export function capabilitiesFromTranscript(entries: readonly TranscriptEntry[]): QemuCapabilities {
  const replies = new Map<string, TranscriptEntry[]>();
  for (const entry of entries) {
    const known = replies.get(entry.execute);
    if (known) known.push(entry);
    else replies.set(entry.execute, [entry]);
  }
  const { qemu } = read(replies, 'query-version', versionReply);
  const kvm = read(replies, 'query-kvm', kvmReply, { enabled: false, present: false });
  return {
    version: qemu.major * 1_000_000 + qemu.minor * 1_000 + qemu.micro,
    arch: read(replies, 'query-target', targetReply).arch,
    kvm: kvm.present && kvm.enabled,
    flags: readFlags(replies),
    machines: readMachines(replies),
    cpus: readCpus(replies),
    tpmModels: read(replies, 'query-tpm-models', z.array(z.string()), []),
    tpmTypes: read(replies, 'query-tpm-types', z.array(z.string()), []),
  };
}

const document = z.looseObject({
  execute: z.string().optional(),
  arguments: z.record(z.string(), z.unknown()).optional(),
});

/** A recorded transcript: JSON documents parted by a blank line, each command followed by its reply. */
export function transcriptFromReplies(text: string): readonly TranscriptEntry[] {
  const documents = text
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== '')
    .map((part) => document.parse(JSON.parse(part)));
  const entries: TranscriptEntry[] = [];
  for (let at = 0; at + 1 < documents.length; at += 2) {
    const [command, reply] = [documents[at], documents[at + 1]];
    if (command?.execute)
      entries.push({ execute: command.execute, arguments: command.arguments, reply: reply?.return });
  }
  return entries;
}

/** Throws XML_ERROR's cousin INVALID_ARG where the text is no transcript. */
export function capabilitiesFromReplies(text: string): QemuCapabilities {
  try {
    return capabilitiesFromTranscript(transcriptFromReplies(text));
  } catch (cause) {
    throw virError('INVALID_ARG', 'the file is not a recorded QMP transcript', { cause });
  }
}

export const hasFlag = (caps: QemuCapabilities, flag: string): boolean => flagSet(caps).has(flag);

const flagSets = new WeakMap<QemuCapabilities, ReadonlySet<string>>();

function flagSet(caps: QemuCapabilities): ReadonlySet<string> {
  let flags = flagSets.get(caps);
  if (!flags) {
    flags = new Set(caps.flags);
    flagSets.set(caps, flags);
  }
  return flags;
}

export const findMachine = (caps: QemuCapabilities, name: string): QemuMachine | undefined =>
  caps.machines.find((machine) => machine.name === name || machine.alias === name);
