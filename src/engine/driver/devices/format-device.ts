// One device as XML, by the same codec that reads it.
import { deviceFields } from '../../conf/domain.ts';
import type { XmlWriter } from '../../conf/xml.ts';

type DeviceKey = keyof typeof deviceFields;

/** `key` is the list's name in the definition, such as 'disks'. */
export function formatDevice(key: string, device: unknown): string {
  const field = deviceFields[key as DeviceKey] as {
    readonly name?: string;
    readonly codec?: { format(out: XmlWriter, name: string, value: never): void };
  };
  const out: XmlWriter = { lines: [], depth: 0 };
  field.codec?.format(out, field.name ?? key, device as never);
  return out.lines.join('\n');
}
