import { describe, expect, test } from 'vitest';
import { formatBytes, formatCount, formatMs, formatRatio, parseDurationMs } from '../../src/base/units.ts';
import fc from '../support/properties.ts';

describe('a written time', () => {
  test.for([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['0s', 0],
    ['0.25ms', 0.25],
  ] as const)('%s is %d ms', ([text, ms]) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  test.for(['', '30', 's', '-1s', '+1s', '1 s', '1e3s', '.5s', '5.s', '1d', '30S', '30s ', '1m30s', '٣s'])(
    '"%s" is none, and the error says what is',
    (text) => {
      expect(() => parseDurationMs(text)).toThrow(RangeError);
      expect(() => parseDurationMs(text)).toThrow('write it like 500ms, 30s or 5m');
    },
  );
});

describe('a time for people', () => {
  test.for([
    [0, '0 ms'],
    [0.004, '0.004 ms'],
    [0.1904, '0.19 ms'],
    [1.005, '1.00 ms'],
    [9.994, '9.99 ms'],
    [9.996, '10.0 ms'],
    [25.12, '25.1 ms'],
    [99.94, '99.9 ms'],
    [99.96, '100 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [1270, '1.27 s'],
    [59_960, '60.0 s'],
    [119_400, '119 s'],
    [119_600, '2 m 0 s'],
    [125_000, '2 m 5 s'],
    [179_700, '3 m 0 s'],
    [-2.5, '-2.50 ms'],
  ] as const)('%d ms is written %s', ([ms, text]) => {
    expect(formatMs(ms)).toBe(text);
  });

  test('is never off by more than half of its last digit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 119_000, noNaN: true }), (ms) => {
        const [digits, unit] = formatMs(ms).split(' ');
        const value = Number(digits.replaceAll(',', '')) * (unit === 's' ? 1000 : 1);
        expect(Math.abs(value - ms)).toBeLessThanOrEqual(Math.max(ms * 0.00501, 0.00501));
        expect(digits.replace(/[^0-9]/g, '').length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

describe('a size for people', () => {
  test.for([
    [0, '0 B'],
    [1, '1.00 B'],
    [512, '512 B'],
    [1023, '1,023 B'],
    [1024, '1.00 KB'],
    [14_541, '14.2 KB'],
    [1_048_575, '1.00 MB'],
    [4.2 * 2 ** 30, '4.20 GB'],
    [3 * 2 ** 50, '3,072 TB'],
    [-2048, '-2.00 KB'],
  ] as const)('%d bytes are written %s', ([bytes, text]) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

test('a count has its thousands set off, and no fraction', () => {
  expect(formatCount(1_003_600)).toBe('1,003,600');
  expect(formatCount(0)).toBe('0');
  expect(formatCount(999.5)).toBe('1,000');
});

test.for([
  [0, '0 %'],
  [0.005, '0.50 %'],
  [0.9996, '100 %'],
  [1, '100 %'],
  [0.1234, '12.3 %'],
] as const)('a share of %d is written %s', ([ratio, text]) => {
  expect(formatRatio(ratio)).toBe(text);
});
