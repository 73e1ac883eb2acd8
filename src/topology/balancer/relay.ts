/**
 * Two connections joined into one: what arrives on one end leaves on the other. Nothing is kept here beyond what a
 * socket has already taken, and the end of one side is the end of the other in the same manner.
 */

import type { Socket } from 'node:net';

/** Joins two connected sockets, both of which must be open to being half closed. */
export function relay(a: Socket, b: Socket): void {
  pass(a, b);
  pass(b, a);
}

function pass(from: Socket, to: Socket): void {
  from.on('data', (chunk) => {
    // What does not go out is not read on: the sender's own window closes.
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('error', () => reset(to));
  from.on('close', () => {
    // After both have said their end, the other closes by itself when its last bytes are out.
    if (!from.readableEnded) to.destroy();
  });
}

/** Ends a connection as one that was lost: its other end gets a reset, not an end. */
export function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
