// The reader of an agent's lines: however the bytes are cut, the same lines come out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentReader } from '../../../../src/engine/qemu/agent-reader.ts';

/** The lines of `bytes` fed in pieces that end at `cuts`. */
function linesOf(bytes: Buffer, cuts: readonly number[], maxBytes = 1_000): string[] {
  const reader = new AgentReader(maxBytes);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const lines: string[] = [];
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    lines.push(...reader.feed(bytes.subarray(start, end)));
    start = end;
  }
  return lines;
}

/** What it should find, said plainly: begin behind the first sentinel; each later one voids the unfinished line before it. */
const plainly = (bytes: Buffer): string[] => {
  const text = bytes.toString('latin1');
  const first = text.indexOf('\xff');
  if (first < 0) return [];
  const whole = text.slice(first + 1, text.lastIndexOf('\n') + 1).split('\n');
  return whole
    .map((line) =>
      Buffer.from(line.slice(line.lastIndexOf('\xff') + 1), 'latin1')
        .toString('utf8')
        .trim(),
    )
    .filter((line) => line !== '');
};

const bytes = fc
  .array(fc.constantFrom('a', '{}', ' ', '\n', '\n', '\xff', '\xc3\xa9', '\xe2\x82\xac', '\x00'), { maxLength: 40 })
  .map((pieces) => Buffer.from(pieces.join(''), 'latin1'));

describe('the lines of an agent', () => {
  it('are the same however they are cut, and begin behind a sentinel', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 8 }), (stream, cuts) => {
        expect(linesOf(stream, cuts)).toEqual(plainly(stream));
      }),
    );
  });

  it('are bounded, but for what is let go by', () => {
    const flood = Buffer.alloc(5_000, 'x');
    expect(linesOf(Buffer.concat([flood, Buffer.from([0xff]), Buffer.from('ok\n')]), [])).toEqual(['ok']);
    expect(() => linesOf(Buffer.concat([Buffer.from([0xff]), flood]), [100, 200])).toThrow(RangeError);
  });

  it('are let go by again once somebody wants to, also in the middle of a piece', () => {
    const reader = new AgentReader(100);
    const lines: string[] = [];
    for (const line of reader.feed(Buffer.from('\xffa\nb\nc\xffd\n', 'latin1'))) {
      lines.push(line);
      if (line === 'a') reader.skipToSentinel();
    }
    expect(lines).toEqual(['a', 'd']);
  });
});
