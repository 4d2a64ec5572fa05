// What can be done without a running engine: a definition's command line by the capabilities of a recorded QMP transcript. Nothing here depends on this
// host or on chance: it is libvirt's reference host throughout, so that the same definition always gives the same result, here and in its tests.
import { createCipheriv } from 'node:crypto';
import type { Props, SecretRequest } from './qemu/command/context.ts';
import { domxmlToNative } from './qemu/command/to-native.ts';
import { capabilitiesFromReplies } from './qemu/def/capabilities.ts';

/** On the reference host random bytes count up, and every secret has one value; libvirt hands both to QEMU encrypted with its master key. */
function referenceSecret({ kind, value }: SecretRequest): Props {
  const counting = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, at) => at));
  const cipher = createCipheriv('aes-256-cbc', counting(32), counting(16));
  const plain = kind === 'cookies' ? (value ?? '') : 'AQCVn5hO6HzFAhAAq0NCv8jtJcIcE+HOBlMQ1A';
  const data = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64');
  return { data, keyid: 'masterKey0', iv: counting(16).toString('base64'), format: 'base64' };
}

/** Random bytes that count up, as a version 4 UUID. */
const REFERENCE_UUID = '00010203-0405-4607-8809-0a0b0c0d0e0f';
const REFERENCE_MAC = '52:54:00:00:00:01';

/** XML → command line and completed XML, by the transcript in `replies`. The function throws what `domxmlToNative` throws. */
export function createOfflineConverter(
  replies: string,
): (xml: string, file: string) => { readonly argv: readonly string[]; readonly xml: string } {
  const caps = capabilitiesFromReplies(replies);
  return (xml, file) => {
    const options = {
      file,
      newUuid: () => REFERENCE_UUID,
      randomMac: () => REFERENCE_MAC,
      host: { secret: referenceSecret },
    };
    const { argv, xml: completed } = domxmlToNative(xml, caps, options);
    return { argv, xml: completed };
  };
}
