// The UEFI firmwares that this host has, from the descriptors that their packages install (qemu: docs/interop/firmware.json), in the order that the
// specification gives: by file name, the person's own folder over /etc over /usr/share.
import { statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type FirmwareDescriptor, readFirmwareDescriptor } from '../../qemu/def/firmware-descriptor.ts';

const PLACES = ['/usr/share/qemu/firmware', '/etc/qemu/firmware', join(homedir(), '.config/qemu/firmware')];

let known: { readonly stamp: string; readonly firmwares: readonly FirmwareDescriptor[] } | undefined;

/** When the folders last changed: each definition asks for the firmwares, and reading them all takes longer than the definition. */
const stampOf = (places: readonly string[]): string =>
  places.map((place) => `${place}:${statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? 'none'}`).join(' ');

/** UEFI descriptors, best first. One that does not parse is left out: it is a package's fault, not the person's. */
export async function findFirmwares(places: readonly string[] = PLACES): Promise<readonly FirmwareDescriptor[]> {
  const stamp = stampOf(places);
  if (known?.stamp !== stamp) known = { stamp, firmwares: await readFirmwares(places) };
  return known.firmwares;
}

async function readFirmwares(places: readonly string[]): Promise<readonly FirmwareDescriptor[]> {
  const byName = new Map<string, string>();
  for (const place of places) {
    const names = await readdir(place).catch(() => []); // most hosts lack most of these folders
    for (const name of names) if (name.endsWith('.json')) byName.set(name, join(place, name));
  }
  const found: FirmwareDescriptor[] = [];
  for (const name of [...byName.keys()].sort()) {
    const text = await readFile(byName.get(name) ?? '', 'utf8').catch(() => ''); // unreadable: as if absent
    const descriptor = readFirmwareDescriptor(parseJson(text));
    if (descriptor?.interfaceTypes.includes('uefi')) found.push(descriptor);
  }
  return found;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an empty file masks one of the same name, says the specification; broken ones do here too
  }
}
