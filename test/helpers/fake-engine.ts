// The engine's verbs over a fake host, called by name as the contract does, and one small domain to call them on.
import { createVerbs } from '../../src/engine/driver/verbs.ts';
import { createFakeContext } from './fake-context.ts';
import type { FakeHost } from './fake-host.ts';

export const UUID = '11111111-1111-1111-1111-111111111111';

export const xmlOf = (uuid: string): string =>
  `<domain type='qemu'><name>web</name><uuid>${uuid}</uuid><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>`;

type Verb = (input: object, call: { readonly signal: AbortSignal }) => Promise<unknown>;

export function engineOn(host: FakeHost) {
  const context = createFakeContext(host);
  const verbs = createVerbs(context) as unknown as Readonly<Record<string, Verb>>;
  const call = (verb: string, input: object): Promise<unknown> =>
    verbs[verb]?.(input, { signal: new AbortController().signal }) ?? Promise.reject(new Error(verb));
  return { context, call };
}
