/**
 * Frames of RFC 6455, section 5.2, as they are written:
 *
 *     byte 0   FIN, three reserved bits, opcode (4 bits)
 *     byte 1   MASK, length (7 bits): up to 125 itself; 126: two bytes follow; 127: eight bytes follow
 *              masking key (4 bytes) if MASK is set: always from a client, never from a server
 *              payload, each byte of it XORed with the key's byte (index modulo 4) if it is masked
 */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export const FIN = 0x80;
export const MASKED = 0x80;

/** The longest payload of a control frame. */
export const MAX_CONTROL_BYTES = 125;

/** From this length on a mask is applied to words of four bytes: then that is worth the view that it needs. */
const WORDWISE_BYTES = 512;

/** Bytes before the payload. */
export function headerBytes(payloadBytes: number, masked: boolean): number {
  const length = payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10;
  return masked ? length + 4 : length;
}

/**
 * Writes a frame's header at the beginning of `frame`.
 * @param opcode with FIN where it is the last frame of its message
 * @param key the masking key; null: unmasked
 * @returns where the payload begins
 */
export function writeHeader(frame: Buffer, opcode: number, payloadBytes: number, key: number | null): number {
  const masked = key === null ? 0 : MASKED;
  let at = 2;
  frame[0] = opcode;
  if (payloadBytes < 126) {
    frame[1] = masked | payloadBytes;
  } else if (payloadBytes < 65_536) {
    frame[1] = masked | 126;
    at = frame.writeUInt16BE(payloadBytes, at);
  } else {
    frame[1] = masked | 127;
    at = frame.writeUInt32BE(Math.floor(payloadBytes / 2 ** 32), at);
    at = frame.writeUInt32BE(payloadBytes % 2 ** 32, at);
  }
  return key === null ? at : frame.writeInt32BE(key, at);
}

/** Copies `source` to `target` from `at` on, XORed with the key. */
export function copyMasked(source: Buffer, target: Buffer, at: number, key: number): void {
  target.set(source, at);
  applyMask(target, at, at + source.length, key);
}

/** Takes the mask off the bytes `start` to `end`, in place; the key stands in the four bytes before them. */
export function unmask(data: Buffer, start: number, end: number): void {
  applyMask(data, start, end, data.readInt32BE(start - 4));
}

/** XORs the bytes `start` to `end` with the key, whose first byte is its highest. */
function applyMask(data: Buffer, start: number, end: number, key: number): void {
  let i = start;
  if (end - start >= WORDWISE_BYTES) {
    const view = new DataView(data.buffer, data.byteOffset);
    for (; i + 3 < end; i += 4) view.setInt32(i, view.getInt32(i) ^ key);
  }
  const a = key >>> 24;
  const b = key >>> 16;
  const c = key >>> 8;
  for (; i + 3 < end; i += 4) {
    data[i] ^= a;
    data[i + 1] ^= b;
    data[i + 2] ^= c;
    data[i + 3] ^= key;
  }
  if (i < end) data[i] ^= a;
  if (i + 1 < end) data[i + 1] ^= b;
  if (i + 2 < end) data[i + 2] ^= c;
}

/** A whole frame of its own, for what is not sent often. */
export function createFrame(opcode: number, payload: Buffer, key: number | null): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes(payload.length, key !== null) + payload.length);
  const at = writeHeader(frame, opcode | FIN, payload.length, key);
  if (key === null) payload.copy(frame, at);
  else copyMasked(payload, frame, at, key);
  return frame;
}

/** The payload of a close frame (section 5.5.1); code 1005 stands for none. The reason is cut to what fits. */
export function closePayload(code: number, reason: string): Buffer {
  if (code === 1005) return Buffer.alloc(0);
  const text = Buffer.from(reason);
  let bytes = Math.min(text.length, MAX_CONTROL_BYTES - 2);
  // Not within a character of several bytes.
  while (bytes < text.length && (text[bytes] & 0xc0) === 0x80) bytes--;
  const payload = Buffer.allocUnsafe(2 + bytes);
  payload.writeUInt16BE(code, 0);
  text.copy(payload, 2, 0, bytes);
  return payload;
}
