/**
 * How many handshakes of a ramp may be under way at once. The pace of a ramp is what was asked for as long as the
 * server keeps up; where it does not, connects would pile up in its queues until they fail. So the window opens while
 * handshakes are about as fast as the fastest one, and closes when they take longer, which is the sign of a queue
 * (the idea of TCP Vegas, Brakmo and Peterson 1995), or fail.
 *
 * Only new clients wait for it. Clients that return come back as their policy says: that is what a storm measures.
 */

/** Enough that a server at a distance is not slowed down at first, and few enough for any queue. */
const FIRST = 64;
const LEAST = 8;
const MOST = 8_192;
/** A handshake is slow that takes twice as long as the fastest, and so much more. */
const SLACK_MS = 50;

export interface ConnectWindow {
  /** Handshakes that may be under way. */
  readonly size: number;
  opened(latencyMs: number): void;
  failed(): void;
}

export function createConnectWindow(): ConnectWindow {
  let size = FIRST;
  let fastestMs = Number.POSITIVE_INFINITY;
  return {
    get size() {
      return Math.floor(size);
    },
    opened(latencyMs) {
      fastestMs = Math.min(fastestMs, latencyMs);
      // Handshakes come about one window at a time, so each window grows by half or shrinks by a quarter.
      const change = latencyMs <= 2 * fastestMs + SLACK_MS ? 0.5 : -0.25;
      size = Math.min(MOST, Math.max(LEAST, size + change));
    },
    failed() {
      size = Math.max(LEAST, size / 2);
    },
  };
}
