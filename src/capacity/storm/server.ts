/**
 * A server, and the way to it, as far as a storm sees them. Each figure can be measured, or read in the system.
 */

export interface ServerModel {
  /** Handshakes a second, when it does nothing else: 1 / (processor time of one) for each core that does them. */
  acceptsPerS: number;
  /** Connections that wait to be accepted at the most. Linux lets in one more than was asked for. */
  backlog: number;
  /** What happens to one that finds no room: the kernel says nothing, and it tries again; or it is told at once. */
  overflow: 'drop' | 'refuse';
  /** How long a client waits for its handshake, from its first SYN on. */
  clientTimeoutMs: number;
  /** What it takes to accept one whose client has left, and to refuse one: in handshakes. */
  abandonedCost: number;
  refusedCost: number;
  /**
   * On loopback a SYN is answered before the next one is sent, and all clients share the timers of one kernel. In a
   * network, many are under way at once, and each client is on a machine of its own.
   */
  path: 'loopback' | 'network';
  /** When a SYN that was not answered is sent again, from the first one on. */
  synAgainMs: readonly number[];
  /** When a request that was not acknowledged is sent again, from when it was first sent. */
  requestAgainMs: readonly number[];
  /**
   * Connections whose client has closed them, and whose kernel goes on to send, at the most. If all clients are on one
   * machine, `tcp_max_orphans` of it; null: no end.
   */
  maxOrphans: number | null;
}

/** Linux waits for 1 s, which its timers round up: to steps of 32 ms where it ticks at 250 Hz, of 64 ms at 1000 Hz. */
const SYN_GAP_MS = 1024;

/**
 * When Linux sends a SYN again: after a gap that stays as it is for `linear` times (`tcp_syn_linear_timeouts`, 4 since
 * Linux 6.5 and 0 before), and then doubles each time.
 */
export function synTimesMs(linear: number, retries = 6): number[] {
  const times: number[] = [];
  for (let i = 0, atMs = 0; i < linear + retries; i++) {
    atMs += SYN_GAP_MS * 2 ** Math.max(0, i - linear);
    times.push(atMs);
  }
  return times;
}

/** Linux waits for 200 ms at least, which its timers round up. First comes a probe, and then each gap is twice as long. */
const REQUEST_GAP_MS = 208;
/** Of a socket that its program has closed (`tcp_orphan_retries`). */
const REQUEST_RETRIES = 8;

/** Nothing is known of it but its pace: the backlog is Node's own, and the kernel a recent Linux. */
export const ORDINARY_SERVER: Omit<ServerModel, 'acceptsPerS'> = {
  backlog: 512,
  overflow: 'drop',
  clientTimeoutMs: 10_000,
  // The kernel has shaken hands long before: that the client has left shows only when the work is done.
  abandonedCost: 1,
  refusedCost: 0,
  path: 'network',
  synAgainMs: synTimesMs(4),
  requestAgainMs: Array.from({ length: REQUEST_RETRIES }, (_, i) => REQUEST_GAP_MS * 2 ** i),
  maxOrphans: null,
};
