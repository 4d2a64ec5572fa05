import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/cli/global-options.ts';

describe('what stands before the command', () => {
  it.each([
    [['list', '-q'], ['list', '-q'], {}],
    [['-q', 'list', '--all'], ['list', '--all'], { isQuiet: true }],
    [['-qrt', 'list'], ['list'], { isQuiet: true, isReadonly: true, isTimed: true }],
    [['-c', 'qemu:///session', 'list'], ['list'], {}],
    [['-cvivarium:///', 'list'], ['list'], {}],
    [['--connect=vivarium:///session', '--log', 'f', 'list'], ['list'], { logFile: 'f' }],
    [['-d', '0', '-l', '/tmp/f'], [], { debug: 0, logFile: '/tmp/f' }],
    [['-e', '^A', 'console', 'web'], ['console', 'web'], { escape: 1 }],
    [['-k', '5', '-K', '3', 'list'], ['list'], { escape: 0x1d }],
    [['--json', 'list'], ['list', '--json'], {}],
    [['--', 'list'], ['list'], {}],
  ])('%j', (args, rest, global) => {
    const parsed = parseArguments(args);
    expect(parsed).toMatchObject({ rest, global });
  });

  it('may ask for help or a version instead', () => {
    expect(parseArguments(['-h']).ask).toBe('help');
    expect(parseArguments(['--help', 'start'])).toMatchObject({ ask: 'help', rest: ['start'] });
    expect(parseArguments(['-v']).ask).toBe('version');
    expect(parseArguments(['-V']).ask).toBe('long-version');
    expect(parseArguments(['--version=long']).ask).toBe('long-version');
  });

  it.each([
    [['-c', 'qemu:///system'], 'NO_CONNECT'],
    [['-c', 'test:///default'], 'NO_CONNECT'],
    [['-c'], 'INVALID_ARG'],
    [['-d', '5'], 'INVALID_ARG'],
    [['-e', 'abc'], 'INVALID_ARG'],
    [['-x'], 'INVALID_ARG'],
    [['--nope'], 'INVALID_ARG'],
  ])('%j is refused', (args, code) => {
    expect(() => parseArguments(args)).toThrow(expect.objectContaining({ code }));
  });
});
