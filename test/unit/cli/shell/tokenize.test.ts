import { describe, expect, it } from 'vitest';
import { tokenize } from '../../../../src/cli/shell/tokenize.ts';

describe('a line of the shell', () => {
  it.each([
    ['list --all', [['list', '--all']]],
    ['  list;domstate web ; ;', [['list'], ['domstate', 'web']]],
    ['echo "a b" \'c "d\' e\\ f', [['echo', 'a b', 'c "d', 'e f']]],
    ['echo "a\\"b" \'c\\d\' x""y', [['echo', 'a"b', 'c\\d', 'xy']]],
    ['echo "a;b" # and so on; list', [['echo', 'a;b']]],
    ['# a comment\nlist', [['list']]],
    ['echo a#b', [['echo', 'a#b']]],
    ['list\ndomid web\n', [['list'], ['domid', 'web']]],
    ["echo ''", [['echo', '']]],
    ['', []],
  ])('%j is %j', (line, commands) => {
    expect(tokenize(line)).toEqual(commands);
  });

  it.each([
    ['domstate "web', 'missing "'],
    ["domstate 'web", "missing '"],
    ['domstate web\\', 'dangling \\'],
  ])('%j is refused in virsh’s words', (line, message) => {
    expect(() => tokenize(line)).toThrow(expect.objectContaining({ code: 'INVALID_ARG', message }));
  });
});
