import type { Random } from '../../base/random.ts';

/** Each call returns when the next message is due, in ms from the flow's start; Infinity: no more. */
export type Pacer = () => number;

/** What a pacer is made from. */
export interface PacerOptions {
  /** Messages per second of this flow. */
  ratePerS: number;
  /** When a flow of constant gaps begins, in ms from its start. */
  offsetMs: number;
}

/** A kind of arrivals: makes the function that schedules them. `ratePerS` is above 0. */
export type PacerPolicy = (options: PacerOptions, random: Random) => Pacer;
