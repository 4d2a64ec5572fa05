import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { killQemu } from '../../../../src/engine/qemu/process.ts';
import {
  findStarted,
  identifyProcess,
  isSameProcess,
  isStopped,
} from '../../../../src/engine/qemu/process-identity.ts';

function sleeper(env: Readonly<Record<string, string>> = {}, script = 'sleep 60') {
  const child = spawn('sh', ['-c', script], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise<typeof child>((resolve) => child.once('spawn', () => resolve(child)));
}

describe('who a process is', () => {
  it('is told by pid and start time together', async () => {
    const child = await sleeper();
    const identity = await identifyProcess(child.pid ?? 0);
    expect(identity?.startTime).toMatch(/^\d+$/);
    expect(await isSameProcess({ pid: child.pid ?? 0, startTime: identity?.startTime ?? '' })).toBe(true);
    expect(await isSameProcess({ pid: child.pid ?? 0, startTime: '1' })).toBe(false);
    expect(await isSameProcess({ pid: process.pid, startTime: identity?.startTime ?? '' })).toBe(false);
  });

  it('is found by its start id, exactly, and by nothing else', async () => {
    const child = await sleeper({ VIVARIUM_START_ID: 'test-start-id-1' });
    const started = await findStarted();
    expect(started.get('test-start-id-1')?.map(({ pid }) => pid)).toContain(child.pid);
    expect(started.get('test-start-id')).toBeUndefined();
  });

  it('is nobody once it has ended', async () => {
    const child = await sleeper();
    const identity = await identifyProcess(child.pid ?? 0);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(await identifyProcess(child.pid ?? 0)).toBeUndefined();
    expect(await isSameProcess(identity ?? { pid: 0, startTime: '' })).toBe(false);
    await expect(killQemu(identity ?? { pid: 0, startTime: '' })).resolves.toBeUndefined();
  });
});

describe('ending a process', () => {
  it('kills at once one that is stopped and can’t hear', async () => {
    const child = await sleeper();
    const identity = await identifyProcess(child.pid ?? 0);
    child.kill('SIGSTOP');
    await expect.poll(() => isStopped(child.pid ?? 0)).toBe(true);
    const exit = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    await killQemu(identity ?? { pid: 0, startTime: '' });
    expect(await exit).toBe('SIGKILL');
  });

  it('never signals another process that has the pid by now', async () => {
    const child = await sleeper();
    await killQemu({ pid: child.pid ?? 0, startTime: '1' });
    expect(child.exitCode).toBeNull();
    expect(await identifyProcess(child.pid ?? 0)).toBeDefined();
  });
});
