// What is free of this host's memory: freecell, freepages (tools/virsh-host.c). Read from /proc and /sys, without an engine.
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, type Options, type Positional, word } from '../context.ts';
import { freePages, meminfoOf, numaCells } from '../numa-cells.ts';
import { parseKiB } from '../quantity.ts';

/** The cell that is named; -1 is the host, as in virsh. Throws INVALID_ARG. */
function cellFrom(positional: Positional, options: Options): number | undefined {
  const given = word(positional);
  if (options.all && given !== '') throw virError('INVALID_ARG', 'Options --all and --cellno are mutually exclusive');
  return given === '' || given === '-1' ? undefined : numberOption({ cellno: given }, 'cellno');
}

const freecell: CommandSpec = {
  usage: 'freecell [cellno]',
  summary: 'NUMA free memory',
  options: [['--all', 'of each cell']],
  run: async ({ out }, positional, options) => {
    const cell = cellFrom(positional, options);
    const free = (of: number | undefined): number => meminfoOf(of).MemFree ?? 0;
    if (!options.all) {
      const kib = free(cell);
      return out.result({ freeKiB: kib }, [`${cell ?? 'Total'}: ${kib} KiB`]);
    }
    const rows = numaCells().map((id) => ({ cell: id, freeKiB: free(id) }));
    const total = rows.reduce((sum, row) => sum + row.freeKiB, 0);
    out.result(rows, [
      ...rows.map((row) => `${String(row.cell).padStart(5)}: ${String(row.freeKiB).padStart(10)} KiB`),
      '-'.repeat(20),
      `${'Total'.padStart(5)}: ${String(total).padStart(10)} KiB`,
    ]);
  },
};

/** Throws INVALID_ARG for a size that the cell does not have. */
function pagesOf(cell: number, pageKiB: number | undefined): ReturnType<typeof freePages> {
  const found = freePages(cell).filter((pages) => pageKiB === undefined || pages.pageKiB === pageKiB);
  if (found.length === 0) throw virError('INVALID_ARG', `page size ${pageKiB} is not available on node ${cell}`);
  return found;
}

const freepages: CommandSpec = {
  usage: 'freepages [cellno] [pagesize]',
  summary: 'NUMA free pages',
  description: 'How many pages of a size are free. The size is in KiB, or with a unit: 2M.',
  options: [['--all', 'of each size, in each cell']],
  run: async ({ out }, positional, options) => {
    const cell = cellFrom(positional, options);
    const size = word(positional, 1);
    const pageKiB = size === '' ? undefined : parseKiB(size);
    const lines = (pages: ReturnType<typeof freePages>): readonly string[] =>
      pages.map((one) => `${one.pageKiB}KiB: ${one.free}`);
    if (options.all) {
      const rows = numaCells().map((id) => ({ cell: id, pages: pagesOf(id, pageKiB) }));
      return out.result(
        rows,
        rows.flatMap((row) => [`Node ${row.cell}:`, ...lines(row.pages), '']),
      );
    }
    if (cell === undefined) throw virError('INVALID_ARG', 'missing cellno argument');
    if (pageKiB === undefined) throw virError('INVALID_ARG', 'missing pagesize argument');
    const pages = pagesOf(cell, pageKiB);
    out.result(pages, lines(pages));
  },
};

export const freeMemoryCommands: readonly CommandSpec[] = [freecell, freepages];
