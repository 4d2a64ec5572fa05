// capabilities and domcapabilities: what this host and its emulator offer, in libvirt's XML (tools/virsh-host.c).
import { virError } from '../../common/errors.ts';
import { type CommandSpec, word } from '../context.ts';

const capabilities: CommandSpec = {
  usage: 'capabilities',
  summary: 'capabilities',
  description: 'What this host can run, as <capabilities>.',
  failure: 'failed to get capabilities',
  run: async ({ client, out }) => {
    const { xml } = await (await client()).call('host.capabilities', {});
    out.result({ xml }, [xml.trimEnd()]);
  },
};

const domcapabilities: CommandSpec = {
  usage: 'domcapabilities [virttype] [emulatorbin] [arch] [machine]',
  summary: 'domain capabilities',
  description: 'What a definition may have on this host, as <domainCapabilities>.',
  options: [['--disable-deprecated-features', 'accepted; no CPU model of this host is built of features']],
  values: { virttype: ['qemu', 'kvm'], arch: ['x86_64'], machine: ['pc', 'q35'] },
  failure: 'failed to get emulator capabilities',
  run: async ({ client, out }, positional) => {
    const [virtType, emulator, arch, machine] = [0, 1, 2, 3].map((index) => word(positional, index) || undefined);
    if (virtType !== undefined && virtType !== 'qemu' && virtType !== 'kvm')
      throw virError('INVALID_ARG', `unknown virttype '${virtType}'; there are qemu and kvm`);
    const { xml } = await (await client()).call('host.domainCapabilities', {
      ...(virtType ? { virtType } : {}),
      ...(emulator ? { emulator } : {}),
      ...(arch ? { arch } : {}),
      ...(machine ? { machine } : {}),
    });
    out.result({ xml }, [xml.trimEnd()]);
  },
};

export const capabilitiesCommands: readonly CommandSpec[] = [capabilities, domcapabilities];
