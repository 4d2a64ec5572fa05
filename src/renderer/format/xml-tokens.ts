// Splits XML into coloured pieces. It never fails: what it does not understand is plain text. Only for looks; parsing is the engine's.

export type XmlTokenKind = 'text' | 'tag' | 'attribute' | 'value' | 'comment' | 'punctuation';
export interface XmlToken {
  readonly kind: XmlTokenKind;
  readonly text: string;
}

const PIECE = /<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)|<\/?[^\s<>/]*|[^<]+/g;
const INSIDE = /\s+|\/?>|=|"[^"]*"?|'[^']*'?|[^\s=>"'/]+|./g;

const insideKind = (text: string): XmlTokenKind => {
  if (/^\s+$/.test(text)) return 'text';
  if (text.startsWith('"') || text.startsWith("'")) return 'value';
  return /^(?:\/?>|=|\/)$/.test(text) ? 'punctuation' : 'attribute';
};

/** A piece after an opening `<name`: attributes up to `>`, then plain text. */
function splitInside(piece: string): readonly XmlToken[] {
  const end = piece.indexOf('>');
  const inside = end < 0 ? piece : piece.slice(0, end + 1);
  const tokens: XmlToken[] = (inside.match(INSIDE) ?? []).map((text) => ({ kind: insideKind(text), text }));
  return end < 0 || end + 1 === piece.length ? tokens : [...tokens, { kind: 'text', text: piece.slice(end + 1) }];
}

/** The pieces joined give `xml` again. */
export function tokenizeXml(xml: string): readonly XmlToken[] {
  const tokens: XmlToken[] = [];
  let isInTag = false;
  for (const piece of xml.match(PIECE) ?? []) {
    if (piece.startsWith('<!--') || piece.startsWith('<?')) tokens.push({ kind: 'comment', text: piece });
    else if (piece.startsWith('<')) {
      tokens.push({ kind: 'tag', text: piece });
      isInTag = true;
    } else if (isInTag) {
      tokens.push(...splitInside(piece));
      isInTag = !piece.includes('>');
    } else tokens.push({ kind: 'text', text: piece });
  }
  return tokens;
}

export interface TextPosition {
  /** From 1. */
  readonly line: number;
  readonly column?: number;
}

/** Where an XML error is, out of its text: the engine's '3:7: …' and 'file.xml:3:7: …', or libvirt's '(domain_definition):3: …' and 'line 3'. */
export function errorPosition(text: string): TextPosition | undefined {
  const ours = /^(?:[^:\n]*:)?(\d+):(\d+): /.exec(text);
  const words = /\bline\s+(\d+)(?:\s*[,:]?\s*col(?:umn)?\s+(\d+))?/i.exec(text);
  const match = ours ?? words ?? /[\s)\w]:(\d+)(?::(\d+))?:/.exec(text);
  if (!match?.[1]) return undefined;
  return match[2] ? { line: Number(match[1]), column: Number(match[2]) } : { line: Number(match[1]) };
}

/** The error's text without its place, with a capital: the place is shown beside it. */
export function withoutPosition(text: string): string {
  const rest = text.replace(/^(?:[^:\n]*:)?\d+:\d+: /, '');
  return rest === '' ? text : rest[0]?.toUpperCase() + rest.slice(1);
}

/** Offset of a position in `text`, clamped to its line. */
export function offsetOf(text: string, { line, column = 1 }: TextPosition): number {
  let start = 0;
  for (let count = 1; count < line; count += 1) {
    const next = text.indexOf('\n', start);
    if (next < 0) break;
    start = next + 1;
  }
  const end = text.indexOf('\n', start);
  return Math.min(start + column - 1, end < 0 ? text.length : end);
}
