/** Messages of the engine begin small, as parts of a sentence do; one that stands alone does not. Names and paths stay as they are. */
export const asSentence = (text: string): string =>
  /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
