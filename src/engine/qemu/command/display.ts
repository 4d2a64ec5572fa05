// Graphics and video (libvirt: qemuBuildGraphicsCommandLine, qemuBuildVideoCommandLine).
import type { GraphicsDef, VideoDef } from '../../conf/graphics.ts';
import {
  addressProps,
  aliasOf,
  type CommandContext,
  deviceArgs,
  escapeCommas,
  type Props,
  unsupported,
  virtioProps,
} from './context.ts';
import { audioOf } from './sound.ts';

const onOff = (value: boolean): string => (value ? 'on' : 'off');
const bracket = (host: string): string => (host.includes(':') ? `[${host}]` : host);

export const buildGraphics = (context: CommandContext): readonly string[] =>
  context.def.devices.graphics.flatMap((graphics) => {
    switch (graphics.type) {
      case 'sdl':
        return ['-display', sdlOption(graphics)];
      case 'vnc':
        return ['-vnc', vncOption(context, graphics), ...(graphics.keymap ? ['-k', graphics.keymap] : [])];
      case 'spice':
        return ['-spice', spiceOption(context, graphics), ...(graphics.keymap ? ['-k', graphics.keymap] : [])];
      case 'egl-headless':
        return ['-display', ['egl-headless', ...renderNode(context, graphics)].join(',')];
      case 'dbus':
        return ['-display', dbusOption(context, graphics)];
      default:
        throw unsupported(`graphics of type '${graphics.type}' are not supported`);
    }
  });

const renderNode = ({ options }: CommandContext, graphics: GraphicsDef): readonly string[] => {
  const node = graphics.gl?.rendernode ?? options.renderNode;
  return node === undefined ? [] : [`rendernode=${escapeCommas(node)}`];
};

const sdlOption = (graphics: GraphicsDef): string =>
  graphics.gl?.enable === undefined ? 'sdl' : `sdl,gl=${onOff(graphics.gl.enable)}`;

function dbusOption(context: CommandContext, graphics: GraphicsDef): string {
  const parts = ['dbus'];
  if (graphics.p2p) parts.push('p2p=on');
  else
    parts.push(
      `addr=${escapeCommas(graphics.address ?? `unix:path=${context.options.dbusSocket ?? `${context.options.libDir}/dbus.sock`}`)}`,
    );
  if (graphics.gl?.enable !== undefined) parts.push(`gl=${onOff(graphics.gl.enable)}`);
  if (graphics.gl?.enable) parts.push(...renderNode(context, graphics));
  if (graphics.audio?.id !== undefined) parts.push(`audiodev=audio${graphics.audio.id}`);
  return parts.join(',');
}

function vncAddress({ options }: CommandContext, graphics: GraphicsDef): string {
  const listen = graphics.listens[0];
  if (listen?.type === 'socket') return `vnc=unix:${escapeCommas(listen.socket ?? '')}`;
  if (listen?.type === 'none') return 'none';
  const host = bracket(listen?.address ?? options.vncListen ?? '127.0.0.1');
  const display = graphics.port !== undefined && graphics.port >= 5900 ? graphics.port - 5900 : 0;
  return `${host}:${display}`;
}

function vncOption(context: CommandContext, graphics: GraphicsDef): string {
  const parts = [vncAddress(context, graphics)];
  if (graphics.websocket !== undefined)
    parts.push(`websocket=${graphics.websocket === -1 ? 5700 : graphics.websocket}`);
  if (graphics.sharePolicy) parts.push(`share=${graphics.sharePolicy}`);
  if (graphics.passwd !== undefined) parts.push('password=on');
  if (graphics.powerControl !== undefined) parts.push(`power-control=${onOff(graphics.powerControl)}`);
  const audio = audioOf(context, graphics.audio?.id);
  if (audio) parts.push(`audiodev=${audio}`);
  return parts.join(',');
}

function spiceOption(context: CommandContext, graphics: GraphicsDef): string {
  const parts = spiceAddress(context, graphics);
  if (graphics.mouse?.mode) parts.push(`agent-mouse=${onOff(graphics.mouse.mode === 'client')}`);
  if (graphics.passwd === undefined && !context.options.hasSpicePassword) parts.push('disable-ticketing=on');
  if (graphics.tlsPort !== undefined) parts.push(`x509-dir=${context.options.spiceTlsDir ?? '/etc/pki/libvirt-spice'}`);
  if (graphics.defaultMode === 'secure') parts.push('tls-channel=default');
  if (graphics.defaultMode === 'insecure') parts.push('plaintext-channel=default');
  for (const channel of graphics.channels) {
    if (channel.mode === 'secure') parts.push(`tls-channel=${channel.name}`);
    if (channel.mode === 'insecure') parts.push(`plaintext-channel=${channel.name}`);
  }
  if (graphics.image?.compression) parts.push(`image-compression=${graphics.image.compression}`);
  if (graphics.jpeg?.compression) parts.push(`jpeg-wan-compression=${graphics.jpeg.compression}`);
  if (graphics.zlib?.compression) parts.push(`zlib-glz-wan-compression=${graphics.zlib.compression}`);
  if (graphics.playback?.compression !== undefined)
    parts.push(`playback-compression=${onOff(graphics.playback.compression)}`);
  if (graphics.streaming?.mode) parts.push(`streaming-video=${graphics.streaming.mode}`);
  if (graphics.clipboard?.copypaste === false) parts.push('disable-copy-paste=on');
  if (graphics.filetransfer?.enable === false) parts.push('disable-agent-file-xfer=on');
  if (graphics.gl?.enable !== undefined) {
    parts.push(`gl=${onOff(graphics.gl.enable)}`);
    if (graphics.gl.enable) parts.push(...renderNode(context, graphics));
  }
  return [...parts, 'seamless-migration=on'].join(',');
}

