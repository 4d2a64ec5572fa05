// Small facts that set-up remembers between runs, in .cache/setup.json: what was declined or could not be done, so that it is not tried
// at every start. Losing the file costs nothing but one more try.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CACHE } from './project.mjs';

const FILE = path.join(CACHE, 'setup.json');

function readAll() {
  try {
    const all = JSON.parse(readFileSync(FILE, 'utf8'));
    return typeof all === 'object' && all !== null ? all : {};
  } catch {
    return {}; // no memory yet, or a torn one: the same
  }
}

/** What was remembered under `key`, or undefined. */
export const recall = (key) => readAll()[key];

/** Remembers `value` under `key`; undefined forgets it. */
export function remember(key, value) {
  const next = `${FILE}.${process.pid}`;
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(next, `${JSON.stringify({ ...readAll(), [key]: value }, null, 2)}\n`);
    renameSync(next, FILE);
  } catch {
    // a checkout that can not be written to: it is tried again next time
  }
}
