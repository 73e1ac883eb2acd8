import type { Duplex } from 'node:stream';

/**
 * Lets a handshake wait before it is answered; it is not if the peer goes meanwhile. What the peer says until then
 * waits in the socket, and an error there is no error of ours.
 */
export function answerLater(socket: Duplex, ms: number, answer: () => void): void {
  socket.pause();
  socket.on('error', () => socket.destroy());
  // A timer may be early by a part of a millisecond, and no answer is to be earlier than it was asked for.
  setTimeout(() => {
    if (socket.destroyed) return;
    answer();
    socket.resume();
  }, Math.ceil(ms) + 1).unref();
}
