// The firmware image of the KVM test, assembled from tools/kvm-test-rom.S, where it is explained. 64 KiB; the code is its last 4 KiB.

const CODE =
  '+jHAjtiO0LwAcGg0EluB+zQSdRkuZg8BFvDwDyDAZoPIAQ8iwGbqMPAPAAgA9Ov9ZrgQAI7YjsCO0LwAcAAAvwAQAAAxwLkADAAA86vHBQAQAAADIAAAxwUAIAAA' +
  'AzAAAMcFADAAAIMAAAC4ABAAAA8i2A8g4IPIIA8i4LmAAADADzINAAEAAA8wDyDADQAAAIAPIsDqnPAPABgASLjw3ryaeFY0ElBbSDnDdSAxwA+ivwCAAAC5QAAA' +
  'ALBV86qAPCUQgAAAVXUEsCrm9PTr/QAAAAAAAAAA//8AAACazwD//wAAAJLPAP//AAAAmq8AHwDQ8A8=';
/** The first instruction of a PC, 16 bytes below the top: a jump to the code. */
const RESET_VECTOR = Buffer.from('ea00f000f0', 'hex');
const SIZE = 64 * 1024;

/** What isa-debug-exit makes of the 0x2a that the image writes: (0x2a << 1) | 1. */
export const KVM_TEST_EXIT_CODE = 85;

export function kvmTestRom(): Buffer {
  const image = Buffer.alloc(SIZE);
  Buffer.from(CODE, 'base64').copy(image, SIZE - 4096);
  RESET_VECTOR.copy(image, SIZE - 16);
  return image;
}
