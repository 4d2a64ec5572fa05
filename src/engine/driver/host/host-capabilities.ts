// host.capabilities and host.domainCapabilities: what the probe found, in libvirt's XML. Gathers here; the form of the latter is domain-capabilities.ts.
import { readFile } from 'node:fs/promises';
import { cpus, arch as nodeArch, totalmem } from 'node:os';
import type { Output, ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { QemuCapabilities, QemuMachine } from '../../qemu/def/capabilities.ts';
import type { DriverContext } from '../context.ts';
import { element, type Lines, textElement } from '../xml-lines.ts';
import { formatDomainCapabilities, namedModels } from './domain-capabilities.ts';
import { findEmulator } from './host.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** 'flags' of /proc/cpuinfo are the kernel's names, most of which are libvirt's. */
function formatHostCpu(cpuinfo: string, hostArch: string): Lines {
  const field = (name: string): string | undefined => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(cpuinfo)?.[1];
  const vendor = { AuthenticAMD: 'AMD', GenuineIntel: 'Intel' }[field('vendor_id') ?? ''];
  const sockets = new Set(cpuinfo.match(/^physical id\s*: .*$/gm) ?? ['']).size;
  const cores = Number(field('cpu cores') ?? cpus().length);
  const threads = Math.max(1, Math.floor(cpus().length / (sockets * cores)));
  const signature = { family: field('cpu family'), model: field('model'), stepping: field('stepping') };
  return element(
    'cpu',
    {},
    textElement('arch', hostArch),
    ...(vendor ? [textElement('vendor', vendor)] : []),
    ...(signature.family ? [element('signature', signature)] : []),
    element('topology', { sockets, dies: 1, cores, threads }),
    ...(field('flags') ?? '')
      .split(' ')
      .filter(Boolean)
      .map((name) => element('feature', { name })),
    element('pages', { unit: 'KiB', size: 4 }),
  );
}

const formatMachine = ({ name, alias, maxCpus, deprecated }: QemuMachine): readonly Lines[] => {
  const marks = { maxCpus, deprecated: deprecated ? 'yes' : undefined };
  return [
    textElement('machine', name, marks),
    ...(alias ? [textElement('machine', alias, { canonical: name, ...marks })] : []),
  ];
};

const formatGuest = (caps: QemuCapabilities, emulator: string, hasKvm: boolean): Lines =>
  element(
    'guest',
    {},
    textElement('os_type', 'hvm'),
    element(
      'arch',
      { name: caps.arch },
      textElement('wordsize', 64),
      textElement('emulator', emulator),
      ...caps.machines.flatMap(formatMachine),
      element('domain', { type: 'qemu' }),
      ...(hasKvm ? [element('domain', { type: 'kvm' })] : []),
    ),
    element(
      'features',
      {},
      element('acpi', { default: 'on', toggle: 'yes' }),
      element('apic', { default: 'on', toggle: 'no' }),
      element('cpuselection'),
      element('deviceboot'),
      element('disksnapshot', { default: 'on', toggle: 'no' }),
    ),
  );

export async function hostCapabilities(context: DriverContext): Promise<Output<'host.capabilities'>> {
  const emulator = await findEmulator();
  const [caps, accelerator, cpuinfo] = await Promise.all([
    context.capabilities(emulator),
    context.accelerator.find(),
    readFile('/proc/cpuinfo', 'utf8'),
  ]);
  const hostArch = ARCHITECTURES[nodeArch()] ?? nodeArch();
  const cell = element(
    'cell',
    { id: 0 },
    textElement('memory', Math.floor(totalmem() / 1024), { unit: 'KiB' }),
    element('cpus', { num: cpus().length }, ...cpus().map((_, id) => element('cpu', { id }))),
  );
  const host = element(
    'host',
    {},
    formatHostCpu(cpuinfo, hostArch),
    element('topology', {}, element('cells', { num: 1 }, cell)),
    element('secmodel', {}, textElement('model', 'none'), textElement('doi', 0)),
  );
  const lines = element('capabilities', {}, host, formatGuest(caps, emulator, accelerator.kind === 'kvm'));
  return { xml: `${lines.join('\n')}\n` };
}

/** Throws INVALID_ARG for another architecture than the emulator's. */
export async function cpuModels(context: DriverContext, arch: string): Promise<Output<'host.cpuModels'>> {
  const caps = await context.capabilities(await findEmulator());
  if (arch !== caps.arch)
    throw virError('INVALID_ARG', `cannot find architecture ${arch}: the emulator of this host is for ${caps.arch}`);
  return {
    models: namedModels(caps).map(({ name, usable, blockers, deprecated }) => ({
      name,
      isUsable: usable,
      blockers: [...blockers],
      isDeprecated: deprecated,
    })),
  };
}

/** Throws INVALID_ARG for another architecture, or a machine that the emulator has not; CONFIG_UNSUPPORTED for KVM where it does not run guests. */
export async function domainCapabilities(
  context: DriverContext,
  input: ParsedInput<'host.domainCapabilities'>,
): Promise<Output<'host.domainCapabilities'>> {
  const emulator = input.emulator ?? (await findEmulator());
  const [caps, accelerator, firmwares] = await Promise.all([
    context.capabilities(emulator),
    context.accelerator.find(),
    context.firmwares(),
  ]);
  if (input.arch !== undefined && input.arch !== caps.arch)
    throw virError('INVALID_ARG', `unable to find any emulator to serve '${input.arch}' architecture`);
  const virtType = input.virtType ?? accelerator.kind;
  const chosen = virtType === 'tcg' ? 'qemu' : virtType;
  if (chosen === 'kvm' && accelerator.kind !== 'kvm')
    throw virError('CONFIG_UNSUPPORTED', `KVM does not run guests on this host: ${accelerator.reason}`);
  const wanted = input.machine ?? 'pc';
  const machine = caps.machines.find(({ name, alias }) => name === wanted || alias === wanted);
  if (!machine) throw virError('INVALID_ARG', `the machine '${wanted}' is not supported by emulator '${emulator}'`);
  const host = { emulator, virtType: chosen, machine, firmwares } as const;
  return { xml: `${formatDomainCapabilities(caps, host).join('\n')}\n` };
}
