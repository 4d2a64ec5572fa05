// QEMU's last words, made into a sentence that says what to do. The words themselves always come along as the detail.
import { type ErrorCode, VirError } from '../../../common/errors.ts';
import { isKvmInternalError } from '../../qemu/accelerator.ts';
import type { CompanionNeed } from '../../qemu/command/companion.ts';

interface Explanation {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly explain: (name: string, match: RegExpExecArray) => string;
}

const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /bridge helper failed|acl file/i,
    code: 'OPERATION_DENIED',
    explain: (name) =>
      `domain '${name}' may not join its bridge; an administrator allows it by a line 'allow BRIDGE' in /etc/qemu/bridge.conf`,
  },
  {
    pattern: /Failed to get (?:"?\w+"? |shared "\w+" )?lock/i,
    code: 'RESOURCE_BUSY',
    explain: (name) => `a disk of domain '${name}' is in use by another program; end that one first`,
  },
  {
    pattern: /Could not access KVM kernel module: (.*)/i,
    code: 'NO_SUPPORT',
    explain: (name, m) =>
      `domain '${name}' needs KVM, which can't be used here (${m[1]}); start it without KVM, or see the doctor page`,
  },
  {
    pattern: /cannot set up guest memory '.*': (.*)/i,
    code: 'OPERATION_FAILED',
    explain: (name) => `the host has not enough free memory for domain '${name}'; give it less, or end other programs`,
  },
  {
    pattern: /No space left on device/i,
    code: 'OPERATION_FAILED',
    explain: (name) => `no space is left on the disk for domain '${name}'; free some and start it again`,
  },
  {
    pattern: /Could not open '(.*?)': (.*)/,
    code: 'OPERATION_FAILED',
    explain: (name, m) => `QEMU can't open ${m[1]} for domain '${name}': ${m[2]}`,
  },
  {
    pattern: /Address already in use/i,
    code: 'RESOURCE_BUSY',
    explain: (name) =>
      `a port that domain '${name}' asks for is taken; choose another one, or end the program that has it`,
  },
  {
    pattern: /Image is not in (\w+) format/i,
    code: 'OPERATION_FAILED',
    explain: (name, m) =>
      `a disk of domain '${name}' is not in ${m[1]} format; correct the disk's type in the definition`,
  },
  {
    pattern: /unsupported machine type/i,
    code: 'CONFIG_UNSUPPORTED',
    explain: (name) => `this QEMU does not know the machine type of domain '${name}'; choose 'q35' or 'pc'`,
  },
];

const COMPANION_EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /Failed to bind.*for '?-([tu]) (\S+?)'?(?:,|$)/m,
    code: 'RESOURCE_BUSY',
    explain: (name, m) =>
      `a ${m[1] === 't' ? 'TCP' : 'UDP'} port that domain '${name}' forwards (${m[2]}) can't be had: it is taken, or it is below 1024; choose another one`,
  },
  {
    pattern: /No external routable interface|External interface not usable/i,
    code: 'OPERATION_FAILED',
    explain: (name) =>
      `passt can't carry the network of domain '${name}': this host has no route to the outside; connect it, or leave <backend type='passt'/> out`,
  },
  {
    pattern: /(?:create|isolate).*user namespace|unshare|CLONE_NEWUSER/i,
    code: 'NO_SUPPORT',
    explain: (name) =>
      `passt can't shut itself in for domain '${name}': this host lets users make no namespaces; an administrator allows them, or leave <backend type='passt'/> out`,
  },
];

/** The same for a companion that did not start. */
export function explainCompanionFailure(name: string, { kind, alias }: CompanionNeed, failure: VirError): VirError {
  const detail = failure.detail ?? '';
  if (failure.code !== 'OPERATION_FAILED') return failure;
  for (const { pattern, code, explain } of COMPANION_EXPLANATIONS) {
    const match = pattern.exec(detail);
    if (match) return new VirError({ code, message: explain(name, match), detail, cause: failure });
  }
  const last = detail.split('\n').findLast((line) => line.trim() !== '' && !/to syslog$/.test(line));
  const message = `${kind} did not start for '${alias}' of domain '${name}'${last ? `: ${last.trim()}` : ''}`;
  return new VirError({ code: failure.code, message, detail, cause: failure });
}

/** The error for a QEMU that ended with `words`; `fallback` serves where they say nothing that we know. */
export function explainQemuFailure(name: string, words: string, fallback: VirError): VirError {
  if (isKvmInternalError(words)) {
    return new VirError({
      code: 'NO_SUPPORT',
      message: `KVM can't run domain '${name}' on this host; start it without KVM`,
      detail: words,
      cause: fallback,
    });
  }
  for (const { pattern, code, explain } of EXPLANATIONS) {
    const match = pattern.exec(words);
    if (match) return new VirError({ code, message: explain(name, match), detail: words, cause: fallback });
  }
  const last = words
    .split('\n')
    .findLast((line) => /qemu|error|fail|invalid|not/i.test(line))
    ?.replace(/^(?:\d{4}-\d\d-\d\dT\S+ )?\S*qemu-system-\w+: /, '');
  return new VirError({
    code: fallback.code,
    message: last ? `${fallback.message}: ${last.trim()}` : fallback.message,
    detail: words,
    cause: fallback,
  });
}
