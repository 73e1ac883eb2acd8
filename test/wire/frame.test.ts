import { describe, expect, test } from 'vitest';
import {
  closePayload,
  copyMasked,
  createFrame,
  FIN,
  headerBytes,
  OPCODE,
  unmask,
  writeHeader,
} from '../../src/wire/frame.ts';
import { encode, frame } from '../support/frames.ts';
import fc from '../support/properties.ts';

/** All lengths up to 300, and those at which the header or the way to mask changes. */
const LENGTHS = [...Array(301).keys(), 511, 512, 513, 514, 515, 516, 65_535, 65_536, 65_537];

const KEYS = [0, 0x37fa213d, -0x5ec0d1c3, -0x80000000];

const bytesOf = (key: number) => [key >>> 24, (key >>> 16) & 255, (key >>> 8) & 255, key & 255];

const PATTERN = Buffer.from(Array.from({ length: 65_537 }, (_, i) => (i * 167 + 13) & 255));

const someBytes = (length: number) => Buffer.from(PATTERN.subarray(0, length));

const anyKey = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe('a header', () => {
  test.each([
    { payloadBytes: 0, unmasked: '8200', masked: '828037fa213d' },
    { payloadBytes: 1, unmasked: '8201', masked: '828137fa213d' },
    { payloadBytes: 125, unmasked: '827d', masked: '82fd37fa213d' },
    { payloadBytes: 126, unmasked: '827e007e', masked: '82fe007e37fa213d' },
    { payloadBytes: 127, unmasked: '827e007f', masked: '82fe007f37fa213d' },
    { payloadBytes: 65_535, unmasked: '827effff', masked: '82feffff37fa213d' },
    { payloadBytes: 65_536, unmasked: '827f0000000000010000', masked: '82ff000000000001000037fa213d' },
    { payloadBytes: 2 ** 32, unmasked: '827f0000000100000000', masked: '82ff000000010000000037fa213d' },
    { payloadBytes: 2 ** 53 - 1, unmasked: '827f001fffffffffffff', masked: '82ff001fffffffffffff37fa213d' },
  ])('for $payloadBytes bytes has the shortest form', ({ payloadBytes, unmasked, masked }) => {
    for (const [key, hex] of [[null, unmasked] as const, [0x37fa213d, masked] as const]) {
      const header = Buffer.alloc(headerBytes(payloadBytes, key !== null));
      expect(writeHeader(header, OPCODE.binary | FIN, payloadBytes, key)).toBe(header.length);
      expect(header.toString('hex')).toBe(hex);
    }
  });

  test('says that more frames follow if FIN is not given', () => {
    const header = Buffer.alloc(2);
    writeHeader(header, OPCODE.text, 5, null);
    expect(header.toString('hex')).toBe('0105');
  });

  test('carries nothing over from the header that stood in its place', () => {
    const used = Buffer.alloc(14, 0xff);
    expect(writeHeader(used, OPCODE.text | FIN, 65_536, 0)).toBe(14);
    expect(used.toString('hex')).toBe('81ff000000000001000000000000');
  });
});

describe('a mask', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'is put on byte by byte, at any length, %i bytes into the frame',
    (at) => {
      for (const length of LENGTHS) {
        for (const key of KEYS) {
          const target = Buffer.alloc(at + length + 2, 0xaa);
          copyMasked(someBytes(length), target, at, key);
          expect(target.equals(maskedSlowly(Buffer.alloc(target.length, 0xaa), at, length, key))).toBe(true);
        }
      }
    },
  );

  test('leaves what it is copied from as it was', () => {
    const source = someBytes(1000);
    copyMasked(source, Buffer.alloc(1000), 0, 0x01020304);
    expect(source.equals(someBytes(1000))).toBe(true);
  });

  test.each([4, 5, 6, 7])('is taken off in place, at any length, %i bytes into the data', (start) => {
    for (const length of LENGTHS) {
      for (const key of KEYS) {
        const around = Buffer.alloc(start + length + 2, 0xaa);
        around.writeInt32BE(key, start - 4);
        const data = maskedSlowly(around, start, length, key);
        unmask(data, start, start + length);
        someBytes(length).copy(around, start);
        expect(data.equals(around)).toBe(true);
      }
    }
  });

  test('is put on and taken off wherever the bytes lie in memory', () => {
    fc.assert(
      fc.property(anyKey, fc.nat(3), fc.integer({ min: 500, max: 600 }), (key, shift, length) => {
        const memory = new ArrayBuffer(shift + 4 + length);
        const data = Buffer.from(memory, shift);
        data.writeInt32BE(key, 0);
        copyMasked(someBytes(length), data, 4, key);
        expect(data.equals(maskedSlowly(Buffer.from(data), 4, length, key))).toBe(true);
        unmask(data, 4, 4 + length);
        expect(data.subarray(4).equals(someBytes(length))).toBe(true);
      }),
    );
  });

  /** `around` with the masked bytes from `at` on, as section 5.3 of the RFC defines it. */
  function maskedSlowly(around: Buffer, at: number, length: number, key: number): Buffer {
    const keyBytes = bytesOf(key);
    const result = Buffer.from(around);
    someBytes(length).forEach((byte, i) => {
      result[at + i] = byte ^ keyBytes[i % 4];
    });
    return result;
  }
});

test('a whole frame is header and payload, at any length, masked or not', () => {
  for (const length of LENGTHS) {
    const payload = someBytes(length);
    expect(createFrame(OPCODE.ping, payload, null).equals(encode(frame(9, payload), false))).toBe(true);
    for (const key of KEYS) {
      const wanted = encode(frame(9, payload, { key: bytesOf(key) }), true);
      expect(createFrame(OPCODE.ping, payload, key).equals(wanted)).toBe(true);
    }
  }
});

describe('the payload of a close frame', () => {
  test('is the code in two bytes, and the reason', () => {
    expect(closePayload(1000, '').toString('hex')).toBe('03e8');
    expect(closePayload(4999, 'gone').toString('latin1')).toBe('\x13\x87gone');
  });

  test('is nothing for 1005, which stands for no code', () => {
    expect(closePayload(1005, 'a reason that cannot be sent')).toHaveLength(0);
  });

  test('has as much of the reason as fits, in whole characters', () => {
    const reasons = fc.string({ unit: 'binary', minLength: 20, maxLength: 150 });
    fc.assert(
      fc.property(reasons, (reason) => {
        const payload = closePayload(1001, reason);
        const sent = payload.toString('utf8', 2);
        const next = [...reason.slice(sent.length)][0] ?? '';
        expect(reason.startsWith(sent)).toBe(true);
        expect(payload.length).toBeLessThanOrEqual(125);
        expect(next === '' || payload.length + Buffer.byteLength(next) > 125).toBe(true);
      }),
    );
  });

  test.each([
    { reason: 'x'.repeat(123), kept: 123 },
    { reason: 'x'.repeat(124), kept: 123 },
    { reason: `${'x'.repeat(122)}é`, kept: 122 },
    { reason: `${'x'.repeat(121)}é`, kept: 123 },
    { reason: `${'x'.repeat(121)}€`, kept: 121 },
    { reason: `${'x'.repeat(120)}🙂`, kept: 120 },
    { reason: `${'x'.repeat(119)}🙂!`, kept: 123 },
  ])('keeps $kept bytes of $reason', ({ reason, kept }) => {
    const payload = closePayload(1000, reason);
    expect(payload.subarray(2).equals(Buffer.from(reason).subarray(0, kept))).toBe(true);
  });
});
