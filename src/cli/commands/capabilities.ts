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
    const [virtType, emulator, arch, machine] = [0, 1, 2, 3].map((index) => word(positional, index) || undefined);
    if (virtType !== undefined && virtType !== 'qemu' && virtType !== 'kvm')
      throw virError('INVALID_ARG', `unknown virttype '${virtType}'; there are qemu and kvm`);
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

export const capabilitiesCommands: readonly CommandSpec[] = [capabilities, domcapabilities, sysinfo, cpuModels];
