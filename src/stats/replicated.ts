/**
 * Which numbers of one stream came more than once, as ranges in ascending order: a stream that is delivered twice, or
 * replayed as a whole, is one range.
 */

/**
 * Ranges that are kept of one stream. The lowest is given up beyond that, and a third copy of what was in it counts as
 * a second one.
 */
export const MAX_RANGES = 64;

export interface Range {
  from: number;
  to: number;
}

/** Takes note of a further copy. True if it is the second one, false if there have been more. */
export function addCopy(ranges: Range[], seq: number): boolean {
  const at = ranges.findLastIndex((range) => range.from <= seq);
  const below = ranges[at];
  const above = ranges[at + 1];
  if (below !== undefined && seq <= below.to) return false;
  const joinsBelow = below?.to === seq - 1;
  const joinsAbove = above?.from === seq + 1;
  if (joinsBelow && joinsAbove) {
    below.to = above.to;
    ranges.splice(at + 1, 1);
  } else if (joinsBelow) below.to = seq;
  else if (joinsAbove) above.from = seq;
  else ranges.splice(at + 1, 0, { from: seq, to: seq });
  if (ranges.length > MAX_RANGES) ranges.shift();
  return true;
}
