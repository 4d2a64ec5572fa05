// What a device is called in its own XML (the engine's form of it): that does not change with the words of the window. Pure.

const unescapeXml = (text: string): string =>
  text
    .replaceAll('&apos;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

function attribute(xml: string, element: string, name: string): string | undefined {
  const tag = new RegExp(`<${element}\\s[^>]*>`).exec(xml)?.[0];
  const match = tag && new RegExp(`\\s${name}=(?:'([^']*)'|"([^"]*)")`).exec(tag);
  const value = match ? (match[1] ?? match[2]) : undefined;
  return value === undefined ? undefined : unescapeXml(value);
}

/** The drive's or disk's name: 'sda'. */
export const targetOf = (xml: string): string | undefined => attribute(xml, 'target', 'dev');
/** The file in the drive. */
export const sourceOf = (xml: string): string | undefined => attribute(xml, 'source', 'file');
export const macOf = (xml: string): string | undefined => attribute(xml, 'mac', 'address');
/** Whether the cable is plugged in: it is where nothing is said. */
export const isLinkUp = (xml: string): boolean => attribute(xml, 'link', 'state') !== 'down';
