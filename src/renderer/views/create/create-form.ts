// The create wizard's content as plain data: what it begins with, what defaults fill in, what is wrong with it, and what the engine gets. Pure;
// the dialog only draws it.
import { formatBytes, parseSize } from '../../../common/base/units.ts';
import type { Input } from '../../../common/contract/procedures.ts';
import type { HostInfo } from '../../../common/model/host.ts';
import {
  domainNameProblem,
  type IMPORT_FORMATS,
  type MachineDefaults,
  type MachineSource,
  type MediaInfo,
} from '../../../common/model/machine.ts';

export const SOURCE_KINDS = ['iso', 'import', 'network', 'kernel', 'demo'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export const STEPS = ['source', 'machine', 'review'] as const;
export type Step = (typeof STEPS)[number];

export interface CreateForm {
  readonly kind: SourceKind;
  readonly isoPath: string;
  readonly importPath: string;
  readonly importFormat: ImportFormat;
  readonly importCopy: boolean;
  readonly kernel: string;
  readonly initrd: string;
  readonly cmdline: string;
  readonly osId: string | undefined;
  readonly name: string;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly hasDisk: boolean;
  readonly diskGiB: number;
  readonly diskFormat: 'qcow2' | 'raw';
  readonly firmware: 'bios' | 'uefi';
  /** 'user', 'none' or a bridge as 'bridge:br0'. */
  readonly network: string;
  readonly start: boolean;
  /** What the person set: defaults do not touch it any more. */
  readonly edited: ReadonlySet<keyof CreateForm>;
}

export type FieldErrors = Partial<Record<keyof CreateForm, string>>;

export interface FormContext {
  readonly names: ReadonlySet<string>;
  readonly host: HostInfo | undefined;
  /** What the ISO turned out to be; undefined while it is not known. */
  readonly media?: MediaInfo | undefined;
  /** Why the ISO or disk can not be read. */
  readonly mediaError?: string | undefined;
}

const MIB_KIB = 1024;
const GIB = 1024 ** 3;

export const initialForm = (): CreateForm => ({
  kind: 'iso',
  isoPath: '',
  importPath: '',
  importFormat: 'qcow2',
  importCopy: true,
  kernel: '',
  initrd: '',
  cmdline: '',
  osId: undefined,
  name: '',
  memoryMiB: 2048,
  vcpus: 2,
  hasDisk: true,
  diskGiB: 20,
  diskFormat: 'qcow2',
  firmware: 'bios',
  network: 'user',
  start: true,
  edited: new Set(),
});

const EXTENSIONS: Readonly<Record<string, ImportFormat>> = {
  qcow2: 'qcow2',
  img: 'raw',
  raw: 'raw',
  vmdk: 'vmdk',
  vdi: 'vdi',
  vhd: 'vpc',
  vpc: 'vpc',
  vhdx: 'vhdx',
};

/** What the ending of a file name says about the format of a disk image. */
export const formatOfPath = (path: string): ImportFormat | undefined =>
  EXTENSIONS[/\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''];

const hasNewDisk = (kind: SourceKind): boolean => kind === 'iso' || kind === 'network';

/** The form after the person changed something; what hangs on it follows unless they set that too. */
export function edit(form: CreateForm, change: Partial<Omit<CreateForm, 'edited'>>): CreateForm {
  const edited = new Set([...form.edited, ...(Object.keys(change) as (keyof CreateForm)[])]);
  let next: CreateForm = { ...form, ...change, edited };
  if (change.kind !== undefined && !edited.has('hasDisk')) next = { ...next, hasDisk: hasNewDisk(change.kind) };
  // a system found on one image says nothing about another source
  if (change.kind !== undefined && !edited.has('osId')) next = { ...next, osId: undefined };
  const format = change.importPath === undefined ? undefined : formatOfPath(change.importPath);
  return format && !edited.has('importFormat') ? { ...next, importFormat: format } : next;
}

/** Takes in what the engine recommends, where the person has not set something else. */
export function applyDefaults(form: CreateForm, defaults: MachineDefaults): CreateForm {
  const filled = {
    name: defaults.name,
    memoryMiB: Math.round(defaults.memoryKiB / MIB_KIB),
    vcpus: defaults.vcpus,
    firmware: defaults.firmware,
    ...(defaults.diskBytes > 0 ? { diskGiB: Math.max(1, Math.floor(defaults.diskBytes / GIB)) } : {}),
  };
  const wanted = Object.entries(filled).filter(([key]) => !form.edited.has(key as keyof CreateForm));
  return { ...form, ...Object.fromEntries(wanted) };
}

export const applyMedia = (form: CreateForm, media: MediaInfo): CreateForm =>
  form.edited.has('osId') || form.osId === media.osId ? form : { ...form, osId: media.osId };

/** The source as far as it is complete: what defaults are asked for with. */
export function sourceOf(form: CreateForm): MachineSource | undefined {
  switch (form.kind) {
    case 'iso':
      return form.isoPath ? { kind: 'iso', path: form.isoPath } : undefined;
    case 'import':
      return form.importPath
        ? { kind: 'import', path: form.importPath, format: form.importFormat, copy: form.importCopy }
        : undefined;
    case 'network':
      return { kind: 'network' };
    case 'kernel':
      return form.kernel
        ? {
            kind: 'kernel',
            kernel: form.kernel,
            ...(form.initrd ? { initrd: form.initrd } : {}),
            ...(form.cmdline ? { cmdline: form.cmdline } : {}),
          }
        : undefined;
    case 'demo':
      return { kind: 'demo' };
  }
}

const pathProblem = (path: string, what: string): string | undefined => {
  if (path.trim() === '') return `Choose ${what}.`;
  return path.startsWith('/') ? undefined : 'Give the whole path, beginning with a slash, or press Browse.';
};

function sourceErrors(form: CreateForm, context: FormContext): FieldErrors {
  const at = (field: keyof CreateForm, problem: string | undefined): FieldErrors =>
    problem ? { [field]: problem } : {};
  switch (form.kind) {
    case 'iso':
      return at('isoPath', pathProblem(form.isoPath, 'an installation image (ISO)') ?? context.mediaError);
    case 'import':
      return at('importPath', pathProblem(form.importPath, 'the disk image to import') ?? context.mediaError);
    case 'kernel':
      return {
        ...at('kernel', pathProblem(form.kernel, 'the kernel to start')),
        ...at('initrd', form.initrd ? pathProblem(form.initrd, 'the initrd') : undefined),
      };
    case 'network':
    case 'demo':
      return {};
  }
}

const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

function hardwareErrors(form: CreateForm, { host }: FormContext): FieldErrors {
  const errors: FieldErrors = {};
  if (!isWhole(form.memoryMiB)) errors.memoryMiB = 'Give the memory in whole MiB, at least 1.';
  else if (host && form.memoryMiB * MIB_KIB > host.memoryKiB)
    errors.memoryMiB = `This computer has ${formatBytes(host.memoryKiB * 1024)}; give the machine less.`;
  if (!isWhole(form.vcpus)) errors.vcpus = 'Give at least one CPU.';
  else if (form.vcpus > 255) errors.vcpus = 'A machine can have 255 CPUs at most.';
  if (form.hasDisk && !(form.diskGiB > 0)) errors.diskGiB = 'Give the disk’s size in GiB, or leave the disk out.';
  else if (form.hasDisk && host && form.diskFormat === 'raw' && form.diskGiB * GIB > host.freeImageBytes)
    errors.diskGiB = `Only ${formatBytes(host.freeImageBytes)} are free; make it smaller, or use qcow2, which grows as needed.`;
  return errors;
}

function nameError(form: CreateForm, { names }: FormContext): string | undefined {
  const problem = domainNameProblem(form.name);
  if (problem) return problem;
  return names.has(form.name) ? `There is a machine called “${form.name}” already; choose another name.` : undefined;
}

/** Everything that is wrong, by field. Empty means that it can be created. */
export function validate(form: CreateForm, context: FormContext): FieldErrors {
  const name = nameError(form, context);
  return { ...sourceErrors(form, context), ...(name ? { name } : {}), ...hardwareErrors(form, context) };
}

const SOURCE_FIELDS: readonly (keyof CreateForm)[] = ['isoPath', 'importPath', 'kernel', 'initrd', 'cmdline'];

/** The first step that has an error, or undefined. */
export function stepOfErrors(errors: FieldErrors): Step | undefined {
  const fields = Object.keys(errors) as (keyof CreateForm)[];
  if (fields.length === 0) return undefined;
  return fields.some((field) => SOURCE_FIELDS.includes(field)) ? 'source' : 'machine';
}

export interface HardwareHints {
  readonly memory?: string;
  readonly vcpus?: string;
  readonly disk?: string;
}

/** What deserves a remark but stops nothing. */
export function hintsOf(form: CreateForm, { host }: FormContext, defaults: MachineDefaults | undefined): HardwareHints {
  const minimum = defaults?.minimumMemoryKiB;
  const memory =
    minimum !== undefined && form.memoryMiB * MIB_KIB < minimum
      ? `Less than this system needs (${formatBytes(minimum * 1024)}); it may not start.`
      : host && form.memoryMiB * MIB_KIB > host.freeMemoryKiB
        ? `More than is free now (${formatBytes(host.freeMemoryKiB * 1024)}).`
        : undefined;
  const vcpus = host && form.vcpus > host.cpus ? `This computer has ${host.cpus}; more will be slower.` : undefined;
  const disk =
    host && form.diskGiB * GIB > host.freeImageBytes ? `${formatBytes(host.freeImageBytes)} are free now.` : undefined;
  return { ...(memory ? { memory } : {}), ...(vcpus ? { vcpus } : {}), ...(disk ? { disk } : {}) };
}

function networkOf(choice: string): Input<'machine.create'>['network'] {
  if (choice.startsWith('bridge:')) return { kind: 'bridge', bridge: choice.slice('bridge:'.length) };
  return { kind: choice === 'none' ? 'none' : 'user' };
}

/** What the engine gets. Call it only with a form that `validate` has nothing against. */
export function toInput(form: CreateForm): Input<'machine.create'> {
  const source = sourceOf(form) ?? { kind: 'demo' };
  const sizeBytes = parseSize(`${Math.round(form.diskGiB * 1024)}M`);
  return {
    name: form.name,
    source,
    memoryKiB: form.memoryMiB * MIB_KIB,
    vcpus: form.vcpus,
    firmware: form.firmware,
    network: networkOf(form.network),
    start: form.start,
    ...(form.osId ? { osId: form.osId } : {}),
    ...(form.hasDisk && form.kind !== 'demo' ? { disk: { sizeBytes, format: form.diskFormat } } : {}),
  };
}

/** What is known of the chosen image. */
export type MediaState =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'known'; readonly media: MediaInfo }
  | { readonly kind: 'unreadable'; readonly message: string };
