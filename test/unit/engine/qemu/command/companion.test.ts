import { describe, expect, it } from 'vitest';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import {
  companionNeeds,
  companionPidFile,
  companionSocket,
  readCompanionMark,
} from '../../../../../src/engine/qemu/command/companion.ts';
import { passtArgs } from '../../../../../src/engine/qemu/command/passt.ts';
import { swtpmArgs, swtpmSetupArgs } from '../../../../../src/engine/qemu/command/swtpm.ts';

const START_ID = '0b6e3c1c-5a0e-4c4e-9d43-3f1c1c2b0a01';
const run = { runtimeDir: '/run/user/1000/vivarium/d/0123456789abcdef', startId: START_ID };
const devicesOf = (devices: string) =>
  parseDomain(
    `<domain type='qemu'><name>web</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os><devices>${devices}</devices></domain>`,
  ).def;

const TPM = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/><alias name='tpm0'/></tpm>";
const PASST = "<interface type='user'><backend type='passt'/><alias name='net1'/></interface>";

describe('what runs beside QEMU', () => {
  it('is an swtpm for an emulated TPM and a passt for an interface that names it', () => {
    const def = devicesOf(
      `${TPM}<interface type='user'><alias name='net0'/></interface>${PASST}<tpm model='tpm-tis'><backend type='external'><source type='unix' mode='connect' path='/x'/></backend><alias name='tpm1'/></tpm>`,
    );
    expect(companionNeeds(def)).toEqual([
      { kind: 'swtpm', alias: 'tpm0' },
      { kind: 'passt', alias: 'net1' },
    ]);
  });

  it('has a socket in the folder of its run, named after its device', () => {
    expect(companionSocket(run.runtimeDir, { kind: 'passt', alias: 'net1' })).toBe(`${run.runtimeDir}/net1-passt.sock`);
  });

  it('counts a path in bytes, as the kernel does', () => {
    const need = { kind: 'passt', alias: 'net1' } as const;
    const fits = `/${'x'.repeat(90)}`;
    expect(companionSocket(fits, need)).toHaveLength(107);
    expect(() => companionSocket(fits.replace('xx', 'ß'), need)).not.toThrow();
    expect(() => companionSocket(fits.replace('x', 'ß'), need)).toThrow(/socket/);
  });

  it.each(['ua-../../x', `ua-${'x'.repeat(80)}`])('refuses the alias %s, of which no socket can be made', (alias) => {
    expect(() => companionSocket(run.runtimeDir, { kind: 'passt', alias })).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNSUPPORTED' }),
    );
  });
});

describe('a command line', () => {
  const [tpm] = devicesOf(TPM).devices.tpms;
  const [net] = devicesOf(PASST).devices.interfaces;
  if (!tpm || !net) throw new Error('the devices are lost');
  const mark = { runtimeDir: run.runtimeDir, startId: START_ID, isSetup: false };

  it('of a companion says whose it is', () => {
    const files = { stateDir: '/data/tpm', logPath: '/log/web.log' };
    expect(readCompanionMark(['/usr/bin/swtpm', ...swtpmArgs(tpm, run, files)])).toEqual({
      ...mark,
      kind: 'swtpm',
      alias: 'tpm0',
    });
    expect(readCompanionMark(['/usr/bin/passt', ...passtArgs(net, run, {})])).toEqual({
      ...mark,
      kind: 'passt',
      alias: 'net1',
    });
    expect(
      readCompanionMark(['/usr/bin/swtpm_setup', ...swtpmSetupArgs(tpm, run, { stateDir: '/t', vmid: 'web:1' })]),
    ).toEqual({ ...mark, kind: 'swtpm', alias: 'tpm0', isSetup: true });
  });

  it('of the swtpm that swtpm_setup leaves where it is killed says it too', () => {
    const argv = `swtpm socket --flags not-need-init --tpmstate backend-uri=dir:///t --pid file=/tmp/.swtpm_setup.pidfile.x --tpm2 --log file=${run.runtimeDir}/tpm0-swtpm.${START_ID}.log --ctrl type=unixio,clientfd=5`;
    expect(readCompanionMark(argv.split(' '))).toEqual({ ...mark, kind: 'swtpm', alias: 'tpm0', isSetup: true });
  });

  it.each([
    ['of an editor that has its pid file open', ['vim', companionPidFile(run, { kind: 'passt', alias: 'net1' })]],
    ['of another passt of this user', ['passt', '--one-off', '--pid', '/tmp/mine.pid']],
    ['of an swtpm of libvirt', ['swtpm', 'socket', '--pid', 'file=/run/libvirt/qemu/swtpm/1-web-swtpm.pid']],
    ['of a passt with no pid file', ['passt', '--one-off']],
    ['that is empty, as a kernel thread’s', ['']],
  ])('%s is nobody’s of ours', (_, argv) => {
    expect(readCompanionMark(argv)).toBeUndefined();
  });
});
