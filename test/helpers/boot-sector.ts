// Guests of one sector: real-mode programs that a BIOS boots from a disk in a blink, and that do to their hardware what a system in trouble would.

/** 512 bytes that a BIOS takes for a boot sector, as an image of one MiB. */
function bootImage(code: readonly number[]): Buffer {
  const image = Buffer.alloc(1024 * 1024);
  image.set(code);
  image.set([0x55, 0xaa], 510);
  return image;
}

const PANIC = [
  0xba, 0x05, 0x05, // mov dx, 0x505: the port of pvpanic
  0xb0, 0x01, //       mov al, 1: panicked
  0xee, //             out dx, al
]; // biome-ignore format: a program
const HALT = [
  0xf4, //       hlt
  0xeb, 0xfd, // jmp to it
]; // biome-ignore format: a program

/** Panics at its first boot. At the next one it finds a mark in its memory, which a reset leaves, and runs on. */
export const panickingImage = (): Buffer =>
  bootImage([
    0x31, 0xc0, 0x8e, 0xd8, //             xor ax, ax; mov ds, ax
    0x81, 0x3e, 0x00, 0x90, 0xef, 0xbe, // cmp word [0x9000], 0xbeef
    0x74, 0x0c, //                         je to the end
    0xc7, 0x06, 0x00, 0x90, 0xef, 0xbe, // mov word [0x9000], 0xbeef
    ...PANIC,
    ...HALT,
  ]); // biome-ignore format: a program

/** Writes half a MiB to its second disk, whatever comes of it, and then panics: which tells that it is done. */
export const writingImage = (): Buffer =>
  bootImage([
    0x31, 0xc0, 0x8e, 0xd8, //             xor ax, ax; mov ds, ax
    0xbe, 0x24, 0x7c, //                   mov si, 0x7c24: what to write where, below
    0xb9, 0x08, 0x00, //                   mov cx, 8
    0x51, //                               push cx
    0xb8, 0x00, 0x43, 0xb2, 0x81, //       mov ax, 0x4300; mov dl, 0x81: an extended write to the second disk
    0xcd, 0x13, //                         int 0x13
    0x59, //                               pop cx
    0x81, 0x06, 0x2c, 0x7c, 0x7f, 0x00, // add word [0x7c2c], 127
    0xe2, 0xef, //                         loop
    ...PANIC,
    ...HALT,
    0x10, 0x00, 0x7f, 0x00, 0x00, 0x80, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, // 127 sectors from 0:0x8000 to sector 0
  ]); // biome-ignore format: a program
