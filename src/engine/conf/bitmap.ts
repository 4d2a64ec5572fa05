// Sets of small numbers as libvirt writes them (src/util/virbitmap.c): '0-3,^2,8'. Order counts: '^2' takes away what stands before it.

/** The highest number that a set may hold; a guard against '0-4294967295'. */
const BITMAP_MAX = 65_535;

/** Sorted members of `text`, or undefined where it is malformed. */
export function parseBitmap(text: string): readonly number[] | undefined {
  const bits = new Set<number>();
  for (const part of text.trim().split(',')) {
    const match = /^\s*(\^?)(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (!match?.[2]) return undefined;
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    if (last < first || last > BITMAP_MAX || (match[1] && match[3] !== undefined)) return undefined;
    for (let bit = first; bit <= last; bit++) {
      if (match[1]) bits.delete(bit);
      else bits.add(bit);
    }
  }
  return [...bits].sort((a, b) => a - b);
}

export function formatBitmap(bits: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < bits.length; ) {
    let end = at;
    while (bits[end + 1] === (bits[end] ?? 0) + 1) end += 1;
    parts.push(end === at ? `${bits[at]}` : `${bits[at]}-${bits[end]}`);
    at = end + 1;
  }
  return parts.join(',');
}

/** Members of a set that was checked when it was read. */
export const bitmapMembers = (text: string | undefined): readonly number[] =>
  text === undefined || text === '' ? [] : (parseBitmap(text) ?? []);
