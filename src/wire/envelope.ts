/**
 * The envelope: the first bytes of each payload that wsscale sends, by which it knows its own messages again, puts
 * them in order and times them. A payload is built once; the envelope is patched into it in place for each message,
 * and read from a received one without copying.
 *
 *     binary, 32 bytes, little endian           text, 43 bytes: a JSON object, digits of 6 bits (base64url)
 *      0 u32 tag of the run                      {"w":"ttttccccceeesssssiiiiiiiiiuuuuuuuuu......"}
 *      4 u32 client                                    |   |    |  |    |        |        padding
 *      8 u32 epoch of the client                       tag |    |  seq  |        sent µs
 *     12 u32 sequence in the epoch, from 1                 client epoch intended µs
 *     16 f64 intended send time, ms
 *     24 f64 actual send time, ms
 *
 * Times are readings of the clock that all processes of the generator's host share.
 */

export interface Envelope {
  client: number;
  epoch: number;
  seq: number;
  intendedMs: number;
  sentMs: number;
}

export interface EnvelopeCodec {
  /** A payload of the given size whose envelope carries the run's tag and is otherwise blank. */
  create(sizeBytes: number, tag: number): Buffer;
  /** Puts a message's numbers into a payload made by `create`. */
  patch(
    payload: Buffer,
    client: number,
    epoch: number,
    seq: number,
    intendedMs: number,
    sentMs: number,
  ): void;
  /** Reads the payload from `start` to `end` into `into`; false if it does not begin with an envelope of this run. */
  read(data: Buffer, start: number, end: number, tag: number, into: Envelope): boolean;
}

const PREFIX = '{"w":"';
const SUFFIX = '"}';
/** Where each field of the text form begins. */
const TEXT = { tag: 6, client: 10, epoch: 15, seq: 18, intended: 23, sent: 32, end: 41 };

/** The smallest payload that has room for the envelope. */
export const ENVELOPE_MIN_BYTES = { text: TEXT.end + SUFFIX.length, binary: 32 };

/** Tags that both forms can carry. Clients and sequences have 30 bits in the text form, and 32 in the binary one. */
export const TAG_LIMIT = 2 ** 24;

/** Epochs that both forms can carry; a client that reconnects more often begins at 0 again. */
export const EPOCH_LIMIT = 2 ** 18;

const binary: EnvelopeCodec = {
  create(sizeBytes, tag) {
    const payload = Buffer.alloc(sizeBytes, 0x2e);
    payload.writeUInt32LE(tag, 0);
    return payload;
  },
  patch(payload, client, epoch, seq, intendedMs, sentMs) {
    payload.writeUInt32LE(client, 4);
    payload.writeUInt32LE(epoch, 8);
    payload.writeUInt32LE(seq, 12);
    payload.writeDoubleLE(intendedMs, 16);
    payload.writeDoubleLE(sentMs, 24);
  },
  read(data, start, end, tag, into) {
    if (end < start + 32 || data.readUInt32LE(start) !== tag) return false;
    into.client = data.readUInt32LE(start + 4);
    into.epoch = data.readUInt32LE(start + 8);
    into.seq = data.readUInt32LE(start + 12);
    into.intendedMs = data.readDoubleLE(start + 16);
    into.sentMs = data.readDoubleLE(start + 24);
    return true;
  },
};

const text: EnvelopeCodec = {
  create(sizeBytes, tag) {
    const payload = Buffer.alloc(sizeBytes, '.');
    payload.write(PREFIX, 0);
    payload.write(SUFFIX, sizeBytes - SUFFIX.length);
    writeDigits(payload, TEXT.tag, 4, tag);
    return payload;
  },
  patch(payload, client, epoch, seq, intendedMs, sentMs) {
    writeDigits(payload, TEXT.client, 5, client);
    writeDigits(payload, TEXT.epoch, 3, epoch);
    writeDigits(payload, TEXT.seq, 5, seq);
    writeTime(payload, TEXT.intended, intendedMs);
    writeTime(payload, TEXT.sent, sentMs);
  },
  read(data, start, end, tag, into) {
    if (end < start + ENVELOPE_MIN_BYTES.text) return false;
    if (readDigits(data, start + TEXT.tag, 4) !== tag) return false;
    into.client = readDigits(data, start + TEXT.client, 5);
    into.epoch = readDigits(data, start + TEXT.epoch, 3);
    into.seq = readDigits(data, start + TEXT.seq, 5);
    into.intendedMs = readTime(data, start + TEXT.intended);
    into.sentMs = readTime(data, start + TEXT.sent);
    return true;
  },
};

/** The envelope's two forms by kind of payload. */
export const envelopes: Record<'text' | 'binary', EnvelopeCodec> = { text, binary };

const DIGITS = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
/** Value of each byte as a digit; bytes that are no digits count as 0: the tag decides whether to believe. */
const VALUES = new Uint8Array(256);
DIGITS.forEach((byte, value) => {
  VALUES[byte] = value;
});

/** Writes `value`, below 64^`width` and 2^30, with the highest digit first. */
function writeDigits(payload: Buffer, offset: number, width: number, value: number): void {
  for (let i = offset + width - 1; i >= offset; i--) {
    payload[i] = DIGITS[value & 63];
    value >>>= 6;
  }
}

function readDigits(payload: Buffer, offset: number, width: number): number {
  let value = 0;
  for (let i = offset; i < offset + width; i++) value = (value << 6) | VALUES[payload[i]];
  return value;
}

/** A time takes 54 bits: four digits above 2^30 µs and five below. */
function writeTime(payload: Buffer, offset: number, timeMs: number): void {
  const us = Math.round(timeMs * 1000);
  const high = Math.floor(us / 2 ** 30);
  writeDigits(payload, offset, 4, high);
  writeDigits(payload, offset + 4, 5, us - high * 2 ** 30);
}

function readTime(payload: Buffer, offset: number): number {
  return (readDigits(payload, offset, 4) * 2 ** 30 + readDigits(payload, offset + 4, 5)) / 1000;
}
