/**
 * The contract of a region's stream. Each node of the region has a lane of it, to which every node of all regions
 * appends, and which it alone reads. What was read is kept until it is acknowledged, and is read again by whoever
 * reads the lane next: so an entry comes at least once, and may come twice.
 */

/** What became of an entry. */
export type Append =
  | 'appended'
  /** The lane holds as much as it may. */
  | 'full'
  /** The stream could not be reached, or went before it confirmed: then the entry may have been appended. */
  | 'lost';

export interface StreamEvents {
  /**
   * The next entry of the lane that is read.
   *
   * @param body stays as it is
   * @param acknowledge to be called once, when whatever the entry is about has been done
   */
  onEntry(body: Buffer, acknowledge: () => void): void;
  onLost(): void;
  /** Found, for the first time or again. */
  onFound(): void;
}

/** A node's way to a stream. It is lost until it is found, and looked for again whenever it is lost. */
export interface Stream {
  /** Entries of one node come in the order in which they were appended, save those that had to be appended again. */
  append(lane: number, body: Buffer, told: (result: Append) => void): void;
  close(): Promise<void>;
}

/** Entries, and bytes, that a lane holds. */
export interface LaneLimits {
  entries: number;
  bytes: number;
}

export const LANE_LIMITS: LaneLimits = { entries: 100_000, bytes: 64 * 1024 * 1024 };
