// Devices that take a line or two each: input, watchdog, balloon, rng, TPM, redirected USB, vsock, shared memory, crypto, panic, IOMMU.
import type { InputDef, RngDef, TpmDef } from '../../conf/small-devices.ts';
import { chardevArgs } from './chardev.ts';
import {
  addressProps,
  aliasOf,
  bootProps,
  type CommandContext,
  deviceArgs,
  escapeCommas,
  objectArgs,
  type Props,
  unsupported,
  virtioDriver,
  virtioProps,
} from './context.ts';

export const buildInputs = (context: CommandContext): readonly string[] =>
  context.def.devices.inputs.flatMap((input) => {
    switch (input.bus) {
      case 'usb':
        return deviceArgs(context, { driver: usbInput(input), id: aliasOf(input), ...addressProps(context, input) });
      case 'virtio':
        return deviceArgs(context, virtioInput(context, input));
      default:
        // PS/2 devices are the machine's own.
        return evdevInput(input);
    }
  });

function usbInput(input: InputDef): string {
  if (input.type === 'mouse') return 'usb-mouse';
  return input.type === 'keyboard' ? 'usb-kbd' : 'usb-tablet';
}

const virtioInput = (context: CommandContext, input: InputDef): Props => ({
  driver: virtioDriver(input.type === 'passthrough' ? 'virtio-input-host' : `virtio-${input.type}`, input.model),
  ...virtioProps(input.driver),
  id: aliasOf(input),
  evdev: input.type === 'passthrough' ? input.source?.evdev : undefined,
  ...addressProps(context, input),
});

function evdevInput(input: InputDef): readonly string[] {
  if (input.type !== 'evdev') return [];
  const source = input.source;
  return objectArgs({
    'qom-type': 'input-linux',
    id: aliasOf(input),
    evdev: source?.dev,
    repeat: source?.repeat,
    grab_all: source?.grab === 'all' ? true : undefined,
    'grab-toggle': source?.grabToggle,
  });
}

export function buildWatchdogs(context: CommandContext): readonly string[] {
  const { watchdogs } = context.def.devices;
  const args: string[] = [];
  for (const watchdog of watchdogs) {
    if (watchdog.model === 'itco') args.push('-global', 'ICH9-LPC.noreboot=off');
    else
      args.push(
        ...deviceArgs(context, { driver: watchdog.model, id: aliasOf(watchdog), ...addressProps(context, watchdog) }),
      );
  }
  const action = watchdogs[0]?.action;
  // QEMU does not dump: libvirt pauses the guest and dumps it itself.
  return action === undefined ? args : [...args, '-watchdog-action', action === 'dump' ? 'pause' : action];
}

export const buildMemballoon = (context: CommandContext): readonly string[] =>
  context.def.devices.memballoons.flatMap((balloon) =>
    balloon.model === 'none'
      ? []
      : deviceArgs(context, {
          driver: virtioDriver('virtio-balloon', balloon.model),
          ...virtioProps(balloon.driver),
          id: aliasOf(balloon),
          'deflate-on-oom': balloon.autodeflate,
          'free-page-reporting': balloon.freePageReporting,
          ...addressProps(context, balloon),
        }),
  );

export const buildRngs = (context: CommandContext): readonly string[] =>
  context.def.devices.rngs.flatMap((rng) => [
    ...rngBackend(context, rng),
    ...deviceArgs(context, rngProps(context, rng)),
  ]);

function rngBackend(context: CommandContext, rng: RngDef): readonly string[] {
  const alias = aliasOf(rng);
  const id = `obj${alias}`;
  switch (rng.backend.model) {
    case 'random':
      return objectArgs({ 'qom-type': 'rng-random', id, filename: rng.backend.path });
    case 'builtin':
      return objectArgs({ 'qom-type': 'rng-builtin', id });
    case 'egd':
      return [
        ...chardevArgs(context, alias, rng.backend),
        ...objectArgs({ 'qom-type': 'rng-egd', id, chardev: `char${alias}` }),
      ];
  }
}

