// JSON of somebody who is not trusted. JSON.parse itself does not mind depth, but whatever walks the result afterwards (a schema, JSON.stringify, a
// structured clone) does so by recursion, and a megabyte of '[' would end it.

/** Parses `text`. Throws SyntaxError for what is no JSON, RangeError for what is nested deeper than `maxDepth`. */
export function parseBoundedJson(text: string, maxDepth: number): unknown {
  assertShallow(text, maxDepth);
  return JSON.parse(text);
}

function assertShallow(text: string, maxDepth: number): void {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (isInString) {
      if (sign === BACKSLASH) at += 1;
      else if (sign === QUOTE) isInString = false;
    } else if (sign === QUOTE) {
      isInString = true;
    } else if (sign === OPEN_BRACKET || sign === OPEN_BRACE) {
      depth += 1;
      if (depth > maxDepth) throw new RangeError(`it is nested more than ${maxDepth} deep`);
    } else if (sign === CLOSE_BRACKET || sign === CLOSE_BRACE) {
      depth -= 1;
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
