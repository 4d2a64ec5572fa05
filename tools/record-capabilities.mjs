#!/usr/bin/env node
// Asks a QEMU for its capabilities over QMP and writes the transcript in libvirt's .replies form, or the capabilities derived from it.
//   node tools/record-capabilities.mjs [--binary QEMU] [--derived] [OUT]
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { capabilitiesFromTranscript, PROBE_COMMANDS } from '../src/engine/qemu/def/capabilities.ts';

const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : undefined);
const binary = option('--binary') ?? 'qemu-system-x86_64';
const isDerived = args.includes('--derived') && args.splice(args.indexOf('--derived'), 1).length > 0;
const [out] = args;

const qemu = spawn(
  binary,
  ['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'none,accel=kvm:tcg', '-S', '-qmp', 'stdio'],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
  },
);
const lines = createInterface({ input: qemu.stdout })[Symbol.asyncIterator]();

/** The next reply; events are passed over. */
async function nextReply() {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${binary} ended before it answered`);
    const message = JSON.parse(value);
    if (!('event' in message)) return message;
  }
}

await nextReply(); // the greeting
const documents = [];
const entries = [];
for (const [at, command] of [{ execute: 'qmp_capabilities' }, ...PROBE_COMMANDS].entries()) {
  const sent = { ...command, id: `vivarium-${at + 1}` };
  qemu.stdin.write(`${JSON.stringify(sent)}\n`);
  const reply = await nextReply();
  documents.push(sent, reply);
  entries.push({ execute: command.execute, arguments: command.arguments, reply: reply.return });
}
qemu.stdin.write(`${JSON.stringify({ execute: 'quit' })}\n`);

const text = isDerived
  ? `${JSON.stringify(capabilitiesFromTranscript(entries), null, 1)}\n`
  : `${documents.map((document) => JSON.stringify(document, null, 2)).join('\n\n')}\n`;
if (out) writeFileSync(out, text);
else process.stdout.write(text);
