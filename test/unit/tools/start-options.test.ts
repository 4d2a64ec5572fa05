import { describe, expect, it } from 'vitest';
import { chooseShell, parseStartOptions, serverArguments } from '../../../tools/start/options.mjs';

const electron = { binary: '/somewhere/electron' };

describe('npm start', () => {
  it.each([
    [['--headless', '--port', '8080'], { headless: true, port: 8080 }],
    [['--port=0'], { port: 0 }],
    [[], {}],
  ])('%j is understood', (args, options) => {
    expect(parseStartOptions(args)).toEqual(options);
  });

  it.each([[['--prot', '1']], [['--port', 'x']], [['--port']], [['--port', '70000']], [['guest']]])(
    '%j is refused',
    (args) => {
      expect(parseStartOptions(args).error).toBeTypeOf('string');
    },
  );

  it.each([
    ['Electron where it can be had', { options: {}, hasDisplay: true, electron }, 'electron'],
    [
      'Chromium where Electron can not be had',
      { options: {}, hasDisplay: true, electron: { why: 'no binary' } },
      'browser',
    ],
    ['Chromium where it is asked for', { options: { browser: true }, hasDisplay: true, electron }, 'browser'],
    ['the address where there is no display', { options: {}, hasDisplay: false, electron }, 'headless'],
    ['the address where it is asked for', { options: { headless: true }, hasDisplay: true, electron }, 'headless'],
  ])('shows %s', (_title, given, kind) => {
    expect(chooseShell(given).kind).toBe(kind);
  });

  it('says in one line why it is not Electron', () => {
    const { why } = chooseShell({ options: {}, hasDisplay: true, electron: { why: 'Electron does not start here' } });
    expect(why).toBe('Opening a Chromium window: Electron does not start here.');
  });

  it('hands the port on to the browser shell', () => {
    expect(serverArguments({ kind: 'headless', options: { port: 0 } })).toEqual(['--headless', '--port', '0']);
    expect(serverArguments({ kind: 'browser', options: {} })).toEqual(['--open']);
  });
});
