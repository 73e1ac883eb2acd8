import type { Socket } from 'node:net';
import type { HeldConnection } from './connections.ts';

/** Somebody who is asked before a connection opens, and may take time for the answer. */
export interface Doorman {
  /**
   * Calls one of the two, now or later; none if the peer goes meanwhile. Until then nothing is read from it.
   *
   * @param open opens the connection and hands it over before any of its messages, or never if the handshake turns
   *   out to be none
   * @param refuse is told the HTTP status
   */
  meet(
    socket: Socket,
    url: string,
    open: (take: (connection: HeldConnection) => void) => void,
    refuse: (status: number) => void,
  ): void;
}
