// From an error's code to what the person can do next. Messages name the object and the cause (the engine writes them); this adds the way out.
import type { ErrorCode } from '../../common/errors.ts';

/** A button beside the advice. */
export type AdviceAction = 'start-without-kvm' | 'open-doctor' | 'open-log' | 'force-off' | 'none';

export interface Advice {
  readonly text: string;
  readonly action: AdviceAction;
}

const none = (text: string): Advice => ({ text, action: 'none' });

const BY_CODE: Readonly<Record<ErrorCode, Advice>> = {
  INTERNAL_ERROR: none(
    'This is a fault of Vivarium itself. Copy the details and report them; your machines are not affected.',
  ),
  INVALID_ARG: none('Correct the value named above and try again.'),
  XML_ERROR: none('Correct the XML at the place named above.'),
  XML_DETAIL: none('Correct the value named above in the XML.'),
  CONFIG_UNSUPPORTED: {
    text: 'Change that part of the definition, or see what this computer can do.',
    action: 'open-doctor',
  },
  NO_DOMAIN: none('It may have been deleted or renamed by another window or the command line.'),
  DOM_EXIST: none('Choose another name.'),
  OPERATION_INVALID: none('Its state has changed meanwhile. Look at the machine and try again.'),
  OPERATION_FAILED: {
    text: 'QEMU’s last words below tell why; the whole log is on the machine’s page.',
    action: 'open-log',
  },
  OPERATION_TIMEOUT: {
    text: 'The system inside did not answer in time. Wait a little and try again, or force it off.',
    action: 'force-off',
  },
  OPERATION_ABORTED: none('Nothing needs to be done.'),
  OPERATION_DENIED: none('Check the permissions of the file or device named above.'),
  RESOURCE_BUSY: none('Wait until what uses it has ended, then try again.'),
  DEVICE_MISSING: none('Look at the machine’s hardware: the device is not there any more.'),
  NO_STORAGE_VOL: none('Put the file back where it was, or take the disk out of the machine’s definition.'),
  STORAGE_VOL_EXIST: none('Choose another machine name, or move the file that is in the way.'),
  NO_SUPPORT: { text: 'The doctor tells what is missing on this computer and how to get it.', action: 'open-doctor' },
  SYSTEM_ERROR: none('Check that there is enough free space and memory, and that you may read the files named above.'),
  AGENT_UNRESPONSIVE: none(
    'Start the service qemu-guest-agent inside the machine (install it there first), and wait until it is up.',
  ),
  AGENT_COMMAND_TIMEOUT: none('Whether it was done is not known: look inside the machine.'),
  AGENT_COMMAND_FAILED: none('The system inside the machine refused; its own words are above.'),
  NO_CONNECT: none('Vivarium connects again by itself. If it has ended, start it anew.'),
};

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(BY_CODE, code);

/** KVM is there but does not work, or may not be used: software emulation is the way that always goes. */
const isAboutKvm = (text: string): boolean => /\bkvm\b/i.test(text);
const KVM_CODES: readonly string[] = [
  'NO_SUPPORT',
  'CONFIG_UNSUPPORTED',
  'OPERATION_FAILED',
  'OPERATION_DENIED',
  'SYSTEM_ERROR',
];

export interface ToldError {
  readonly code?: string | undefined;
  readonly message: string;
  readonly detail?: string | undefined;
}

export function adviceFor(error: ToldError): Advice {
  const code = error.code ?? 'INTERNAL_ERROR';
  if (KVM_CODES.includes(code) && isAboutKvm(`${error.message}\n${error.detail ?? ''}`))
    return {
      text: 'You can start it with software emulation, which is slow but always works. The doctor tells how to get KVM.',
      action: 'start-without-kvm',
    };
  return isKnown(code) ? BY_CODE[code] : BY_CODE.INTERNAL_ERROR;
}
