import { describe, expect, it } from 'vitest';
import { formatBitmap, parseBitmap } from '../../../../src/engine/conf/bitmap.ts';
import {
  bitmap,
  hex,
  int,
  macAddress,
  prettyUnit,
  scaleTo,
  uint,
  upperHex,
  uuid,
} from '../../../../src/engine/conf/scalar.ts';

describe('sets of numbers', () => {
  it.each([
    ['0-3', '0-3'],
    ['3,1,2', '1-3'],
    ['0-7,^2-4', undefined],
    ['0-7,^2', '0-1,3-7'],
    ['0,^0', ''],
    ['^1,0-2', '0-2'],
    ['aaa', undefined],
    ['3-1', undefined],
    ['', undefined],
    ['99999999', undefined],
  ])('%j is %j', (text, shortest) => expect(bitmap.parse(text)).toBe(shortest));

  it('come apart into their members and together again', () => {
    expect(parseBitmap('8,0-2')).toEqual([0, 1, 2, 8]);
    expect(formatBitmap([0, 1, 2, 8])).toBe('0-2,8');
  });
});

describe('numbers', () => {
  it.each([
    [uint, '12', 12],
    [uint, '0x1f', 31],
    [uint, '-1', undefined],
    [uint, '1.5', undefined],
    [uint, '', undefined],
    [uint, '99999999999999999999', undefined],
    [int, '-5', -5],
    [hex(2), '0xff', 255],
    [hex(2), '0x100', undefined],
    [hex(2, 31), '0x20', undefined],
    [upperHex(4), '-1', -1],
  ])('%# reads %j as %j', (scalar, text, value) => expect(scalar.parse(text)).toBe(value));

  it('are written in the width of their kind', () => {
    expect(hex(4).format(1)).toBe('0x0001');
    expect(upperHex(2).format(0xa)).toBe('0x0A');
    expect(upperHex(2).format(-1)).toBe('-1');
  });
});

describe('sizes', () => {
  it.each([
    ['1', 'MiB', 'KiB', 1024],
    ['1', 'b', 'KiB', 1],
    ['1025', 'b', 'KiB', 2],
    ['1', 'KB', 'KiB', 1],
    ['9007199254740991', 'KiB', 'KiB', 9007199254740991],
  ])('%s %s is so many %s', (value, unit, target, result) => expect(scaleTo(value, unit, target)).toBe(result));

  it('of an unknown unit, or beyond a safe integer, are refused', () => {
    expect(() => scaleTo('1', 'furlong', 'KiB')).toThrowError(/unknown suffix 'furlong'/);
    expect(() => scaleTo('9007199254740991', 'MiB', 'KiB')).toThrowError(/too large/);
  });

  it('are shown in the largest unit without a fraction', () => {
    expect(prettyUnit(48 * 1024 * 1024)).toEqual([48, 'MiB']);
    expect(prettyUnit(1500)).toEqual([1500, 'bytes']);
    expect(prettyUnit(0)).toEqual([0, 'bytes']);
  });
});

describe('names of things', () => {
  it('a UUID may lack its dashes and be in capitals', () => {
    expect(uuid.parse('6F0F4B0E93A54F2E8F3E2D1F4A1A0001')).toBe('6f0f4b0e-93a5-4f2e-8f3e-2d1f4a1a0001');
    expect(uuid.parse('6f0f')).toBeUndefined();
  });
  it('a MAC address is written in full and in small letters', () => {
    expect(macAddress.parse('52:54:0:AB:1:2')).toBe('52:54:00:ab:01:02');
    expect(macAddress.parse('52:54:00')).toBeUndefined();
  });
});
