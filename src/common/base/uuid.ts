// UUIDs as libvirt takes them (src/util/viruuid.c, virUUIDParse): hex digits with optional dashes and surrounding blanks, written back in the
// canonical lower-case form.

/** The canonical form of `text`, or undefined where it is not a UUID. */
export function parseUuid(text: string): string | undefined {
  const hex = text.trim().replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