function spiceAddress({ options }: CommandContext, graphics: GraphicsDef): string[] {
  const listen = graphics.listens[0];
  if (listen?.type === 'socket') return ['unix=on', `addr=${escapeCommas(listen.socket ?? '')}`];
  if (listen?.type === 'none') return ['port=0'];
  const parts = [`port=${graphics.port ?? options.spicePort ?? 5900}`];
  if (graphics.tlsPort !== undefined) parts.push(`tls-port=${graphics.tlsPort}`);
  return [...parts, `addr=${listen?.address ?? options.spiceListen ?? '127.0.0.1'}`];
}

const VIDEO_DRIVERS: Readonly<Record<string, string>> = {
  vga: 'VGA',
  cirrus: 'cirrus-vga',
  vmvga: 'vmware-svga',
  qxl: 'qxl-vga',
  bochs: 'bochs-display',
  ramfb: 'ramfb',
};

export const buildVideos = (context: CommandContext): readonly string[] =>
  context.def.devices.videos.flatMap((video, index) => {
    if (video.model?.type === 'none') return [];
    if (video.driver?.name === 'vhostuser') return vhostUserVideo(context, video, index);
    return deviceArgs(context, videoProps(context, video, index));
  });

function vhostUserVideo(context: CommandContext, video: VideoDef, index: number): readonly string[] {
  const alias = aliasOf(video);
  const chardev = `chr-vu-${alias}`;
  return [
    '-chardev',
    `socket,id=${chardev},fd=${context.options.unixServerFd ?? 0}`,
    ...deviceArgs(context, {
      driver: index === 0 ? 'vhost-user-vga' : 'vhost-user-gpu-pci',
      ...(index > 0 && virtioProps(video.driver)),
      id: alias,
      max_outputs: video.model?.heads,
      chardev,
      ...addressProps(context, video),
    }),
  ];
}

function virtioVideoDriver({ has }: CommandContext, video: VideoDef, isPrimary: boolean): string {
  const gl = video.model?.acceleration?.accel3d && has('VIRTIO_VGA_GL');
  if (isPrimary) return gl ? 'virtio-vga-gl' : 'virtio-vga';
  return gl ? 'virtio-gpu-gl-pci' : 'virtio-gpu-pci';
}

function videoProps(context: CommandContext, video: VideoDef, index: number): Props {
  const model = video.model;
  const type = model?.type ?? 'cirrus';
  const isPrimary = index === 0;
  const base = { id: aliasOf(video) };
  const place = addressProps(context, video);
  const resolution = { xres: model?.resolution?.x, yres: model?.resolution?.y };
  switch (type) {
    case 'virtio':
      return {
        driver: virtioVideoDriver(context, video, isPrimary),
        ...virtioProps(video.driver),
        ...base,
        max_outputs: model?.heads,
        blob: model?.blob,
        edid: model?.edid,
        ...resolution,
        ...place,
      };
    case 'qxl':
      return {
        driver: isPrimary ? 'qxl-vga' : 'qxl',
        ...base,
        max_outputs: model?.heads,
        ram_size: (model?.ram ?? 0) * 1024,
        vram_size: (model?.vram ?? 0) * 1024,
        vram64_size_mb: Math.floor((model?.vram64 ?? 0) / 1024),
        vgamem_mb: Math.floor((model?.vgamem ?? 0) / 1024),
        ...resolution,
        ...place,
      };
    case 'vga':
    case 'vmvga':
      return {
        driver: VIDEO_DRIVERS[type],
        ...base,
        vgamem_mb: model?.vram === undefined ? undefined : Math.floor(model.vram / 1024),
        edid: model?.edid,
        ...resolution,
        ...place,
      };
    case 'bochs':
      return {
        driver: 'bochs-display',
        ...base,
        vgamem: model?.vram === undefined ? undefined : model.vram * 1024,
        edid: model?.edid,
        ...resolution,
        ...place,
      };
    case 'cirrus':
    case 'ramfb':
      return { driver: VIDEO_DRIVERS[type], ...base, ...resolution, ...place };
    default:
      throw unsupported(`video type '${type}' is not supported with QEMU`);
  }
}
