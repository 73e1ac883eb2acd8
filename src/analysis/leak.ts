/**
 * Does a process keep what its connections used? It is judged on the ends of soak cycles, when all connections of the
 * cycle are closed again and what was left behind has settled: at the same point of each cycle, so that load is not
 * taken for a leak.
 *
 * The first two cycles are the warm-up. What a process opens or fills once, be it a log file, a pool or compiled code,
 * it does there, so growth counts from their end and not from the cold start.
 *
 *     cold baseline   end 1   end 2 │ end 3   end 4   …   end n
 *                     warm-up       │ judged
 */

import type { LeakJudgement, SoakCycle, SoakedProcess } from '../model/leak.ts';
import { mannKendall, theilSen } from '../stats/trend.ts';

type DescriptorJudgement = LeakJudgement['descriptors'];
type MemoryJudgement = LeakJudgement['memory'];

const WARM_UP_CYCLES = 2;
const MIN_CYCLES = 10;
/** A descriptor that is still open at so many ends in a row was not just late to be closed. */
const PERSISTENT_ENDS = 3;
const MAX_P = 0.01;

/**
 * Half of the leak that has to be found, 100 B, and several times the 10 to 14 B that a server without any was measured to
 * gain per connection over ten cycles of a thousand, as its code warmed up.
 */
const TOLERANCE_BYTES = 50;

/**
 * Code goes on warming up after the first two cycles, by how often it runs and not by connections: 120 to 260 kB in all
 * were measured. Over few connections that is much for each, and would look like a leak.
 */
const WARMING_BYTES = 384 * 1024;

/** Judges a process by at least ten cycles; of fewer, nothing is known. */
export function judgeLeak(process: SoakedProcess): LeakJudgement {
  const { baseline: cold, cycles, memoryIs } = process;
  if (cycles.length < MIN_CYCLES) return { ...NOTHING_KNOWN, cyclesDropped: cycles.length };
  const warm = cycles[WARM_UP_CYCLES - 1];
  const judged = cycles.slice(WARM_UP_CYCLES);
  return {
    descriptors: judgeDescriptors(judged, warm.openDescriptors),
    memory: judgeMemory(judged, memoryIs),
    warmUp: {
      openDescriptors: growth(cold.openDescriptors, warm.openDescriptors),
      memoryBytes: growth(cold.memoryBytes, warm.memoryBytes),
    },
    cyclesJudged: judged.length,
    cyclesDropped: WARM_UP_CYCLES,
  };
}

const UNKNOWN_DESCRIPTORS: DescriptorJudgement = {
  verdict: 'unknown',
  perConnection: null,
  perCycle: null,
  baseline: null,
  last: null,
};

const UNKNOWN_MEMORY: MemoryJudgement = {
  verdict: 'unknown',
  bytesPerConnection: null,
  interval: null,
  p: null,
  smallestDetectableBytesPerConnection: null,
};

const NOTHING_KNOWN: LeakJudgement = {
  descriptors: UNKNOWN_DESCRIPTORS,
  memory: UNKNOWN_MEMORY,
  warmUp: { openDescriptors: null, memoryBytes: null },
  cyclesJudged: 0,
  cyclesDropped: 0,
};

/**
 * Descriptors are counted, not estimated, so a single one that does not go away again is a leak. One that is late, or
 * that a pool opens for a while, does.
 */
function judgeDescriptors(judged: SoakCycle[], baseline: number | null): DescriptorJudgement {
  const ends = judged.slice(-PERSISTENT_ENDS).map(({ openDescriptors }) => openDescriptors);
  const last = ends[PERSISTENT_ENDS - 1];
  if (baseline === null || last === null) return { ...UNKNOWN_DESCRIPTORS, baseline, last };
  const kept = last - baseline;
  const connections = totalConnections(judged);
  const persists = ends.every((end) => end !== null && end > baseline);
  return {
    verdict: persists ? 'leak' : kept > 0 ? 'unknown' : 'steady',
    perConnection: connections === 0 ? null : kept / connections,
    perCycle: kept / judged.length,
    baseline,
    last,
  };
}

/**
 * Memory is noisy, so it leaks if it has a trend that is not chance and the slope's interval lies above the tolerance.
 * The slope is taken over the connections so far, which is bytes per cycle by connections per cycle, and stays right
 * where cycles differ.
 *
 * Growth that ends, as that of a cache, is no leak by this: of the 28 pair slopes of eight ends the interval begins at
 * the sixth smallest, and the last four ends, where nothing grows any more, make six pairs.
 */
function judgeMemory(judged: SoakCycle[], memoryIs: SoakedProcess['memoryIs']): MemoryJudgement {
  const { bytes, connections } = seenMemory(judged);
  if (bytes.length < MIN_CYCLES - WARM_UP_CYCLES) return UNKNOWN_MEMORY;
  const { p } = mannKendall(bytes);
  const { slope, low, high } = theilSen(bytes, connections);
  const mayBeElse =
    memoryIs === 'rss'
      ? doublingBytes(bytes, connections)
      : WARMING_BYTES / connections[connections.length - 1];
  const noLeakUpTo = Math.max(TOLERANCE_BYTES, mayBeElse);
  const leaks = p < MAX_P && low > noLeakUpTo;
  return {
    verdict: leaks ? 'leak' : high <= TOLERANCE_BYTES ? 'steady' : 'inconclusive',
    bytesPerConnection: slope,
    interval: [low, high],
    p,
    // The estimate is half an interval too small at the worst, and its lower end is another half below it.
    smallestDetectableBytesPerConnection: noLeakUpTo + high - low,
  };
}

/** Memory at the ends where it was seen, and the connections up to there; a cycle without any tells nothing. */
function seenMemory(judged: SoakCycle[]): { bytes: number[]; connections: number[] } {
  const bytes: number[] = [];
  const connections: number[] = [];
  for (const [i, cycle] of judged.entries()) {
    if (cycle.memoryBytes === null || cycle.connections === 0) continue;
    bytes.push(cycle.memoryBytes);
    connections.push(totalConnections(judged.slice(0, i + 1)));
  }
  return { bytes, connections };
}

/**
 * Bytes per connection by which memory doubles while it is judged. Up to there growth may be garbage: a server on Node.js
 * without a leak was measured to climb by 10 kB per connection over fourteen cycles, as steadily as any leak, and Go
 * by default lets its heap double before it collects. No statistics tell such growth from a leak.
 */
function doublingBytes(bytes: number[], connections: number[]): number {
  return bytes[0] / (connections[connections.length - 1] - connections[0]);
}

function totalConnections(cycles: SoakCycle[]): number {
  return cycles.reduce((sum, { connections }) => sum + connections, 0);
}

function growth(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : to - from;
}
