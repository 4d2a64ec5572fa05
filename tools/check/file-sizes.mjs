// No source file over 500 lines: who needs more has two ideas in one file. Tables and goldens are listed here, each with its reason.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from '../build/stamp.mjs';
import { inProject } from '../setup/project.mjs';

const MOST_LINES = 500;

/** path in the project → why it may be longer. */
const EXCEPTIONS = new Map([]);

const isSource = (file) => /\.(ts|tsx|mjs)$/.test(file) && !file.includes('/test/data/');

/** Returns complaints, one a line; '' where all is well. */
export function checkFileSizes() {
  const files = ['src', 'test', 'tools'].flatMap((dir) => listFiles(inProject(dir))).filter(isSource);
  const tooLong = files.flatMap((file) => {
    const name = path.relative(inProject(), file);
    const lines = readFileSync(file, 'utf8').split('\n').length - 1;
    return lines > MOST_LINES && !EXCEPTIONS.has(name) ? [`${name}: ${lines} lines, more than ${MOST_LINES}`] : [];
  });
  return tooLong.join('\n');
}
