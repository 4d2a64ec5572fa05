// The XML of a disk or an interface from the words of attach-disk and attach-interface, as virsh builds it on the client. Pure.
import { virError } from '../common/errors.ts';
import { type Options, text } from './context.ts';

export const escapeXml = (value: string): string => value.replace(/[&<>'"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** name='value' for those that have a value. */
const attributes = (values: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => ` ${name}='${escapeXml(value ?? '')}'`)
    .join('');

const element = (name: string, values: Readonly<Record<string, string | undefined>>): string[] => {
  const list = attributes(values);
  return list === '' ? [] : [`  <${name}${list}/>`];
};

/** 'pci:0000.00.07.0', 'drive:0.0.0', 'usb:1.2', 'ccw:…' → <address>. Throws INVALID_ARG. */
function addressElement(address: string | undefined, isMultifunction: boolean): string[] {
  if (address === undefined) return [];
  const [type = '', rest = ''] = address.split(':', 2);
  const parts = rest.split('.');
  const hex = (value: string | undefined): string => `0x${(value ?? '0').replace(/^0x/, '')}`;
  const multifunction = isMultifunction ? 'on' : undefined;
  if (type === 'pci' && parts.length === 4) {
    const [domain, bus, slot, fn] = parts;
    return element('address', {
      type,
      domain: hex(domain),
      bus: hex(bus),
      slot: hex(slot),
      function: hex(fn),
      multifunction,
    });
  }
  if (type === 'usb' && parts.length === 2) return element('address', { type, bus: parts[0], port: parts[1] });
  if (['scsi', 'sata', 'ide', 'drive'].includes(type) && parts.length >= 3) {
    const [controller, bus, third, fourth] = parts;
    const [target, unit] = fourth === undefined ? ['0', third] : [third, fourth];
    return element('address', { type: 'drive', controller, bus, target, unit });
  }
  throw virError('INVALID_ARG', `Invalid address '${address}'; write pci:0000.00.07.0, usb:1.2 or scsi:0.0.0`);
}

/** Whether `source` is a block device, as virsh finds out; handed in, so that this stays pure. */
export function buildDiskXml(source: string, target: string, isBlockDevice: boolean, options: Options): string {
  const sourceType = text(options, 'sourcetype') ?? (isBlockDevice ? 'block' : 'file');
  if (!['file', 'block', 'network'].includes(sourceType))
    throw virError('INVALID_ARG', `Unknown source type: '${sourceType}'`);
  const mode = text(options, 'mode');
  if (mode !== undefined && !['readonly', 'shareable'].includes(mode))
    throw virError('INVALID_ARG', `No support for ${mode} in command 'attach-disk'`);
  const protocol = text(options, 'sourceProtocol');
  const driver = {
    name: text(options, 'driver'),
    type: text(options, 'subdriver'),
    iothread: text(options, 'iothread'),
    cache: text(options, 'cache'),
    io: text(options, 'io'),
  };
  const serial = text(options, 'serial');
  const wwn = text(options, 'wwn');
  return [
    `<disk${attributes({ type: sourceType, device: text(options, 'type'), rawio: options.rawio ? 'yes' : undefined })}>`,
    ...element('driver', driver),
    ...(sourceType === 'network'
      ? [
          `  <source${attributes({ protocol, name: source })}>`,
          `  ${element('host', { name: text(options, 'sourceHostName'), socket: text(options, 'sourceHostSocket'), transport: text(options, 'sourceHostTransport') }).join('')}`,
          '  </source>',
        ]
      : element('source', { [sourceType === 'block' ? 'dev' : 'file']: source })),
    ...element('target', { dev: target, bus: text(options, 'targetbus') }),
    ...(mode === undefined ? [] : [`  <${mode}/>`]),
    ...(serial === undefined ? [] : [`  <serial>${escapeXml(serial)}</serial>`]),
    ...(wwn === undefined ? [] : [`  <wwn>${escapeXml(wwn)}</wwn>`]),
    ...element('alias', { name: text(options, 'alias') }),
    ...addressElement(text(options, 'address'), options.multifunction === true),
    '</disk>',
  ].join('\n');
}

const SOURCE_ATTRIBUTES: Readonly<Record<string, string>> = { network: 'network', bridge: 'bridge', direct: 'dev' };

/** 'average,peak,burst,floor' → its attributes. Throws INVALID_ARG. */
function rate(name: 'inbound' | 'outbound', value: string | undefined): string[] {
  if (value === undefined) return [];
  const parts = value.split(',');
  if (parts.length > 4 || !parts.every((part) => /^\d*$/.test(part)) || !parts[0])
    throw virError('INVALID_ARG', `${name} format is incorrect`);
  const [average, peak, burst, floor] = parts;
  return element(name, { average, peak, burst, floor }).map((line) => `  ${line}`);
}

export function buildInterfaceXml(type: string, source: string, options: Options): string {
  const attribute = SOURCE_ATTRIBUTES[type];
  if (attribute === undefined && type !== 'user' && type !== 'hostdev')
    throw virError('INVALID_ARG', `No support for ${type} in command 'attach-interface'`);
  const bandwidth = [...rate('inbound', text(options, 'inbound')), ...rate('outbound', text(options, 'outbound'))];
  const model = text(options, 'model');
  return [
    `<interface${attributes({ type, managed: options.managed ? 'yes' : undefined })}>`,
    ...(type === 'hostdev' ? ['  <source>', `  ${addressElement(source, false).join('')}`, '  </source>'] : []),
    ...(attribute ? element('source', { [attribute]: source }) : []),
    ...element('target', { dev: text(options, 'target') }),
    ...element('mac', { address: text(options, 'mac') }),
    ...element('script', { path: text(options, 'script') }),
    ...element('model', { type: model }),
    ...(bandwidth.length > 0 ? ['  <bandwidth>', ...bandwidth, '  </bandwidth>'] : []),
    ...element('alias', { name: text(options, 'alias') }),
    '</interface>',
  ].join('\n');
}
