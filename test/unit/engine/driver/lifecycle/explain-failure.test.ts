import { describe, expect, it } from 'vitest';
import { virError } from '../../../../../src/common/errors.ts';
import { explainQemuFailure } from '../../../../../src/engine/driver/lifecycle/explain-failure.ts';

const base = virError('OPERATION_FAILED', "QEMU ended while domain 'web' was starting");

describe('QEMU’s last words', () => {
  it.each([
    [
      'qemu-system-x86_64: -blockdev {…}: Failed to get "write" lock\nIs another process using the image [/d.qcow2]?',
      'RESOURCE_BUSY',
      /a disk of domain 'web' is in use by another program/,
    ],
    [
      'Could not access KVM kernel module: Permission denied',
      'NO_SUPPORT',
      /needs KVM, which can't be used here \(Permission denied\)/,
    ],
    [
      "qemu-system-x86_64: -blockdev {…}: Could not open '/d.raw': No such file or directory",
      'OPERATION_FAILED',
      /can't open \/d\.raw for domain 'web': No such file/,
    ],
    [
      "cannot set up guest memory 'pc.ram': Cannot allocate memory",
      'OPERATION_FAILED',
      /not enough free memory for domain 'web'/,
    ],
    [
      'qemu-system-x86_64: -vnc :1: Failed to bind socket: Address already in use',
      'RESOURCE_BUSY',
      /a port that domain 'web' asks for is taken/,
    ],
    [
      'KVM internal error. Suberror: 1\nemulation failure',
      'NO_SUPPORT',
      /KVM can't run domain 'web' on this host; start it without KVM/,
    ],
    [
      'qemu-system-x86_64: -machine pc-q35-99: unsupported machine type',
      'CONFIG_UNSUPPORTED',
      /does not know the machine type of domain 'web'/,
    ],
    [
      'qemu-system-x86_64: -device {…}: something new and invalid',
      'OPERATION_FAILED',
      /^QEMU ended while domain 'web' was starting: .*something new and invalid$/,
    ],
    ['', 'OPERATION_FAILED', /^QEMU ended while domain 'web' was starting$/],
  ])('%j become a sentence with a way out, and come along whole', (words, code, message) => {
    const error = explainQemuFailure('web', words, base);
    expect([error.code, error.detail]).toEqual([code, words]);
    expect(error.message).toMatch(message);
  });
});
