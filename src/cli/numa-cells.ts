// The NUMA cells of this host as the kernel tells them, and what is free in each.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { virError } from '../common/errors.ts';

const NODE_DIR = '/sys/devices/system/node';

export const numbered = (dir: string, kind: RegExp): readonly string[] =>
  existsSync(dir) ? readdirSync(dir).filter((name) => kind.test(name)) : [];

/** Whether the kernel tells of cells: one without NUMA and many a container do not. Then cell 0 is the host, as in libvirt. */
const hasCells = (): boolean => numbered(NODE_DIR, /^node\d+$/).length > 0;

/** Numbers of the cells. */
export const numaCells = (): readonly number[] =>
  hasCells()
    ? numbered(NODE_DIR, /^node\d+$/)
        .map((name) => Number(name.slice(4)))
        .sort((a, b) => a - b)
    : [0];

/** 'MemTotal:  123 kB' → { MemTotal: 123 } */
const readMeminfo = (path: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...readFileSync(path, 'utf8').matchAll(/(\w+):\s+(\d+) kB/g)].map(([, name, value]) => [name, Number(value)]),
  );

/** /proc/meminfo of one cell, or of the host. Throws INVALID_ARG for a cell that is not there. */
export function meminfoOf(cell: number | undefined): Readonly<Record<string, number>> {
  if (cell === undefined || (cell === 0 && !hasCells())) return readMeminfo('/proc/meminfo');
  const path = `${NODE_DIR}/node${cell}/meminfo`;
  if (!existsSync(path))
    throw virError('INVALID_ARG', `start cell ${cell} out of range (0-${numaCells().at(-1) ?? 0})`);
  return readMeminfo(path);
}

/** KiB of a plain page, as the kernel maps one for this very process. */
const plainPageKiB = (): number =>
  Number(/^KernelPageSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps', 'utf8'))?.[1] ?? 4);

/** How many pages of each size are free in a cell, the smallest first. Throws INVALID_ARG. */
export function freePages(cell: number): readonly { readonly pageKiB: number; readonly free: number }[] {
  const plain = plainPageKiB();
  const free = Math.floor((meminfoOf(cell).MemFree ?? 0) / plain);
  const dir = hasCells() ? `${NODE_DIR}/node${cell}/hugepages` : '/sys/kernel/mm/hugepages';
  const huge = numbered(dir, /^hugepages-\d+kB$/).map((name) => ({
    pageKiB: Number(/\d+/.exec(name)?.[0]),
    free: Number(readFileSync(`${dir}/${name}/free_hugepages`, 'utf8')),
  }));
  return [{ pageKiB: plain, free }, ...huge.sort((a, b) => a.pageKiB - b.pageKiB)];
}