const rngProps = (context: CommandContext, rng: RngDef): Props => ({
  driver: virtioDriver('virtio-rng', rng.model),
  ...virtioProps(rng.driver),
  rng: `obj${aliasOf(rng)}`,
  id: aliasOf(rng),
  'max-bytes': rng.rate?.bytes,
  period: rng.rate ? (rng.rate.period ?? 1000) : undefined,
  ...addressProps(context, rng),
});

export const buildTpms = (context: CommandContext): readonly string[] =>
  context.def.devices.tpms.flatMap((tpm) => [
    ...tpmBackend(context, tpm),
    ...deviceArgs(context, { driver: tpm.model ?? 'tpm-tis', tpmdev: `tpm-${aliasOf(tpm)}`, id: aliasOf(tpm) }),
  ]);

function tpmBackend(context: CommandContext, tpm: TpmDef): readonly string[] {
  const alias = aliasOf(tpm);
  const id = `tpm-${alias}`;
  switch (tpm.backend?.type) {
    case 'emulator':
    case 'external': {
      const path = tpm.backend.type === 'external' ? tpm.backend.source?.path : context.options.tpmSocket?.(alias);
      if (path === undefined) throw unsupported('a TPM emulator needs swtpm');
      return ['-chardev', `socket,id=chrtpm,path=${escapeCommas(path)}`, '-tpmdev', `emulator,id=${id},chardev=chrtpm`];
    }
    case 'passthrough':
      return hostTpm(context, tpm, id);
    default:
      throw unsupported(`a TPM with the backend '${tpm.backend?.type}' is not supported`);
  }
}

