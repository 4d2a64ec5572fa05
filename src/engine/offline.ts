// What can be done without a running engine: a definition's command line by the capabilities of a recorded QMP transcript.
import { randomBytes, randomUUID } from 'node:crypto';
import { domxmlToNative } from './qemu/command/to-native.ts';
import { capabilitiesFromReplies } from './qemu/def/capabilities.ts';

const randomMac = (): string =>
  `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;

/** XML → command line and completed XML, by the transcript in `replies`. The function throws what `domxmlToNative` throws. */
export function createOfflineConverter(
  replies: string,
): (xml: string, file: string) => { readonly argv: readonly string[]; readonly xml: string } {
  const caps = capabilitiesFromReplies(replies);
  return (xml, file) => {
    const { argv, xml: completed } = domxmlToNative(xml, caps, { file, newUuid: randomUUID, randomMac });
    return { argv, xml: completed };
  };
}
