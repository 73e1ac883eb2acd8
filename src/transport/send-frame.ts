/**
 * A client's frames on their way to a socket. Messages of one size, which nearly all are, are written in one buffer
 * for the whole worker: what the kernel takes at once, it has copied by the time `write` returns.
 */

import type { Socket } from 'node:net';
import { secretInt32 } from '../base/random.ts';
import { copyMasked, createFrame, FIN, headerBytes, OPCODE, writeHeader } from '../wire/frame.ts';

/** The next message's frame, exactly as long. */
let scratch = Buffer.alloc(0);

/** Sends a message; the payload may be changed as soon as this returns. */
export function sendMessage(socket: Socket, payload: Buffer, binary: boolean): void {
  const bytes = headerBytes(payload.length, true) + payload.length;
  if (scratch.length !== bytes) scratch = Buffer.allocUnsafe(bytes);
  const key = secretInt32();
  const at = writeHeader(scratch, FIN | (binary ? OPCODE.binary : OPCODE.text), payload.length, key);
  copyMasked(payload, scratch, at, key);
  socket.write(scratch);
  // What was not taken is read from the buffer later, so it is the socket's now. Over TLS, this is so with each.
  if (socket.writableLength > 0) scratch = Buffer.alloc(0);
}

/** Sends a control frame. */
export function sendControl(socket: Socket, opcode: number, payload: Buffer): void {
  socket.write(createFrame(opcode, payload, secretInt32()));
}
