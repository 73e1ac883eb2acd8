/**
 * What is missing of one stream: the ranges of numbers that were jumped over and have not come, in ascending order.
 * RFC 4737, section 6: with the next expected number, they are all it takes to tell late arrivals from duplicates.
 *
 * What the definitions want to know of earlier arrivals is kept here, too, as numbers of arrivals: 1 is the stream's
 * first, and duplicates are not counted.
 *
 * - `openedAt`: the first arrival above a missing number is the one that jumped over it. It is the *discontinuity* of
 *   whatever fills the gap (section 4.5.3), and the extent is counted from it.
 * - `belowAt`: all arrivals since that one are from above, for a number from within would have split the gap. How many
 *   they are is the n of n-reordering (section 5.3), exactly, for all gaps that are kept.
 * - `previousAt`: the distance between discontinuities is counted back to the last one that is known by then (4.5.4).
 */

/** Gaps that are kept of one stream. The lowest is given up beyond that; what still comes of it is a duplicate. */
export const MAX_GAPS = 1024;

export interface Gap {
  from: number;
  to: number;
  /** The arrival that jumped over it. */
  openedAt: number;
  /** When that was, in ms. NaN if arrivals have no times. */
  openedMs: number;
  /** The last arrival from below the gap. */
  belowAt: number;
  /** The last known discontinuity before this one, 0 if there is none, or `COUNTED`. */
  previousAt: number;
}

/** Something has filled the gap before, so its discontinuity is known. */
export const COUNTED = -1;

/** Adds the gap above all others. */
export function openGap(gaps: Gap[], gap: Gap): void {
  gaps.push(gap);
  if (gaps.length > MAX_GAPS) gaps.shift();
}

/** Index of the gap that has this number, or -1. */
export function findGap(gaps: Gap[], seq: number): number {
  const at = gaps.findLastIndex((gap) => gap.from <= seq);
  return at >= 0 && seq <= gaps[at].to ? at : -1;
}

/** Takes a number out of the gap that has it, as the stream's given arrival. The gaps above it take note. */
export function fillGap(gaps: Gap[], at: number, seq: number, arrival: number): void {
  const gap = gaps[at];
  const { from, to, openedAt } = gap;
  gap.previousAt = COUNTED;
  if (from === to) gaps.splice(at, 1);
  else if (seq === from) gap.from++;
  else if (seq === to) gap.to--;
  else {
    gap.to = seq - 1;
    gaps.splice(at + 1, 0, { ...gap, from: seq + 1, to });
  }
  for (let i = gaps.length - 1; i >= at && gaps[i].from > seq; i--) {
    const above = gaps[i];
    above.belowAt = arrival;
    if (above.previousAt !== COUNTED) above.previousAt = Math.max(above.previousAt, openedAt);
  }
  if (gaps.length > MAX_GAPS) gaps.shift();
}

/** How many numbers above the gap have arrived: those below the next expected one, less the gaps among them. */
export function arrivedAbove(gaps: Gap[], at: number, nextExpected: number): number {
  let arrived = nextExpected - 1 - gaps[at].to;
  for (let i = at + 1; i < gaps.length; i++) arrived -= gaps[i].to - gaps[i].from + 1;
  return arrived;
}