/** The host's own TPM, and the file by which a command of it is cancelled. */
function hostTpm({ options, fdsets }: CommandContext, tpm: TpmDef, id: string): readonly string[] {
  const path = tpm.backend?.device?.path ?? '/dev/tpm0';
  const name = path.replace(/^.*\//, '');
  if (!options.tpmFds)
    return [
      '-tpmdev',
      `passthrough,id=${id},path=${escapeCommas(path)},cancel-path=/sys/class/tpm/${escapeCommas(name)}/device/cancel`,
    ];
  const [device, cancel] = [fdsets.next++, fdsets.next++];
  const alias = aliasOf(tpm);
  return [
    '-add-fd',
    `set=${device},fd=${options.tpmFds.tpm},opaque=${alias}-tpm`,
    '-add-fd',
    `set=${cancel},fd=${options.tpmFds.cancel},opaque=${alias}-cancel`,
    '-tpmdev',
    `passthrough,id=${id},path=/dev/fdset/${device},cancel-path=/dev/fdset/${cancel}`,
  ];
}

export function buildRedirdevs(context: CommandContext): readonly string[] {
  const rules = context.def.devices.redirfilters[0]?.rules;
  const hex = (value: number | undefined, width: number): string =>
    value === undefined || value < 0 ? '-1' : `0x${value.toString(16).toUpperCase().padStart(width, '0')}`;
  const filter = rules
    ?.map(
      (rule) =>
        `${hex(rule.class, 2)}:${hex(rule.vendor, 4)}:${hex(rule.product, 4)}:${bcd(rule.version)}:${rule.allow ? 1 : 0}`,
    )
    .join('|');
  return context.def.devices.redirdevs.flatMap((redirdev) => [
    ...chardevArgs(context, aliasOf(redirdev), redirdev, { spiceName: 'usbredir' }),
    ...deviceArgs(context, {
      driver: 'usb-redir',
      chardev: `char${aliasOf(redirdev)}`,
      id: aliasOf(redirdev),
      filter,
      ...bootProps(redirdev),
      ...addressProps(context, redirdev),
    }),
  ]);
}

/** '1.10' → '0x0110', the way USB writes versions. */
function bcd(version: string | undefined): string {
  const match = /^(\d+)\.(\d+)$/.exec(version ?? '');
  if (!match) return '-1';
  const [major = '0', minor = '0'] = [match[1], match[2]];
  return `0x${major.padStart(2, '0')}${minor.padEnd(2, '0')}`;
}

export const buildVsocks = (context: CommandContext): readonly string[] =>
  context.def.devices.vsocks.flatMap((vsock) =>
    deviceArgs(context, {
      driver: virtioDriver('vhost-vsock', vsock.model),
      ...virtioProps(vsock.driver),
      id: aliasOf(vsock),
      'guest-cid': vsock.cid?.address ?? context.options.vsockCid,
      vhostfd: context.options.unixServerFd === undefined ? undefined : '6789',
      ...addressProps(context, vsock),
    }),
  );

export const buildShmems = (context: CommandContext): readonly string[] =>
  context.def.devices.shmems.flatMap((shmem) => {
    const id = aliasOf(shmem);
    const backend = `shmmem-${id}`;
    if (shmem.model?.type === 'ivshmem-doorbell') {
      const source = shmem.server;
      return [
        '-chardev',
        `socket,id=char${id},path=${escapeCommas(source?.path ?? `/var/lib/libvirt/shmem-${shmem.name}-sock`)}`,
        ...deviceArgs(context, {
          driver: 'ivshmem-doorbell',
          id,
          chardev: `char${id}`,
          vectors: shmem.msi?.vectors,
          ioeventfd: shmem.msi?.ioeventfd,
          ...addressProps(context, shmem),
        }),
      ];
    }
    if (shmem.model?.type !== 'ivshmem-plain')
      throw unsupported(`shmem model '${shmem.model?.type ?? 'ivshmem'}' is not supported by this QEMU`);
    return [
      ...objectArgs({
        'qom-type': 'memory-backend-file',
        id: backend,
        'mem-path': `/dev/shm/${shmem.name}`,
        size: shmem.size ?? 4 * 1024 * 1024,
        share: true,
      }),
      ...deviceArgs(context, {
        driver: 'ivshmem-plain',
        id,
        memdev: backend,
        master: shmem.role === undefined ? undefined : shmem.role === 'master',
        ...addressProps(context, shmem),
      }),
    ];
  });

export const buildCryptos = (context: CommandContext): readonly string[] =>
  context.def.devices.cryptos.flatMap((crypto) => {
    const id = aliasOf(crypto);
    const type = crypto.backend?.model === 'lkcf' ? 'cryptodev-backend-lkcf' : 'cryptodev-backend-builtin';
    return [
      ...objectArgs({ 'qom-type': type, id: `obj${id}`, queues: crypto.backend?.queues }),
      ...deviceArgs(context, {
        driver: 'virtio-crypto-pci',
        ...virtioProps(crypto.driver),
        cryptodev: `obj${id}`,
        id,
        ...addressProps(context, crypto),
      }),
    ];
  });

export const buildPanics = (context: CommandContext): readonly string[] =>
  context.def.devices.panics.flatMap((panic) => {
    switch (panic.model) {
      case 'isa':
        return deviceArgs(context, {
          driver: 'pvpanic',
          ioport: panic.address?.type === 'isa' ? panic.address.iobase : undefined,
        });
      case 'pvpanic':
        return deviceArgs(context, { driver: 'pvpanic-pci', ...addressProps(context, panic) });
      case 'hyperv':
        return [];
      default:
        throw unsupported(`panic device of model '${panic.model}' is not supported`);
    }
  });

export const buildIommu = (context: CommandContext): readonly string[] =>
  context.def.devices.iommus.flatMap((iommu) => {
    const driver = iommu.driver;
    switch (iommu.model) {
      case 'intel':
        return deviceArgs(context, {
          driver: 'intel-iommu',
          id: 'iommu0',
          intremap: driver?.intremap === undefined ? undefined : driver.intremap ? 'on' : 'off',
          'caching-mode': driver?.cachingMode,
          eim: driver?.eim === undefined ? undefined : driver.eim ? 'on' : 'off',
          'device-iotlb': driver?.iotlb,
          'aw-bits': driver?.awBits,
          'dma-translation': driver?.dmaTranslation,
        });
      case 'virtio':
        return deviceArgs(context, { driver: 'virtio-iommu', id: aliasOf(iommu), ...addressProps(context, iommu) });
      default:
        throw unsupported(`IOMMU device: '${iommu.model}' is not supported`);
    }
  });
