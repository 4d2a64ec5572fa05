// The one error of the project and its codes. Codes are libvirt's (include/libvirt/virterror.h) without VIR_ERR_, so that who knows libvirt
// knows them, and so that a script can tell kinds apart; they cross every transport, which is why tests and views look at `code` only.

/** code → what it means, for documentation and for the CLI's exit codes. */
export const ERROR_CODES = {
  INTERNAL_ERROR: 'a fault of Vivarium itself',
  INVALID_ARG: 'an argument is malformed or out of range',
  XML_ERROR: 'the XML is not well-formed, or breaks a rule of the format',
  XML_DETAIL: 'a value inside the XML is malformed',
  CONFIG_UNSUPPORTED: 'the definition asks for something that this emulator or host can not do',
  NO_DOMAIN: 'there is no such domain',
  DOM_EXIST: 'a domain with this name or UUID exists already',
  OPERATION_INVALID: 'the domain is not in a state that allows this',
  OPERATION_FAILED: 'it was tried and did not work',
  OPERATION_TIMEOUT: 'it did not finish within its deadline',
  OPERATION_ABORTED: 'it was cancelled',
  OPERATION_DENIED: 'the caller may not do this',
  RESOURCE_BUSY: 'something that it needs is in use',
  DEVICE_MISSING: 'the domain has no such device',
  NO_STORAGE_VOL: 'there is no such disk image',
  STORAGE_VOL_EXIST: 'a disk image of this name exists already',
  NO_SUPPORT: 'this host lacks what is needed',
  SYSTEM_ERROR: 'the operating system refused',
  NO_CONNECT: 'the engine can not be reached',
  AGENT_UNRESPONSIVE: 'the guest agent does not answer, or nothing in the guest has its channel open',
  AGENT_COMMAND_TIMEOUT: 'the guest agent took a command and did not answer it in time',
  AGENT_COMMAND_FAILED: 'the guest agent refused a command, or failed at it',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface VirErrorInit {
  readonly code: ErrorCode;
  /** One sentence that names the object, and the way out where there is one. */
  readonly message: string;
  /** More for who wants it: QEMU's last words, a list. May have several lines. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** The form in which an error crosses a transport. */
export interface ErrorEnvelope {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail?: string | undefined;
}

export class VirError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;

  constructor(init: VirErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'VirError';
    this.code = init.code;
    this.detail = init.detail;
  }
}

/** Short form of `new VirError`, for the many places that need no detail. */
export const virError = (
  code: ErrorCode,
  message: string,
  extra: { detail?: string | undefined; cause?: unknown } = {},
): VirError => new VirError({ code, message, ...extra });

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);

/** Any thrown value as a VirError; what is not one is our own bug (INTERNAL_ERROR), its stack kept as the cause only. */
export function toVirError(thrown: unknown): VirError {
  if (thrown instanceof VirError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new VirError({ code: 'INTERNAL_ERROR', message: `internal error: ${message}`, cause: thrown });
}

export const toEnvelope = (thrown: unknown): ErrorEnvelope => {
  const { code, message, detail } = toVirError(thrown);
  return detail === undefined ? { code, message } : { code, message, detail };
};

export const fromEnvelope = (envelope: ErrorEnvelope): VirError => new VirError(envelope);
