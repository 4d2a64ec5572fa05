import { describe, expect, it, vi } from 'vitest';
import manifest from '../../../../package.json' with { type: 'json' };
import { DisposableStore, toDisposable } from '../../../../src/common/base/dispose.ts';
import { Emitter } from '../../../../src/common/base/emitter.ts';
import { formatBytes, parseSize } from '../../../../src/common/base/units.ts';
import { parseUuid } from '../../../../src/common/base/uuid.ts';
import { ERROR_CODES, fromEnvelope, toEnvelope, toVirError, virError } from '../../../../src/common/errors.ts';
import { domainNameProblem } from '../../../../src/common/model/machine.ts';
import { VERSION } from '../../../../src/common/version.ts';

describe('disposables', () => {
  it('are undone last in, first out, once', () => {
    const order: string[] = [];
    const store = new DisposableStore();
    for (const name of ['a', 'b', 'c']) store.add(toDisposable(() => order.push(name)));
    store.dispose();
    store.dispose();
    expect(order).toEqual(['c', 'b', 'a']);
  });

  it('added to a store that is gone are undone at once', () => {
    const store = new DisposableStore();
    store.dispose();
    const dispose = vi.fn();
    store.add(toDisposable(dispose));
    expect(dispose).toHaveBeenCalledOnce();
  });
});

describe('an emitter', () => {
  it('keeps telling the others when one listener throws, and hears of it', () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<number>({ onListenerError: (error) => errors.push(error) });
    const heard: number[] = [];
    emitter.event(() => {
      throw new Error('no');
    });
    emitter.event((value) => heard.push(value));
    emitter.fire(1);
    expect([heard, errors]).toEqual([[1], [new Error('no')]]);
  });

  it('lets a listener leave while it is told, and counts one function twice where it came twice', () => {
    const emitter = new Emitter<void>();
    const listener = vi.fn();
    const first = emitter.event(listener);
    emitter.event(listener);
    emitter.event(() => first.dispose());
    emitter.fire();
    emitter.fire();
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

describe('sizes', () => {
  it.each([
    ['512', 'M', 512 * 1024 ** 2],
    ['20G', 'bytes', 20 * 1024 ** 3],
    ['1 GB', 'bytes', 1e9],
    ['4KiB', 'bytes', 4096],
    ['7', 'bytes', 7],
  ])('%s in %s', (text, unit, bytes) => {
    expect(parseSize(text, unit)).toBe(bytes);
  });
  it.each(['', '-1', '1.5G', '12 parsecs', '99999999999E', 'G', '0x10'])('"%s" is none', (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'INVALID_ARG' }));
  });
  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1536, '1.5 KiB'],
    [1024 ** 3, '1 GiB'],
    [23.5 * 1024 ** 3, '23.5 GiB'],
  ])('%d is said as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('UUIDs', () => {
  it('are read as libvirt reads them and written one way', () => {
    const canonical = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
    for (const text of [canonical, canonical.toUpperCase(), canonical.replaceAll('-', ''), ` ${canonical} `])
      expect(parseUuid(text)).toBe(canonical);
    for (const text of ['', 'c7a5', `${canonical}0`, 'g7a5fdbd-edaf-9455-926a-d65c16db1809'])
      expect(parseUuid(text)).toBeUndefined();
  });
});

describe('errors', () => {
  it('cross a wire with code, message and detail, and nothing of their cause', () => {
    for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
      const envelope = toEnvelope(virError(code, 'm', { detail: 'd', cause: new Error('secret') }));
      expect(JSON.stringify(envelope)).toBe(`{"code":"${code}","message":"m","detail":"d"}`);
      expect(fromEnvelope(envelope)).toMatchObject({ code, message: 'm', detail: 'd' });
    }
  });
  it('of any other kind are our own', () => {
    expect(toVirError('text')).toMatchObject({ code: 'INTERNAL_ERROR', message: 'internal error: text' });
  });
});

describe('a machine’s name', () => {
  it.each(['web', 'wéb-1', 'Debian 12', 'a.b', 'x'.repeat(200)])('%s is fine', (name) =>
    expect(domainNameProblem(name)).toBeUndefined(),
  );
  it.each(['', ' ', ' a', 'a ', 'a/b', '.a', '..', 'a\nb', 'é'.repeat(101)])('%j is not', (name) =>
    expect(domainNameProblem(name)).toBeDefined(),
  );
});

describe('the version', () => {
  it('is package.json’s', () => expect(VERSION).toBe(manifest.version));
});
