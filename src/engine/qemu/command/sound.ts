// Sound cards and where their sound goes (libvirt: qemuBuildSoundCommandLine, qemuBuildAudioCommandLine).
import type { AudioDef, SoundDef } from '../../conf/graphics.ts';
import {
  addressProps, aliasOf, type CommandContext, deviceArgs, type Props, unsupported, virtioDriver, virtioProps,
} from './context.ts'; // biome-ignore format: a list

/** The audio back end of a device: the one that it names, or the first. */
export const audioOf = ({ def }: CommandContext, id: number | undefined): string | undefined => {
  const audio = id ?? def.devices.audios[0]?.id;
  return audio === undefined ? undefined : `audio${audio}`;
};

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
