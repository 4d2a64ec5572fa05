// Cuts a byte stream into lines with a bound: a peer that never sends a newline must not grow our memory (CVE-2018-5748 and its kin).

/** Feeds chunks, hands out whole lines without their newline. Throws RangeError once a line exceeds `maxBytes`. */
export function createLineSplitter(maxBytes: number, onLine: (line: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer): void => {
    length += piece.length;
    if (length > maxBytes) throw new RangeError(`a line is longer than ${maxBytes} bytes`);
    parts.push(piece);
  };
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      take(chunk.subarray(start, end));
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      length = 0;
      start = end + 1;
      onLine(line);
    }
    if (start < chunk.length) take(chunk.subarray(start));
  };
}
