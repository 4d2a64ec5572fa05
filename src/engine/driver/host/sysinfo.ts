// What the firmware says of the host (src/util/virsysinfo.c: virSysinfoFormat). libvirt asks dmidecode, which needs root; the kernel hands out the most of it to everybody, file
// by file, and keeps serial numbers to root.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Output } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import { element, type Lines, textElement } from '../xml-lines.ts';

const DMI_DIR = '/sys/class/dmi/id';

/** Elements, and of each the entries by libvirt's name and the kernel's. */
const PARTS = {
  bios: [
    ['vendor', 'bios_vendor'],
    ['version', 'bios_version'],
    ['date', 'bios_date'],
    ['release', 'bios_release'],
  ],
  system: [
    ['manufacturer', 'sys_vendor'],
    ['product', 'product_name'],
    ['version', 'product_version'],
    ['serial', 'product_serial'],
    ['uuid', 'product_uuid'],
    ['sku', 'product_sku'],
    ['family', 'product_family'],
  ],
  baseBoard: [
    ['manufacturer', 'board_vendor'],
    ['product', 'board_name'],
    ['version', 'board_version'],
    ['serial', 'board_serial'],
    ['asset', 'board_asset_tag'],
  ],
  chassis: [
    ['manufacturer', 'chassis_vendor'],
    ['version', 'chassis_version'],
    ['serial', 'chassis_serial'],
    ['asset', 'chassis_asset_tag'],
    ['sku', 'chassis_sku'],
  ],
} as const;
type DmiName = (typeof PARTS)[keyof typeof PARTS][number][1];
export type DmiValues = Readonly<Partial<Record<DmiName, string>>>;

/** <sysinfo>, or undefined where nothing is known. What is unknown or empty is left out. Pure. */
export function formatSysinfo(values: DmiValues): Lines | undefined {
  const parts = Object.entries(PARTS).flatMap(([name, entries]) => {
    const known = entries.flatMap(([entry, file]) => {
      const value = values[file]?.trim();
      return value ? [textElement('entry', value, { name: entry })] : [];
    });
    return known.length === 0 ? [] : [element(name, {}, ...known)];
  });
  return parts.length === 0 ? undefined : element('sysinfo', { type: 'smbios' }, ...parts);
}

/** Throws CONFIG_UNSUPPORTED where the kernel knows nothing, as in most virtual machines without firmware and in containers. */
export async function hostSysinfo(dir: string = DMI_DIR): Promise<Output<'host.sysinfo'>> {
  const files = Object.values(PARTS).flatMap((entries) => entries.map(([, file]) => file));
  const values = await Promise.all(
    files.map(async (file) => {
      const value = await readFile(join(dir, file), 'utf8').catch(() => undefined); // it is root's, or not there
      return [file, value] as const;
    }),
  );
  const lines = formatSysinfo(Object.fromEntries(values));
  if (!lines) throw virError('CONFIG_UNSUPPORTED', 'Host SMBIOS information is not available');
  return { xml: `${lines.join('\n')}\n` };
}
