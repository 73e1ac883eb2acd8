import { describe, expect, test } from 'vitest';
import { ENVELOPE_MIN_BYTES, type Envelope, envelopes, TAG_LIMIT } from '../../src/wire/envelope.ts';
import { amid } from '../support/amid.ts';
import fc from '../support/properties.ts';

const FORMS = ['text', 'binary'] as const;
type Form = (typeof FORMS)[number];

/** What each form has room for. The text form's narrowest field is the epoch. */
const LIMITS: Record<Form, { client: number; epoch: number; seq: number }> = {
  text: { client: 2 ** 30, epoch: 2 ** 18, seq: 2 ** 30 },
  binary: { client: 2 ** 32, epoch: 2 ** 32, seq: 2 ** 32 },
};

const blank = (): Envelope => ({ client: -1, epoch: -1, seq: -1, intendedMs: -1, sentMs: -1 });

/** A time on the clock of a machine that has been up for as long as ten years, to the microsecond. */
const timeMs = fc.nat(Number.MAX_SAFE_INTEGER).map((us) => (us % (10 * 365 * 86_400 * 1e6)) / 1000);

const below = (limit: number) => fc.oneof(fc.nat(limit - 1), fc.constantFrom(0, 1, limit - 2, limit - 1));

const message = (form: Form) =>
  fc.record({
    client: below(LIMITS[form].client),
    epoch: below(LIMITS[form].epoch),
    seq: below(LIMITS[form].seq),
    intendedMs: timeMs,
    sentMs: timeMs,
  });

const size = (form: Form) => fc.integer({ min: ENVELOPE_MIN_BYTES[form], max: 3000 });

function write(form: Form, payload: Buffer, { client, epoch, seq, intendedMs, sentMs }: Envelope): void {
  envelopes[form].patch(payload, client, epoch, seq, intendedMs, sentMs);
}

