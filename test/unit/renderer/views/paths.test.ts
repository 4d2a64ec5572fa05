import { expect, it } from 'vitest';
import { datedName, folderOf, nameOf, pathIn } from '../../../../src/renderer/views/files/paths.ts';

it('takes a path apart and puts it together', () => {
  expect([folderOf('/a/b'), folderOf('/b'), folderOf('a/b'), folderOf('')]).toEqual(['/a', '/', undefined, undefined]);
  expect([nameOf('/a/b'), nameOf('/a/'), nameOf('b')]).toEqual(['b', '', 'b']);
  expect([pathIn('/', 'b'), pathIn('/a', 'b')]).toEqual(['/b', '/a/b']);
});

it('names a file after the machine and the day', () => {
  expect(datedName('web/1', 'save', new Date(2026, 0, 5))).toBe('web-1-2026-01-05.save');
});
