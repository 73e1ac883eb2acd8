/**
 * Order, duplicates and gaps of many numbered streams at once, as RFC 4737 defines them, in one pass and bounded
 * memory: two integers a stream, and a list of gaps for those few streams that have any.
 *
 * - A message is in order if its number is at least the next expected one; otherwise it is *reordered*, or a
 *   duplicate if it was seen before (duplicates are removed first, RFC 4737 section 3.3).
 * - The *extent* of a reordered message is the number of arrivals back to the first one with a higher number
 *   (section 4.2.1). That first one is the arrival that opened the gap, so each gap remembers when it was opened.
 * - The *buffer depth* that a message needs is how many later ones a receiver would have held back when it came.
 *
 *     arrivals      1 2 3 5 6 7 8 4          gap {from 4, to 4, opened at arrival 4};
 *     arrival no.   1 2 3 4 5 6 7 8          4 comes as arrival 8: extent 8 − 4 = 4, depth 4
 */

/** Gaps that are kept of one stream. The lowest is given up beyond that; what still comes of it is a duplicate. */
export const MAX_GAPS = 1024;

interface Gap {
  from: number;
  to: number;
  /** Number of the arrival that jumped over it. */
  openedAt: number;
}

/** What the streams of a table have shown so far. */
export interface OrderingTotals {
  received: number;
  duplicates: number;
  reordered: number;
  maxExtent: number;
  maxBufferDepth: number;
}

export interface StreamTable {
  /** The number with which each stream began. */
  first: Uint32Array;
  /** The next expected number of each stream; numbers begin at 1. */
  nextExpected: Uint32Array;
  /** Arrivals of each stream, duplicates not counted. */
  arrivals: Uint32Array;
  gaps: Map<number, Gap[]>;
  totals: OrderingTotals;
}

/** What one arrival was. */
export type Arrival = 'in-order' | 'gap' | 'reordered' | 'duplicate';

export function createStreams(streams: number): StreamTable {
  return {
    first: new Uint32Array(streams).fill(1),
    nextExpected: new Uint32Array(streams).fill(1),
    arrivals: new Uint32Array(streams),
    gaps: new Map(),
    totals: { received: 0, duplicates: 0, reordered: 0, maxExtent: 0, maxBufferDepth: 0 },
  };
}

/** Takes note of one arrival. */
export function receive(table: StreamTable, stream: number, seq: number): Arrival {
  const expected = table.nextExpected[stream];
  if (seq >= expected) {
    table.nextExpected[stream] = seq + 1;
    table.arrivals[stream]++;
    table.totals.received++;
    if (seq === expected) return 'in-order';
    openGap(table, stream, { from: expected, to: seq - 1, openedAt: table.arrivals[stream] });
    return 'gap';
  }
  return receiveLate(table, stream, seq);
}

/** Numbers of the stream that were jumped over and have not come since. */
export function missingOf(table: StreamTable, stream: number): number {
  return table.nextExpected[stream] - table.first[stream] - table.arrivals[stream];
}

/** Ends the stream's epoch and begins another with the number `first`. Returns how many of the old one arrived. */
export function resetStream(table: StreamTable, stream: number, first = 1): number {
  const arrived = table.arrivals[stream];
  table.first[stream] = first;
  table.nextExpected[stream] = first;
  table.arrivals[stream] = 0;
  table.gaps.delete(stream);
  return arrived;
}

function openGap(table: StreamTable, stream: number, gap: Gap): void {
  const gaps = table.gaps.get(stream);
  if (gaps === undefined) {
    table.gaps.set(stream, [gap]);
    return;
  }
  gaps.push(gap);
  if (gaps.length > MAX_GAPS) gaps.shift();
}

function receiveLate(table: StreamTable, stream: number, seq: number): Arrival {
  const gaps = table.gaps.get(stream) ?? [];
  const at = gaps.findIndex((gap) => gap.from <= seq && seq <= gap.to);
  if (at < 0) {
    table.totals.duplicates++;
    return 'duplicate';
  }
  const gap = gaps[at];
  const totals = table.totals;
  const arrival = ++table.arrivals[stream];
  totals.received++;
  totals.reordered++;
  totals.maxExtent = Math.max(totals.maxExtent, arrival - gap.openedAt);
  totals.maxBufferDepth = Math.max(
    totals.maxBufferDepth,
    arrivedAbove(table.nextExpected[stream], gaps, at, seq),
  );

  const rest: Gap[] = [];
  if (gap.from < seq) rest.push({ ...gap, to: seq - 1 });
  if (seq < gap.to) rest.push({ ...gap, from: seq + 1 });
  gaps.splice(at, 1, ...rest);
  if (gaps.length === 0) table.gaps.delete(stream);
  if (gaps.length > MAX_GAPS) gaps.shift();
  return 'reordered';
}

/** How many numbers above `seq` have arrived: those below the next expected one, less the gaps among them. */
function arrivedAbove(nextExpected: number, gaps: Gap[], at: number, seq: number): number {
  let arrived = nextExpected - 1 - seq - (gaps[at].to - seq);
  for (const later of gaps.slice(at + 1)) arrived -= later.to - later.from + 1;
  return arrived;
}
