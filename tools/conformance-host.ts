// What the tests of libvirt pretend beyond the reference host: secrets.
import { createCipheriv } from 'node:crypto';
import type { Props, SecretRequest } from '../src/engine/qemu/command/context.ts';

/** In those tests random bytes count up, and every secret has one value; libvirt hands both to QEMU encrypted with its master key. */
export const conformanceSecret = ({ kind, value }: SecretRequest): Props => {
  const counting = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, at) => at));
  const cipher = createCipheriv('aes-256-cbc', counting(32), counting(16));
  const plain = kind === 'cookies' ? (value ?? '') : 'AQCVn5hO6HzFAhAAq0NCv8jtJcIcE+HOBlMQ1A';
  const data = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64');
  return { data, keyid: 'masterKey0', iv: counting(16).toString('base64'), format: 'base64' };
};
