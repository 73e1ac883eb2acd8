/**
 * Unmasked WebSocket frames (RFC 6455, section 5.2), as a server sends them. A message of a room goes to hundreds of
 * members, so its frame is made once and every member's socket is given the same bytes.
 */

const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;

/**
 * A whole message in one frame.
 *
 * @param header in ASCII; what the message begins with
 */
export function createFrame(header: string, payload: Buffer, isBinary: boolean): Buffer {
  const bytes = header.length + payload.length;
  const start = bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + bytes);
  frame[0] = isBinary ? FIN_BINARY : FIN_TEXT;
  if (start === 2) {
    frame[1] = bytes;
  } else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(bytes, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(bytes, 6);
  }
  frame.write(header, start, 'latin1');
  payload.copy(frame, start + header.length);
  return frame;
}

/** Where the message begins in a frame that `createFrame` made. */
export function messageStart(frame: Buffer): number {
  return frame[1] < 126 ? 2 : frame[1] === 126 ? 4 : 10;
}