describe.each(FORMS)('the %s form', (form) => {
  const codec = envelopes[form];

  test('gives back what was put in, at any size and with any tag', () => {
    fc.assert(
      fc.property(size(form), below(TAG_LIMIT), message(form), (bytes, tag, sent) => {
        const payload = codec.create(bytes, tag);
        write(form, payload, sent);
        const read = blank();
        expect(payload).toHaveLength(bytes);
        expect(codec.read(...amid(payload), tag, read)).toBe(true);
        expect({ client: read.client, epoch: read.epoch, seq: read.seq }).toEqual({
          client: sent.client,
          epoch: sent.epoch,
          seq: sent.seq,
        });
        // The text form counts in whole microseconds.
        expect(Math.abs(read.intendedMs - sent.intendedMs)).toBeLessThanOrEqual(0.000_51);
        expect(Math.abs(read.sentMs - sent.sentMs)).toBeLessThanOrEqual(0.000_51);
      }),
    );
  });

  test('carries nothing over from the message that the payload held before', () => {
    fc.assert(
      fc.property(message(form), message(form), (before, after) => {
        const used = codec.create(200, 7);
        write(form, used, before);
        write(form, used, after);
        const fresh = codec.create(200, 7);
        write(form, fresh, after);
        expect(used.equals(fresh)).toBe(true);
      }),
    );
  });

  test('is refused with the tag of another run, and leaves what was read before as it was', () => {
    fc.assert(
      fc.property(below(TAG_LIMIT), below(TAG_LIMIT), message(form), (tag, other, sent) => {
        fc.pre(tag !== other);
        const payload = codec.create(100, tag);
        write(form, payload, sent);
        const read = blank();
        expect(codec.read(...amid(payload), other, read)).toBe(false);
        expect(read).toEqual(blank());
      }),
    );
  });

  test('is refused when it was cut short, whatever is left', () => {
    fc.assert(
      fc.property(message(form), fc.nat(ENVELOPE_MIN_BYTES[form] - 1), (sent, length) => {
        const payload = codec.create(ENVELOPE_MIN_BYTES[form], 7);
        write(form, payload, sent);
        expect(codec.read(...amid(payload.subarray(0, length)), 7, blank())).toBe(false);
      }),
    );
  });

  test('is read wherever it lies, whatever lies around it', () => {
    const around = fc.uint8Array({ maxLength: 50 });
    fc.assert(
      fc.property(message(form), around, around, (sent, before, behind) => {
        const payload = codec.create(ENVELOPE_MIN_BYTES[form], 7);
        write(form, payload, sent);
        const [alone, amidst] = [blank(), blank()];
        codec.read(payload, 0, payload.length, 7, alone);
        const end = before.length + payload.length;
        expect(codec.read(Buffer.concat([before, payload, behind]), before.length, end, 7, amidst)).toBe(
          true,
        );
        expect(amidst).toEqual(alone);
      }),
    );
  });

  test('refuses bytes of any kind that only by chance could be its own', () => {
    // The tag has 24 bits: of a million garbage payloads fewer than one is taken for an envelope.
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(codec.read(...amid(Buffer.from(bytes)), 0xa5a5a5, blank())).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('is refused in the other form', () => {
    fc.assert(
      fc.property(message(form), (sent) => {
        const payload = codec.create(100, 0xa5a5a5);
        write(form, payload, sent);
        const other = form === 'text' ? 'binary' : 'text';
        expect(envelopes[other].read(...amid(payload), 0xa5a5a5, blank())).toBe(false);
      }),
    );
  });

  test.for(['client', 'epoch', 'seq'] as const)(
    'keeps the %s apart from its neighbours at both ends',
    (field) => {
      const zero = { client: 0, epoch: 0, seq: 0, intendedMs: 0, sentMs: 0 };
      for (const value of [0, 1, LIMITS[form][field] - 1]) {
        const payload = codec.create(ENVELOPE_MIN_BYTES[form], 5);
        write(form, payload, { ...zero, [field]: value });
        const read = blank();
        codec.read(...amid(payload), 5, read);
        expect(read).toEqual({ ...zero, [field]: value });
      }
    },
  );

  test.for(['intendedMs', 'sentMs'] as const)('keeps the time %s apart from its neighbours', (field) => {
    const zero = { client: 0, epoch: 0, seq: 0, intendedMs: 0, sentMs: 0 };
    for (const value of [0.001, (2 ** 30 - 1) / 1000, 2 ** 30 / 1000, (2 ** 53 - 1) / 1000]) {
      const payload = codec.create(ENVELOPE_MIN_BYTES[form], 5);
      write(form, payload, { ...zero, [field]: value });
      const read = blank();
      codec.read(...amid(payload), 5, read);
      expect(read).toEqual({ ...zero, [field]: value });
    }
  });
});

describe('a text payload', () => {
  test('is JSON with one field, in ASCII, at any size', () => {
    fc.assert(
      fc.property(size('text'), below(TAG_LIMIT), message('text'), (bytes, tag, sent) => {
        const payload = envelopes.text.create(bytes, tag);
        write('text', payload, sent);
        const text = payload.toString('latin1');
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        expect(Object.keys(JSON.parse(text))).toEqual(['w']);
      }),
    );
  });

  test('looks as the drawing says', () => {
    const payload = envelopes.text.create(49, 0xfff);
    envelopes.text.patch(payload, 1, 2, 3, 4 / 1000, 5 / 1000);
    expect(payload.toString()).toBe('{"w":"AA__AAAABAACAAAADAAAAAAAAEAAAAAAAAF......"}');
  });
});

describe('a binary payload', () => {
  test('looks as the drawing says', () => {
    const payload = envelopes.binary.create(33, 0x01020304);
    envelopes.binary.patch(payload, 1, 2, 3, 0.5, 2);
    expect(payload.toString('hex')).toBe(
      `${'04030201'}${'01000000'}${'02000000'}${'03000000'}${'000000000000e03f'}${'0000000000000040'}2e`,
    );
  });

  test('can say times that are no times; what is made of them must bear that', () => {
    const payload = envelopes.binary.create(32, 1);
    payload.writeDoubleLE(Number.NaN, 16);
    payload.writeDoubleLE(Number.NEGATIVE_INFINITY, 24);
    const read = blank();
    expect(envelopes.binary.read(...amid(payload), 1, read)).toBe(true);
    expect([read.intendedMs, read.sentMs]).toEqual([Number.NaN, Number.NEGATIVE_INFINITY]);
  });
});
