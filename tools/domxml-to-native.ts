// Prints what domxmlToNative makes of each file, one JSON object a line: the driver that tools/conformance.mjs hands to the comparator.
//   node tools/domxml-to-native.ts --replies CAPS.replies FILE.xml …
import { readFileSync } from 'node:fs';
import { toEnvelope } from '../src/common/errors.ts';
import { domxmlToNative } from '../src/engine/qemu/command/to-native.ts';
import { capabilitiesFromReplies } from '../src/engine/qemu/def/capabilities.ts';
import { conformanceSecret } from './conformance-host.ts';

const args = process.argv.slice(2);
const at = args.indexOf('--replies');
const replies = at < 0 ? undefined : args[at + 1];
if (replies === undefined) {
  console.error('usage: domxml-to-native.ts --replies CAPS.replies FILE.xml …');
  process.exit(2);
}
const files = [...args.slice(0, at), ...args.slice(at + 2)];
const caps = capabilitiesFromReplies(readFileSync(replies, 'utf8'));
const options = {
  newUuid: () => '00010203-0405-4607-8809-0a0b0c0d0e0f',
  randomMac: () => '52:54:00:00:00:01',
  host: { secret: conformanceSecret },
};

for (const file of files) {
  try {
    const { argv, xml } = domxmlToNative(readFileSync(file, 'utf8'), caps, { ...options, file });
    console.log(JSON.stringify({ file, argv, xml }));
  } catch (thrown) {
    const { code, message } = toEnvelope(thrown);
    console.log(JSON.stringify({ file, error: { code, message } }));
  }
}
