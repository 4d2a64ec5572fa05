// The elements of libvirt's QEMU namespace (src/qemu/qemu_conf.c, qemuDomainDefNamespaceFormatXML): extra arguments, properties, capabilities.
import { attr, element, type Infer, list, required } from './codec.ts';
import { choice, str } from './scalar.ts';

export const QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0';

export const qemuCommandline = element({
  args: list('qemu:arg', element({ value: required(attr('value', str)) })),
  env: list('qemu:env', element({ name: required(attr('name', str)), value: attr('value', str) })),
});
export const qemuCapabilities = element({
  add: list('qemu:add', element({ capability: required(attr('capability', str)) })),
  del: list('qemu:del', element({ capability: required(attr('capability', str)) })),
});
const property = element({
  name: required(attr('name', str)),
  type: required(attr('type', choice(['string', 'signed', 'unsigned', 'bool', 'remove']))),
  value: attr('value', str),
});
export const qemuOverride = element({
  devices: list(
    'qemu:device',
    element({
      alias: required(attr('alias', str)),
      frontends: list('qemu:frontend', element({ properties: list('qemu:property', property) })),
    }),
  ),
});
export const qemuDeprecation = element({ behavior: attr('behavior', str) });
export type QemuCommandlineDef = Infer<typeof qemuCommandline>;
