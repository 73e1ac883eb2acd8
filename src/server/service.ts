/**
 * The contract between what a node does with messages (echo, rooms) and the engine that holds its connections.
 */

/** One connection, as a service sees it. */
export interface Peer {
  /** Neither end has said goodbye so far: what is sent to it now is not lost. */
  readonly isOpen: boolean;
  /** Bytes for it that the system has not taken yet. */
  readonly bufferedBytes: number;
  /** More is waiting to be sent to it than the node wants to hold: it does not read. */
  readonly isFull: boolean;
  /** Sends one message. It is taken even if the peer is full; a closing peer gets nothing more. */
  deliver(data: Buffer, isBinary: boolean): void;
  /**
   * Sends one message that stands in its WebSocket frame already, as `messageFrame` makes it. The bytes are shared
   * with other peers.
   */
  deliverFrame(frame: Buffer): void;
  /** Calls back once the system has taken all that was sent until now; never if the connection ends before. */
  whenTaken(then: () => void): void;
  close(code: number, reason: string): void;
  /** Ends the TCP connection with a reset. */
  reset(): void;
  /** For faults only: nothing more is read, and no ping is answered; the TCP connection stays. */
  silence(): void;
  /** For faults only: sends these bytes, of which the end is missing, and ends the TCP connection. */
  truncate(bytes: Buffer): void;
}

/** What stands behind a path. */
export interface Service {
  /** @param data valid only during the call: the engine may reuse its memory */
  onMessage(peer: Peer, data: Buffer, isBinary: boolean): void;
  /** The peer is gone; it is not to be used again. */
  onClose(peer: Peer): void;
}
