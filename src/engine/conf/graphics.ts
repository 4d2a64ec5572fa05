// <graphics> (libvirt: virDomainGraphicsDefFormat), <video> and <audio>: what a person sees and hears of a guest.
import { deviceInfo, virtioOptions } from './address.ts';
import { attr, child, element, group, type Infer, list, required } from './codec.ts';
import { choice, int, onOff, str, uint, yesNo } from './scalar.ts';

export const GRAPHICS_TYPES = ['sdl', 'vnc', 'rdp', 'desktop', 'spice', 'egl-headless', 'dbus'] as const;

export const graphicsListen = element({
  type: required(attr('type', choice(['none', 'address', 'network', 'socket']))),
  address: attr('address', str),
  network: attr('network', str),
  socket: attr('socket', str),
});
export type GraphicsListen = Infer<typeof graphicsListen>;

export const SPICE_CHANNELS = [
  'main',
  'display',
  'inputs',
  'cursor',
  'playback',
  'record',
  'smartcard',
  'usbredir',
] as const;
const SPICE_MODES = ['any', 'secure', 'insecure'] as const;

export const graphics = element({
  type: required(attr('type', choice(GRAPHICS_TYPES))),
  port: attr('port', int),
  tlsPort: attr('tlsPort', int),
  autoport: attr('autoport', yesNo),
  websocket: attr('websocket', int),
  socket: attr('socket', str),
  display: attr('display', str),
  xauth: attr('xauth', str),
  fullscreen: attr('fullscreen', yesNo),
  address: attr('address', str),
  p2p: attr('p2p', yesNo),
  replaceUser: attr('replaceUser', yesNo),
  multiUser: attr('multiUser', yesNo),
  listenAddress: attr('listen', str),
  keymap: attr('keymap', str),
  username: attr('username', str),
  passwd: attr('passwd', str),
  passwdValidTo: attr('passwdValidTo', str),
  connected: attr('connected', choice(['fail', 'disconnect', 'keep'])),
  defaultMode: attr('defaultMode', choice(SPICE_MODES)),
  sharePolicy: attr('sharePolicy', choice(['allow-exclusive', 'force-shared', 'ignore'])),
  powerControl: attr('powerControl', yesNo),
  wait: attr('wait', yesNo),
  listens: list('listen', graphicsListen),
  audio: group('audio', { id: attr('id', uint) }),
  channels: list(
    'channel',
    element({ name: attr('name', choice(SPICE_CHANNELS)), mode: attr('mode', choice(SPICE_MODES)) }),
  ),
  image: group('image', {
    compression: attr('compression', choice(['auto_glz', 'auto_lz', 'quic', 'glz', 'lz', 'off'])),
  }),
  jpeg: group('jpeg', { compression: attr('compression', choice(['auto', 'never', 'always'])) }),
  zlib: group('zlib', { compression: attr('compression', choice(['auto', 'never', 'always'])) }),
  playback: group('playback', { compression: attr('compression', onOff) }),
  streaming: group('streaming', { mode: attr('mode', choice(['filter', 'all', 'off'])) }),
  mouse: group('mouse', { mode: attr('mode', choice(['server', 'client'])) }),
  clipboard: group('clipboard', { copypaste: attr('copypaste', yesNo) }),
  filetransfer: group('filetransfer', { enable: attr('enable', yesNo) }),
  gl: group('gl', { enable: attr('enable', yesNo), rendernode: attr('rendernode', str) }),
});
export type GraphicsDef = Infer<typeof graphics>;

export const VIDEO_TYPES = [
  'vga',
  'cirrus',
  'vmvga',
  'xen',
  'vbox',
  'qxl',
  'parallels',
  'virtio',
  'gop',
  'none',
  'bochs',
  'ramfb',
] as const;
export type VideoType = (typeof VIDEO_TYPES)[number];

export const video = element({
  driver: group('driver', {
    vgaconf: attr('vgaconf', choice(['io', 'on', 'off'])),
    name: attr('name', choice(['qemu', 'vhostuser'])),
    ...virtioOptions,
  }),
  model: group('model', {
    type: attr('type', choice(VIDEO_TYPES)),
    ram: attr('ram', uint),
    vram: attr('vram', uint),
    vram64: attr('vram64', uint),
    vgamem: attr('vgamem', uint),
    heads: attr('heads', uint),
    primary: attr('primary', yesNo),
    blob: attr('blob', onOff),
    edid: attr('edid', onOff),
    acceleration: group('acceleration', {
      accel2d: attr('accel2d', yesNo),
      accel3d: attr('accel3d', yesNo),
      rendernode: attr('rendernode', str),
    }),
    resolution: group('resolution', { x: attr('x', uint), y: attr('y', uint) }),
  }),
  ...deviceInfo,
});
export type VideoDef = Infer<typeof video>;

export const AUDIO_TYPES = [
  'none',
  'alsa',
  'coreaudio',
  'jack',
  'oss',
  'pulseaudio',
  'sdl',
  'spice',
  'file',
  'dbus',
  'pipewire',
] as const;

const audioStream = element({
  mixingEngine: attr('mixingEngine', yesNo),
  fixedSettings: attr('fixedSettings', yesNo),
  voices: attr('voices', uint),
  bufferLength: attr('bufferLength', uint),
  dev: attr('dev', str),
  bufferCount: attr('bufferCount', uint),
  serverName: attr('serverName', str),
  clientName: attr('clientName', str),
  connectPorts: attr('connectPorts', str),
  exactName: attr('exactName', yesNo),
  tryPoll: attr('tryPoll', yesNo),
  name: attr('name', str),
  streamName: attr('streamName', str),
  latency: attr('latency', uint),
  settings: group('settings', {
    frequency: attr('frequency', uint),
    channels: attr('channels', uint),
    format: attr('format', str),
  }),
});

export const audio = element({
  id: attr('id', uint),
  type: required(attr('type', choice(AUDIO_TYPES))),
  timerPeriod: attr('timerPeriod', uint),
  path: attr('path', str),
  driver: attr('driver', str),
  serverName: attr('serverName', str),
  runtimeDir: attr('runtimeDir', str),
  tryMMap: attr('tryMMap', yesNo),
  exclusive: attr('exclusive', yesNo),
  dspPolicy: attr('dspPolicy', int),
  input: child('input', audioStream),
  output: child('output', audioStream),
});
export type AudioDef = Infer<typeof audio>;

export const SOUND_MODELS = ['sb16', 'es1370', 'pcspk', 'ac97', 'ich6', 'ich7', 'ich9', 'usb', 'virtio'] as const;
export const sound = element({
  model: required(attr('model', choice(SOUND_MODELS))),
  multichannel: attr('multichannel', yesNo),
  streams: attr('streams', uint),
  codecs: list('codec', element({ type: attr('type', choice(['duplex', 'micro', 'output'])) })),
  audio: group('audio', { id: attr('id', uint) }),
  ...deviceInfo,
  driver: group('driver', virtioOptions),
});
export type SoundDef = Infer<typeof sound>;
