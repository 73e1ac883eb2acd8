/**
 * What a node counts of the way from a room's message to its members.
 */

/** Messages of a priority, one by one for each member. */
interface PriorityCounters {
  sent: number;
  /** Left out, since what was waiting for the member already was too much. */
  dropped: number;
}

export interface DeliveryCounters {
  low: PriorityCounters;
  high: PriorityCounters;
  /**
   * Of the dropped ones: those of which the member was never told, since its connection ended before. Once it is
   * back, the history gives it what it missed.
   */
  withdrawn: number;
  /** Members that were closed with 1013, since they did not read. */
  closedSlow: number;
  /** Most that was waiting for one member. */
  peakBufferedBytes: number;
  /** What may wait for a member before it is hopeless, and what is kept of all rooms beside it. */
  maxBufferedBytes: number;
  historyBytes: number;
  /** Messages of rooms that the receiver is no member of, one by one for each connection. */
  unwanted: number;
  batch: BatchCounters;
}

/** Messages that left together. One that is alone in its batch is counted as any other. */
interface BatchCounters {
  /** Batches, each made once for all whom it is sent to, and those of them that were full before their time. */
  batches: number;
  full: number;
  /** Messages in them, each once, and for how long they waited. */
  messages: number;
  waitedMs: number;
  maxWaitedMs: number;
  /** Both for each connection: frames that were sent, and messages in them. */
  frames: number;
  copies: number;
}

export function createDeliveryCounters(): DeliveryCounters {
  return {
    low: { sent: 0, dropped: 0 },
    high: { sent: 0, dropped: 0 },
    withdrawn: 0,
    closedSlow: 0,
    peakBufferedBytes: 0,
    maxBufferedBytes: 0,
    historyBytes: 0,
    unwanted: 0,
    batch: { batches: 0, full: 0, messages: 0, waitedMs: 0, maxWaitedMs: 0, frames: 0, copies: 0 },
  };
}
