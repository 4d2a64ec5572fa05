// Graphics, video, audio, sound (libvirt: qemuBuildGraphicsCommandLine, qemuBuildVideoCommandLine, qemuBuildAudioCommandLine).
import type { AudioDef, GraphicsDef, SoundDef, VideoDef } from '../../conf/graphics.ts';
import {
  addressProps,
  aliasOf,
  type CommandContext,
  deviceArgs,
  escapeCommas,
  type Props,
  unsupported,
  virtioDriver,
  virtioProps,
} from './context.ts';

const onOff = (value: boolean): string => (value ? 'on' : 'off');
const bracket = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const audioOf = ({ def }: CommandContext, id: number | undefined): string | undefined => {
  const audio = id ?? def.devices.audios[0]?.id;
  return audio === undefined ? undefined : `audio${audio}`;
};

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
  else parts.push(`addr=${escapeCommas(graphics.address ?? `unix:path=${context.options.dbusSocket ?? `${context.options.libDir}/dbus.sock`}`)}`);
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
  if (graphics.passwd === undefined) parts.push('disable-ticketing=on');
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
  return [
    ...parts.filter((part) => part !== 'disable-ticketing=on' || context.options.spiceListen === undefined),
    'seamless-migration=on',
  ].join(',');
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

export const buildAudios = (context: CommandContext): readonly string[] =>
  context.def.devices.audios.flatMap((audio) => [
    '-audiodev',
    JSON.stringify({ id: `audio${audio.id ?? 1}`, ...audioProps(audio) }),
  ]);

type Stream = NonNullable<AudioDef['input']>;

const commonStream = (stream: Stream): Props => ({
  'mixing-engine': stream.mixingEngine,
  'fixed-settings': stream.fixedSettings,
  voices: stream.voices,
  'buffer-length': stream.bufferLength,
  frequency: stream.settings?.frequency,
  channels: stream.settings?.channels,
  format: stream.settings?.format,
});

/** Both directions with what `more` adds; a direction that says nothing is left out. */
function streams(audio: AudioDef, more: (stream: Stream) => Props): Props {
  const one = (stream: Stream | undefined): Props | undefined => {
    if (!stream) return undefined;
    const props = { ...commonStream(stream), ...more(stream) };
    return Object.values(props).some((value) => value !== undefined) ? props : undefined;
  };
  return { in: one(audio.input), out: one(audio.output) };
}

function audioProps(audio: AudioDef): Props {
  const timer = { 'timer-period': audio.timerPeriod };
  switch (audio.type) {
    case 'none':
    case 'coreaudio':
    case 'sdl':
    case 'dbus':
    case 'spice':
      return { driver: audio.type, ...timer, ...streams(audio, (stream) => ({ 'buffer-count': stream.bufferCount })) };
    case 'alsa':
      return { driver: 'alsa', ...timer, ...streams(audio, (stream) => ({ dev: stream.dev })) };
    case 'oss':
      return {
        driver: 'oss',
        ...timer,
        'try-mmap': audio.tryMMap,
        exclusive: audio.exclusive,
        'dsp-policy': audio.dspPolicy,
        ...streams(audio, (stream) => ({
          dev: stream.dev,
          'buffer-count': stream.bufferCount,
          'try-poll': stream.tryPoll,
        })),
      };
    case 'pulseaudio':
      return {
        driver: 'pa',
        ...timer,
        server: audio.serverName,
        ...streams(audio, (stream) => ({
          name: stream.name,
          'stream-name': stream.streamName,
          latency: stream.latency,
        })),
      };
    case 'pipewire':
      return {
        driver: 'pipewire',
        ...timer,
        ...streams(audio, (stream) => ({
          name: stream.name,
          'stream-name': stream.streamName,
          latency: stream.latency,
        })),
      };
    case 'jack':
      return {
        driver: 'jack',
        ...timer,
        ...streams(audio, (stream) => ({
          'server-name': stream.serverName,
          'client-name': stream.clientName,
          'connect-ports': stream.connectPorts,
          'exact-name': stream.exactName,
        })),
      };
    case 'file':
      return { driver: 'wav', ...timer, ...streams(audio, () => ({})), path: audio.path };
    default:
      throw unsupported(`audio of type '${audio.type}' is not supported`);
  }
}

const SOUND_DRIVERS: Readonly<Record<string, string>> = {
  sb16: 'sb16',
  es1370: 'ES1370',
  ac97: 'AC97',
  ich6: 'intel-hda',
  ich9: 'ich9-intel-hda',
  usb: 'usb-audio',
};

export const buildSounds = (context: CommandContext): readonly string[] =>
  context.def.devices.sounds.flatMap((sound) => (sound.model === 'pcspk' ? [] : soundArgs(context, sound)));

function soundArgs(context: CommandContext, sound: SoundDef): readonly string[] {
  const id = aliasOf(sound);
  const place = addressProps(context, sound);
  const audiodev = audioOf(context, sound.audio?.id);
  switch (sound.model) {
    case 'ich6':
    case 'ich9': {
      const codecs = sound.codecs.length > 0 ? sound.codecs : [{ type: 'duplex' as const }];
      return [
        ...deviceArgs(context, { driver: SOUND_DRIVERS[sound.model], id, ...place }),
        ...codecs.flatMap((codec, cad) =>
          deviceArgs(context, { driver: `hda-${codec.type}`, id: `${id}-codec${cad}`, bus: `${id}.0`, cad, audiodev }),
        ),
      ];
    }
    case 'virtio':
      return deviceArgs(context, {
        driver: virtioDriver('virtio-sound', undefined),
        ...virtioProps(sound.driver),
        id,
        streams: sound.streams,
        audiodev,
        ...place,
      });
    case 'usb':
      return deviceArgs(context, { driver: 'usb-audio', id, audiodev, multi: sound.multichannel, ...place });
    case 'ich7':
      throw unsupported("sound card model 'ich7' is not supported with QEMU");
    default:
      return deviceArgs(context, { driver: SOUND_DRIVERS[sound.model] ?? sound.model, id, audiodev, ...place });
  }
}
