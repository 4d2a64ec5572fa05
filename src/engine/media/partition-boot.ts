// PURE: does a raw disk boot? BIOS runs the code of a master boot record that ends in 55 AA; UEFI wants an EFI system partition, in a GPT or
// in an MBR (UEFI specification 5.2.2, 5.3.3).
import type { Bootable } from './iso-header.ts';

const CODE_BYTES = 440;
const MBR_TYPE_EFI = 0xef;
/** C12A7328-F81F-11D2-BA4B-00A0C93EC93B as a GPT writes it. */
const EFI_SYSTEM_PARTITION = Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex');

const isBootRecord = (head: Buffer): boolean => head.length >= 512 && head.readUInt16LE(510) === 0xaa55;

const mbrTypes = (head: Buffer): readonly (number | undefined)[] => [0, 1, 2, 3].map((i) => head[446 + 16 * i + 4]);

/** `head`: the first 512 bytes or more. `gptEntries`: what follows a GPT header (LBA 2 on), empty where there is no GPT. */
export function rawBootable(head: Buffer, gptEntries: Buffer): Bootable {
  if (!isBootRecord(head)) return { bios: false, efi: false };
  const bios = head.subarray(0, CODE_BYTES).some((byte) => byte !== 0);
  const inGpt = Array.from({ length: Math.floor(gptEntries.length / 128) }, (_, i) =>
    gptEntries.subarray(i * 128, i * 128 + 16),
  );
  const efi = mbrTypes(head).includes(MBR_TYPE_EFI) || inGpt.some((type) => type.equals(EFI_SYSTEM_PARTITION));
  return { bios, efi };
}
