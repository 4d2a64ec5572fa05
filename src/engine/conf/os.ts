// <os> (libvirt: virDomainDefFormat's os part): machine, firmware, direct kernel boot, boot order.
import { attr, child, element, group, type Infer, kept, list, required, text, value } from './codec.ts';
import { diskSource } from './disk-source.ts';
import { choice, nonEmpty, str, uint16, yesNo } from './scalar.ts';

export const BOOT_DEVICES = ['fd', 'hd', 'cdrom', 'network'] as const;
export const FIRMWARES = ['bios', 'efi'] as const;
const FORMATS = ['raw', 'qcow2'] as const;

export const loader = element({
  readonly: attr('readonly', yesNo),
  secure: attr('secure', yesNo),
  type: attr('type', choice(['rom', 'pflash'])),
  stateless: attr('stateless', yesNo),
  format: attr('format', choice(FORMATS)),
  path: text(nonEmpty),
});
export type LoaderDef = Infer<typeof loader>;

export const nvram = element({
  template: attr('template', str),
  templateFormat: attr('templateFormat', choice(FORMATS)),
  type: attr('type', choice(['file', 'block', 'network'])),
  format: attr('format', choice(FORMATS)),
  path: text(nonEmpty),
  source: child('source', diskSource),
});
export type NvramDef = Infer<typeof nvram>;

export const os = element({
  firmware: attr('firmware', choice(FIRMWARES)),
  type: required(
    child(
      'type',
      element({
        arch: attr('arch', str),
        machine: attr('machine', str),
        name: required(text(choice(['hvm', 'xen', 'linux', 'exe', 'xenpvh', 'uml']))),
      }),
    ),
  ),
  features: group('firmware', {
    features: list(
      'feature',
      element({
        enabled: required(attr('enabled', yesNo)),
        name: required(attr('name', choice(['enrolled-keys', 'secure-boot']))),
      }),
    ),
  }),
  loader: child('loader', loader),
  nvram: kept('nvram', nvram),
  kernel: value('kernel', str),
  initrd: value('initrd', str),
  cmdline: value('cmdline', str),
  dtb: value('dtb', str),
  shim: value('shim', str),
  acpi: group('acpi', {
    tables: list('table', element({ type: attr('type', choice(['slic', 'raw', 'rawset', 'msdm'])), path: text(str) })),
  }),
  init: value('init', str),
  boots: list('boot', element({ dev: required(attr('dev', choice(BOOT_DEVICES))) })),
  bootmenu: group('bootmenu', { enable: attr('enable', yesNo), timeout: attr('timeout', uint16) }),
  bios: group('bios', {
    useserial: attr('useserial', yesNo),
    rebootTimeout: attr('rebootTimeout', {
      ...uint16,
      parse: (raw) => (/^-?\d+$/.test(raw) && Number(raw) >= -1 && Number(raw) <= 65535 ? Number(raw) : undefined),
    }),
  }),
  smbios: group('smbios', { mode: attr('mode', choice(['emulate', 'host', 'sysinfo'])) }),
});
export type OsDef = Infer<typeof os>;
