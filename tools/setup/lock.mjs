// One set-up at a time in a checkout: two runs of npm over the same node_modules destroy it. The lock names its holder's process; one whose
// holder is gone is taken over.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CACHE } from './project.mjs';

const FILE = path.join(CACHE, 'setup.lock');
const LOOK_AGAIN_MS = 300;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function holder() {
  try {
    return Number(readFileSync(FILE, 'utf8'));
  } catch {
    return undefined; // let go of meanwhile
  }
}

function tryTake() {
  try {
    writeFileSync(FILE, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const pid = holder();
    // 0: the other one has made the file and not written it yet
    if (pid !== undefined && pid > 0 && !isAlive(pid)) rmSync(FILE, { force: true });
    return false;
  }
}

/** Runs `work` while no other set-up of this checkout does. */
export async function withSetupLock(say, work) {
  mkdirSync(CACHE, { recursive: true });
  for (let waits = 0; !tryTake(); waits += 1) {
    if (waits === 1) say('Waiting for another set-up of this checkout to end …');
    await delay(LOOK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(FILE, { force: true });
  }
}
