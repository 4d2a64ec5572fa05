// Small XML made by hand, for what is only ever written: elements as indented lines. Pure.
import { escapeAttribute, escapeText } from '../conf/xml.ts';

type Attributes = Readonly<Record<string, string | number | undefined>>;
export type Lines = readonly string[];

const open = (name: string, attributes: Attributes): string =>
  `<${name}${Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}='${escapeAttribute(String(value))}'`)
    .join('')}`;

/** An element with others in it; empty where there are none. */
export function element(name: string, attributes: Attributes = {}, ...children: readonly Lines[]): Lines {
  const inner = children.flat();
  return inner.length === 0
    ? [`${open(name, attributes)}/>`]
    : [`${open(name, attributes)}>`, ...inner.map((line) => `  ${line}`), `</${name}>`];
}

/** An element with a text in it. */
export const textElement = (name: string, text: string | number, attributes: Attributes = {}): Lines => [
  `${open(name, attributes)}>${escapeText(String(text))}</${name}>`,
];
