// The end of every switch over a union: a new member fails to compile here instead of falling through at run time.

export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
