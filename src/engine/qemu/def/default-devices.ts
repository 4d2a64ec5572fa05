// Devices that a machine has, or that libvirt adds, without being asked (qemuDomainDefAddDefaultDevices and what follows it).

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { AudioDef, VideoDef } from '../../conf/graphics.ts';
import { hasFlag } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { autoAddedUsbModel, findController, maybeAddController } from './controllers.ts';
import { withDevices } from './devices.ts';
import { isI440fx, isIsapc, isMicrovm, isQ35, isX86 } from './machine.ts';

export function addDefaultDevices(def: DomainDef, context: PostParseContext): DomainDef {
  let next = addPciRoot(addSata(addUsb(def, context)));
  next = addInputs(next);
  next = addMemballoon(next);
  next = addItcoWatchdog(next, context);
  return addAudio(next);
}

function addUsb(def: DomainDef, context: PostParseContext): DomainDef {
  if (!isX86(def) || isIsapc(def) || isMicrovm(def)) return def;
  if (def.devices.controllers.some((controller) => controller.type === 'usb')) return def;
  return maybeAddController(def, 'usb', 0, autoAddedUsbModel(def, context.caps));
}

/** A q35 has its AHCI controller whether the definition names it or not. */
const addSata = (def: DomainDef): DomainDef => (isQ35(def) ? maybeAddController(def, 'sata', 0) : def);

function addPciRoot(def: DomainDef): DomainDef {
  const model = isI440fx(def) ? 'pci-root' : isQ35(def) ? 'pcie-root' : undefined;
  if (!model) return def;
  const existing = findController(def, 'pci', 0);
  if (existing?.model !== undefined && existing.model !== model)
    throw virError(
      'XML_ERROR',
      `The PCI controller with index='0' must be model='${model}' for this machine type, but model='${existing.model}' was found instead`,
    );
  return maybeAddController(def, 'pci', 0, model);
}

/** PS/2 mouse and keyboard, which every PC has, unless its i8042 is switched off. */
function addInputs(def: DomainDef): DomainDef {
  if (!isX86(def) || isMicrovm(def) || def.features?.ps2?.state === false) return def;
  const missing = (['mouse', 'keyboard'] as const).filter(
    (type) => !def.devices.inputs.some((input) => input.type === type && input.bus === 'ps2'),
  );
  const inputs = missing.map((type) => ({ type, bus: 'ps2' as const }));
  return inputs.length === 0 ? def : withDevices(def, { inputs: [...def.devices.inputs, ...inputs] });
}

const addMemballoon = (def: DomainDef): DomainDef =>
  def.devices.memballoons.length > 0 || isIsapc(def) || isMicrovm(def)
    ? def
    : withDevices(def, { memballoons: [{ model: 'virtio' }] });

/** The iTCO watchdog is part of every q35's chipset; libvirt shows it, and wires its reset. */
function addItcoWatchdog(def: DomainDef, { caps }: PostParseContext): DomainDef {
  if (!isQ35(def) || !hasFlag(caps, 'ICH9_NOREBOOT')) return def;
  if (def.devices.watchdogs.some((watchdog) => watchdog.model === 'itco')) return def;
  return withDevices(def, {
    watchdogs: [...def.devices.watchdogs, { model: 'itco', action: def.devices.watchdogs[0]?.action }],
  });
}

/** Sound has a back end: the viewer's where there is one, else none; viewers that carry none themselves get nothing. */
function addAudio(def: DomainDef): DomainDef {
  const { audios, graphics } = def.devices;
  if (audios.length > 0) return def;
  if (graphics.length === 0) return withDevices(def, { audios: [{ id: 1, type: 'none' }] });
  const types: Readonly<Record<string, AudioDef['type']>> = { sdl: 'sdl', spice: 'spice', vnc: 'none' };
  const known = graphics.flatMap((shown) => types[shown.type] ?? []);
  const type = known.find((viewer) => viewer !== 'none') ?? known[0];
  return type === undefined ? def : withDevices(def, { audios: [{ id: 1, type }] });
}

/** A screen to show needs a card that makes it (virDomainDefAddImplicitVideo). */
export function addImplicitVideo(def: DomainDef, context: PostParseContext): DomainDef {
  const shown = def.devices.graphics.length > 0;
  const added: readonly VideoDef[] = shown && def.devices.videos.length === 0 ? [{}] : def.devices.videos;
  const videos = added.map((video) => completeVideo(def, video, context));
  return withDevices(def, { videos: markPrimary(videos) });
}

/** The first card is primary unless another says it is; the primary one comes first. */
function markPrimary(videos: readonly VideoDef[]): readonly VideoDef[] {
  const primaries = videos.filter((video) => video.model?.primary);
  if (primaries.length > 1) throw virError('CONFIG_UNSUPPORTED', 'Only one primary video device is supported');
  const [primary] = primaries;
  if (primary) return [primary, ...videos.filter((video) => video !== primary)];
  const [first, ...others] = videos;
  if (!first || first.model?.type === 'none') return videos;
  return [{ ...first, model: { ...first.model, primary: true } }, ...others];
}

function completeVideo(def: DomainDef, video: VideoDef, { caps }: PostParseContext): VideoDef {
  const type = video.model?.type ?? (hasFlag(caps, 'CIRRUS_VGA') ? 'cirrus' : 'vga');
  if (type === 'none') return { ...video, model: { ...video.model, type } };
  const model = { ...video.model, type, heads: video.model?.heads ?? 1, primary: video.model?.primary || undefined };
  if (type === 'qxl') {
    return {
      ...video,
      model: {
        ...model,
        ram: toPower(model.ram, 65536),
        vram: toPower(model.vram, 65536),
        vgamem: toPower(model.vgamem, 16384),
        vram64: model.vram64 && toPower(model.vram64, 0),
      },
    };
  }
  return { ...video, model: { ...model, vram: model.vram ?? defaultVram(def, type) } };
}

const toPower = (kib: number | undefined, fallback: number): number => {
  if (!kib) return fallback;
  let power = 1;
  while (power < kib) power *= 2;
  return power;
};

function defaultVram(_def: DomainDef, type: string): number | undefined {
  if (type === 'vga' || type === 'cirrus' || type === 'vmvga' || type === 'bochs') return 16 * 1024;
  return undefined;
}
