// Secrets of disks as QEMU objects. What a secret is, only the supervisor knows; a disk whose secret it can not give is refused, for it must
// never be opened without (libvirt: qemuBuildBlockStorageSourceAttachDataCommandline).
import type { DiskSourceDef } from '../../conf/disk-source.ts';
import { type CommandContext, objectArgs, type SecretRequest, unsupported } from './context.ts';

/** Encryption belongs to the format layer, but for librbd's own, which has none. */
export const encryptionSecretId = (id: number, hasFormat: boolean): string =>
  `libvirt-${id}-${hasFormat ? 'format' : 'storage'}-encryption-secret0`;

export function buildSecrets(
  context: CommandContext,
  source: DiskSourceDef,
  id: number,
  hasFormat: boolean,
): readonly string[] {
  const args: string[] = [];
  if (source.auth)
    args.push(
      ...secretArgs(context, { id: `libvirt-${id}-storage-auth-secret0`, kind: 'auth', ...source.auth.secret }),
    );
  if (source.encryption) {
    const [secret] = source.encryption.secrets;
    args.push(...secretArgs(context, { id: encryptionSecretId(id, hasFormat), kind: 'encryption', ...secret }));
  }
  const cookies = source.cookies?.cookies;
  if (cookies) {
    const value = cookies.map((cookie) => `${cookie.name}=${cookie.value}`).join('; ');
    args.push(...secretArgs(context, { id: `libvirt-${id}-storage-httpcookie-secret0`, kind: 'cookies', value }));
  }
  return args;
}

/** Throws CONFIG_UNSUPPORTED where the supervisor has no such secret. */
export function secretArgs({ options }: CommandContext, request: SecretRequest): readonly string[] {
  const props = options.secret?.(request);
  if (!props)
    throw unsupported(
      `the secret '${request.usage ?? request.uuid ?? request.id}' (${request.kind}) of a disk is not known here`,
    );
  return objectArgs({ 'qom-type': 'secret', id: request.id, ...props });
}
