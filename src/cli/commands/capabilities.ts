// capabilities, domcapabilities, sysinfo, cpu-models: what this host and its emulator offer, in libvirt's words (tools/virsh-host.c).
import { virError } from '../../common/errors.ts';
import { type CommandSpec, word } from '../context.ts';
import { showXml, XPATH_OPTIONS } from '../show-xml.ts';

const capabilities: CommandSpec = {
  usage: 'capabilities',
  summary: 'capabilities',
  description: 'What this host can run, as <capabilities>.',
  options: XPATH_OPTIONS,
  failure: 'failed to get capabilities',
  run: async (context, _, options) => {
    const { xml } = await (await context.client()).call('host.capabilities', {});
    await showXml(context, xml, options);
  },
};

const domcapabilities: CommandSpec = {
  usage: 'domcapabilities [virttype] [emulatorbin] [arch] [machine]',
  summary: 'domain capabilities',
  description: 'What a definition may have on this host, as <domainCapabilities>.',
  options: [
    ['--disable-deprecated-features', 'accepted; no CPU model of this host is built of features'],
    ...XPATH_OPTIONS,
  ],
  values: { virttype: ['qemu', 'kvm'], arch: ['x86_64'], machine: ['pc', 'q35'] },
  failure: 'failed to get emulator capabilities',
  run: async (context, positional, options) => {
    const [virttype, emulator, arch, machine] = [0, 1, 2, 3].map((index) => word(positional, index) || undefined);
    const virtType = virtTypeFrom(virttype);
    const { xml } = await (await context.client()).call('host.domainCapabilities', {
      ...(virtType ? { virtType } : {}),
      ...(emulator ? { emulator } : {}),
      ...(arch ? { arch } : {}),
      ...(machine ? { machine } : {}),
    });
    await showXml(context, xml, options);
  },
};

const sysinfo: CommandSpec = {
  usage: 'sysinfo',
  summary: 'print the hypervisor sysinfo',
  description:
    'What the firmware says of this host, as <sysinfo>. The kernel keeps serial numbers and the UUID to root, and nobody has memory modules and processors without it; they are left out.',
  options: XPATH_OPTIONS,
  failure: 'failed to get sysinfo',
  run: async (context, _, options) => {
    const { xml } = await (await context.client()).call('host.sysinfo', {});
    await showXml(context, xml, options);
  },
};

const cpuModels: CommandSpec = {
  usage: 'cpu-models <arch>',
  summary: 'CPU models',
  description:
    "The models that this host's QEMU has for <cpu mode='custom'>. libvirt lists those of its own map, whether QEMU has them or not. --json tells which ones this host can run, and what it lacks for the others.",
  values: { arch: ['x86_64'] },
  failure: 'failed to get CPU model names',
  run: async ({ client, out }, positional) => {
    const { models } = await (await client()).call('host.cpuModels', { arch: word(positional) });
    out.result(
      models,
      models.map(({ name }) => name),
    );
  },
};

/** What is left out is this host's usual. Throws INVALID_ARG. */
function virtTypeFrom(given: string | undefined): 'qemu' | 'kvm' | undefined {
  if (given === undefined || given === 'qemu' || given === 'kvm') return given;
  throw virError('INVALID_ARG', `unknown virttype '${given}'; there are qemu and kvm`);
}

const hypervisorCpuModels: CommandSpec = {
  usage: 'hypervisor-cpu-models [virttype] [emulator] [arch] [machine]',
  summary: 'Hypervisor CPU models',
  description:
    'The CPU models that a definition may name and this host can run; of another emulator or machine where one is named.',
  options: [['--all', 'also those that this host can not run']],
  values: { virttype: ['qemu', 'kvm'], arch: ['x86_64'], machine: ['pc', 'q35'] },
  failure: 'failed to get CPU model names',
  run: async ({ client, out }, positional, options) => {
    const [virttype, emulator, arch, machine] = [0, 1, 2, 3].map((index) => word(positional, index) || undefined);
    const virtType = virtTypeFrom(virttype);
    const { xml } = await (await client()).call('host.domainCapabilities', {
      ...(virtType ? { virtType } : {}),
      ...(emulator ? { emulator } : {}),
      ...(arch ? { arch } : {}),
      ...(machine ? { machine } : {}),
    });
    const models = [...xml.matchAll(/<model usable='(yes|no)'[^>]*>([^<]+)</g)].flatMap(([, usable, name = '']) =>
      options.all || usable === 'yes' ? [name] : [],
    );
    out.result(models, models);
  },
};

export const capabilitiesCommands: readonly CommandSpec[] = [
  capabilities,
  domcapabilities,
  sysinfo,
  cpuModels,
  hypervisorCpuModels,
];
