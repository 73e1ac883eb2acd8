import type { SparseCounts } from '../../stats/histogram.ts';

/** What a node counts of direct messages. */
export interface DirectCounters {
  /** Messages that its clients asked it to send. */
  accepted: number;
  /** Messages that it handed to the sockets of their receivers. */
  delivered: number;
  /** Messages that came here for a user who had moved on, each time that they were sent after it. */
  misrouted: number;
  /** Messages that had to wait here for their receiver, each time. */
  held: number;
  /** Messages that came before an earlier one of the same sender, and were kept until that had come. */
  early: number;
  /** Messages that came again, and were passed over. */
  copies: number;
  /** Messages that came when a later one of their sender had been delivered, since the node that had them was lost. */
  stale: number;
  /** Messages on their way to a region that could not be reached any more, and that found another way. */
  rerouted: number;
  /** Messages for a user that was known and did not come back in time. */
  expired: number;
  /** Messages for a user that nobody knew, and whose sender was told so. */
  unknown: number;
  /** Messages that there was no room for, and whose sender was told so. */
  refused: number;
  /** Messages to a receiver that did not read what was already waiting for it. */
  dropped: number;
  /** Users that were handed over to another node. */
  handovers: number;
  /** Users whose node did not hand them over in time. */
  missedHandovers: number;
}

/** What a sample has of direct messages. */
export interface DirectSample extends DirectCounters {
  /** Users that are connected to the node. */
  users: number;
  /** How long it took until the last node knew where a user is: counts of a histogram. */
  convergence: SparseCounts;
}

export function createDirectCounters(): DirectCounters {
  return {
    ...{ accepted: 0, delivered: 0, misrouted: 0, held: 0, early: 0, copies: 0, stale: 0, rerouted: 0 },
    ...{ expired: 0, unknown: 0, refused: 0, dropped: 0, handovers: 0, missedHandovers: 0 },
  };
}
