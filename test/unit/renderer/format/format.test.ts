import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../../src/common/errors.ts';
import { DOMAIN_STATES } from '../../../../src/common/model/domain.ts';
import { sparklinePath } from '../../../../src/renderer/components/sparkline.tsx';
import { adviceFor } from '../../../../src/renderer/errors/advice.ts';
import {
  formatDuration,
  formatKiB,
  formatPercent,
  formatWhen,
  plural,
} from '../../../../src/renderer/format/quantity.ts';
import { stateText, stateWithReason } from '../../../../src/renderer/format/state.ts';
import { errorPosition, offsetOf, tokenizeXml, withoutPosition } from '../../../../src/renderer/format/xml-tokens.ts';

describe('figures for people', () => {
  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [300_000, '5 min'],
    [12_000_000, '3 h 20 min'],
    [7_200_000, '2 h'],
    [187_200_000, '2 days 4 h'],
    [86_400_000, '1 day'],
  ])('%i ms is %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it('counts in words', () => {
    expect(plural(1, 'machine')).toBe('1 machine');
    expect(plural(10_000, 'machine')).toBe('10 000 machines');
    expect(formatKiB(2 * 1024 * 1024)).toBe('2 GiB');
    expect(formatPercent(12.6)).toBe('13 %');
    expect(formatWhen(1000, 4000)).toBe('just now');
    expect(formatWhen(0, 120_000)).toBe('2 min ago');
  });
});

describe('states in words', () => {
  it('are spelled out, each its own', () => {
    expect(new Set(DOMAIN_STATES.map(stateText)).size).toBe(DOMAIN_STATES.length);
    expect(stateText('shutoff')).toBe('Shut off');
  });

  it('tell the reason where it says more', () => {
    expect(stateWithReason({ state: 'running', reason: 'booted' })).toBe('Running');
    expect(stateWithReason({ state: 'paused', reason: 'ioerror' })).toContain('disk had an error');
  });
});

describe('advice for an error', () => {
  it('is there for every code', () => {
    for (const code of Object.keys(ERROR_CODES)) expect(adviceFor({ code, message: 'x' }).text).not.toBe('');
  });

  it('offers software emulation where KVM is the matter', () => {
    const told = {
      code: 'OPERATION_FAILED',
      message: 'QEMU ended',
      detail: 'failed to initialize kvm: Input/output error',
    };
    expect(adviceFor(told).action).toBe('start-without-kvm');
    expect(adviceFor({ code: 'OPERATION_FAILED', message: 'no space left' }).action).toBe('open-log');
  });

  it('takes an unknown code as a fault of our own', () => {
    expect(adviceFor({ code: 'WHATEVER', message: 'x' })).toEqual(adviceFor({ code: 'INTERNAL_ERROR', message: 'x' }));
  });
});

describe('XML in colours', () => {
  it('gives the same text again, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '/', '"', "'", '=', '!', '-', '?', 'a', ' ', '\n') }),
        (text) => {
          expect(
            tokenizeXml(text)
              .map((token) => token.text)
              .join(''),
          ).toBe(text);
        },
      ),
    );
  });

  it('tells tags, attributes, values and comments apart', () => {
    const kinds = tokenizeXml('<a b="c"><!-- d -->e</a>').map((token) => `${token.kind}:${token.text}`);
    expect(kinds).toEqual([
      'tag:<a',
      'text: ',
      'attribute:b',
      'punctuation:=',
      'value:"c"',
      'punctuation:>',
      'comment:<!-- d -->',
      'text:e',
      'tag:</a',
      'punctuation:>',
    ]);
  });

  it.each([
    ['7:37: unexpected close tag.', { line: 7, column: 37 }],
    ['/home/a/b.xml:3:9: unexpected close tag.', { line: 3, column: 9 }],
    ['line 3, column 7: the tag is not closed', { line: 3, column: 7 }],
    ['XML error at line 12: bad', { line: 12 }],
    ['(domain_definition):5: Opening and ending tag mismatch', { line: 5 }],
    ['(domain_definition):5:14: mismatch', { line: 5, column: 14 }],
    ['the name is missing', undefined],
  ])('finds the place of an error in “%s”', (text, place) => {
    expect(errorPosition(text)).toEqual(place);
  });

  it('leaves the place out of a text that stands beside it', () => {
    expect(withoutPosition('7:37: unexpected close tag.')).toBe('Unexpected close tag.');
    expect(withoutPosition('the name is missing')).toBe('The name is missing');
  });

  it('turns a place into an offset that is never outside the text', () => {
    expect(offsetOf('ab\ncd', { line: 2, column: 2 })).toBe(4);
    expect(offsetOf('ab\ncd', { line: 2, column: 99 })).toBe(5);
    expect(offsetOf('ab', { line: 9 })).toBe(0);
  });
});

describe('a small graph', () => {
  it('draws the newest sample at the right edge, within its height', () => {
    expect(sparklinePath([0, 100, 250], 10, 12, 3)).toBe('M0.0 11.0L5.0 1.0L10.0 1.0');
    expect(sparklinePath([], 10, 12, 3)).toBe('');
  });
});
