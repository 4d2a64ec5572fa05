import { describe, expect, it } from 'vitest';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import type { TpmDef } from '../../../../../src/engine/conf/small-devices.ts';
import {
  checkTpm,
  swtpmArgs,
  swtpmReconfigureArgs,
  swtpmSetupArgs,
  tpmFolder,
} from '../../../../../src/engine/qemu/command/swtpm.ts';

const run = { runtimeDir: '/run/d', startId: 'S' };
const files = { stateDir: '/data/tpm/U/tpm2', logPath: '/log/web-tpm0-swtpm.log' };

function tpmOf(attributes: string, inside = ''): TpmDef {
  const { def } = parseDomain(
    `<domain type='qemu'><name>web</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os><devices><tpm model='tpm-tis'><backend type='emulator' ${attributes}>${inside}</backend><alias name='tpm0'/></tpm></devices></domain>`,
  );
  const [tpm] = def.devices.tpms;
  if (!tpm) throw new Error('the TPM is lost');
  return tpm;
}
const TPM2 = "version='2.0'";
const BANKS = '<active_pcr_banks><sha256/><sha512/></active_pcr_banks>';

describe('swtpm', () => {
  it('listens on a socket of the run, keeps its state private, and ends with its QEMU', () => {
    expect(swtpmArgs(tpmOf(TPM2), run, files).join(' ')).toBe(
      'socket --ctrl type=unixio,path=/run/d/tpm0-swtpm.sock,mode=0600 --tpmstate dir=/data/tpm/U/tpm2,mode=0600 --log file=/log/web-tpm0-swtpm.log --tpm2 --pid file=/run/d/tpm0-swtpm.S.pid --terminate',
    );
  });

  it('is a TPM 1.2 where the definition says so, in a folder of its own', () => {
    const old = tpmOf("version='1.2'");
    expect(swtpmArgs(old, run, files)).not.toContain('--tpm2');
    expect([tpmFolder(old), tpmFolder(tpmOf(TPM2))]).toEqual(['tpm1.2', 'tpm2']);
  });

  it('logs as much as the definition says', () => {
    expect(swtpmArgs(tpmOf(`${TPM2} debug='5'`), run, files)).toContain('file=/log/web-tpm0-swtpm.log,level=5');
  });

  it('refuses a path with a comma, which it would take apart', () => {
    expect(() => swtpmArgs(tpmOf(TPM2), run, { ...files, stateDir: '/data/a,b' })).toThrow(/comma/);
  });
});

describe('swtpm_setup', () => {
  it('makes keys and certificates, and leaves a TPM that is there alone', () => {
    expect(swtpmSetupArgs(tpmOf(TPM2), run, { stateDir: '/new', vmid: 'web:U' }).join(' ')).toBe(
      '--tpm2 --tpm-state /new --vmid web:U --logfile /run/d/tpm0-swtpm.S.log --createek --create-ek-cert --create-platform-cert --lock-nvram --not-overwrite',
    );
  });

  it('switches on the banks of the definition, at first and at each start', () => {
    const tpm = tpmOf(TPM2, BANKS);
    expect(swtpmSetupArgs(tpm, run, { stateDir: '/new', vmid: 'v' }).slice(-2)).toEqual([
      '--pcr-banks',
      'sha256,sha512',
    ]);
    expect(swtpmReconfigureArgs(tpm, run, '/data')?.slice(-3)).toEqual([
      '--pcr-banks',
      'sha256,sha512',
      '--reconfigure',
    ]);
  });

  it('changes nothing where the definition names no banks, or the TPM has but one', () => {
    expect(swtpmReconfigureArgs(tpmOf(TPM2), run, '/data')).toBeUndefined();
    expect(swtpmReconfigureArgs(tpmOf("version='1.2'", BANKS), run, '/data')).toBeUndefined();
  });
});

it.each([
  ["<encryption secret='5a0e5ee8-7f0c-4c4e-9d43-3f1c1c2b0a01'/>", /no secrets/],
  ["<source type='file' path='/x/tpm.state'/>", /name a folder/],
  ["<profile source='local:x'/>", /profile/],
])('a TPM with %s is refused before anything is done', (inside, message) => {
  expect(() => checkTpm('web', tpmOf(TPM2, inside))).toThrow(message);
});
