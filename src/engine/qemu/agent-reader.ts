// The lines of a guest agent out of a byte stream that anything may have been written to before us. A byte 0xFF, which no UTF-8 has, begins anew: what
// was read so far is void (qemu: qga/qapi-schema.json, guest-sync-delimited).

const SENTINEL = 0xff;
const NEWLINE = 0x0a;

export class AgentReader {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #length = 0;
  #isSkipping = true;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Lets everything go by, however much it is, up to the next sentinel. */
  skipToSentinel(): void {
    this.#clear();
    this.#isSkipping = true;
  }

  /**
   * The whole lines that end in `chunk`, without their newline; empty ones are left out. It stops at each, because who reads it may then want to skip: a
   * caller takes them one by one. Throws RangeError once a line exceeds the bound.
   */
  *feed(chunk: Buffer): Generator<string> {
    let rest = chunk;
    while (rest.length > 0) {
      const sentinel = rest.indexOf(SENTINEL);
      const newline = rest.indexOf(NEWLINE);
      if (sentinel >= 0 && (newline < 0 || sentinel < newline || this.#isSkipping)) {
        this.#clear();
        this.#isSkipping = false;
        rest = rest.subarray(sentinel + 1);
        continue;
      }
      if (this.#isSkipping) return;
      this.#take(newline < 0 ? rest : rest.subarray(0, newline));
      if (newline < 0) return;
      rest = rest.subarray(newline + 1);
      const line = Buffer.concat(this.#parts).toString('utf8').trim();
      this.#clear();
      if (line !== '') yield line;
    }
  }

  #take(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > this.#maxBytes) throw new RangeError(`it is longer than ${this.#maxBytes} bytes`);
    this.#parts.push(piece);
  }

  #clear(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
