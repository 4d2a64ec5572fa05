// XML → command line in process, domains a second, against the bare parsing of the same text to a tree, in the same run. Budget: ≥ 2,000 a second.
import { readFileSync } from 'node:fs';
import { parseXml } from '../../src/engine/conf/xml.ts';
import { domxmlToNative } from '../../src/engine/qemu/command/to-native.ts';
import type { QemuCapabilities } from '../../src/engine/qemu/def/capabilities.ts';

const caps = JSON.parse(
  readFileSync(new URL('../data/caps/qemu-7.2.json', import.meta.url), 'utf8'),
) as QemuCapabilities;
const xml = readFileSync(new URL('./typical.xml', import.meta.url), 'utf8');
const MINIMUM = 2_000;
const SECONDS = 2;

let _count = 0;
const options = {
  newUuid: () => '11111111-2222-3333-4444-555555555555',
  randomMac: () => {
    _count += 1;
    return '52:54:00:00:00:01';
  },
};

/** Runs `work` for a while; how often a second. The first fifth warms up and is not counted. */
function rate(work: () => void): number {
  const warm = performance.now() + (SECONDS * 1000) / 5;
  while (performance.now() < warm) work();
  let runs = 0;
  const begun = performance.now();
  while (performance.now() - begun < SECONDS * 1000) {
    work();
    runs += 1;
  }
  return runs / ((performance.now() - begun) / 1000);
}

const argvRate = rate(() => void domxmlToNative(xml, caps, options));
const parseRate = rate(() => void parseXml(xml, undefined));
console.log(
  `XML → argv: ${argvRate.toFixed(0)} domains/s; parsing alone: ${parseRate.toFixed(0)} documents/s; ratio ${(parseRate / argvRate).toFixed(2)} (${argvRate >= MINIMUM ? 'within' : 'BELOW'} the budget of ${MINIMUM}/s)`,
);
if (argvRate < MINIMUM) process.exitCode = 1;
