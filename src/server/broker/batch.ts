import type { Socket } from 'node:net';

/**
 * Collects what is written to a socket until the event loop has taken all that is there to read, and then writes it
 * in one call of the system. Under load that is many messages at once; without load it waits for nothing.
 */
export function createBatch(socket: Socket): (frame: Buffer) => void {
  let isWaiting = false;
  const flush = () => {
    isWaiting = false;
    socket.uncork();
  };
  return (frame) => {
    if (!isWaiting) {
      isWaiting = true;
      socket.cork();
      setImmediate(flush);
    }
    socket.write(frame);
  };
}
