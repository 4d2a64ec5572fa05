// Looks a path up in the reply to query-qmp-schema (libvirt: src/qemu/qemu_qapi.c): 'netdev_add/arg-type/+stream/*reconnect-ms' means the
// argument of netdev_add, its variant 'stream', an optional member of it. '+' picks a variant, '*' an optional member, a bare word a member.

export interface SchemaEntry {
  readonly name: string;
  readonly 'meta-type': string;
  readonly 'arg-type'?: string;
  readonly 'ret-type'?: string;
  readonly 'element-type'?: string;
  readonly tag?: string;
  readonly members?: readonly { readonly name?: string; readonly type?: string; readonly default?: unknown }[];
  readonly variants?: readonly { readonly case: string; readonly type: string }[];
}

type Schema = ReadonlyMap<string, SchemaEntry>;

function step(schema: Schema, entry: SchemaEntry, part: string): SchemaEntry | undefined {
  if (part === 'arg-type' || part === 'ret-type') return resolve(schema, entry[part]);
  if (part.startsWith('+'))
    return resolve(schema, entry.variants?.find((variant) => variant.case === part.slice(1))?.type);
  const name = part.replace(/^\*/, '');
  return resolve(schema, entry.members?.find((member) => member.name === name)?.type);
}

function resolve(schema: Schema, name: string | undefined): SchemaEntry | undefined {
  const entry = name === undefined ? undefined : schema.get(name);
  return entry?.['meta-type'] === 'array' ? resolve(schema, entry['element-type']) : entry;
}

export function schemaHas(schema: Schema, path: string): boolean {
  const [root = '', ...parts] = path.split('/');
  let entry = schema.get(root);
  for (const part of parts) {
    if (!entry) return false;
    entry = step(schema, entry, part);
  }
  return entry !== undefined;
}
