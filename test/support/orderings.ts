import { type OrderCounts, toOrdering } from '../../src/collect/ordering.ts';
import type { Ordering } from '../../src/model/record.ts';
import { createDisorderSum } from '../../src/stats/disorder-counts.ts';

const NOTHING: OrderCounts = {
  streams: 0,
  unique: 0,
  missing: 0,
  recovered: 0,
  duplicates: 0,
  reordered: 0,
  resets: 0,
};

/** Order of streams in which all is well; a test says what is not. */
export function orderly(said: Partial<Ordering> = {}): Ordering {
  return { ...toOrdering(NOTHING, { maxExtent: 0, maxBufferDepth: 0 }, createDisorderSum(), []), ...said };
}
