/**
 * What a node answers of what it is asked for, by the Universal Scalability Law. Its N is the load here, in multiples of
 * the least that was measured.
 */

import type { Phase } from '../model/record.ts';
import type { Point } from '../stats/least-squares.ts';
import { fitScaling, MIN_POINTS, type Scaling } from './usl.ts';

export interface Throughput {
  /** Of a node: messages a second that it was asked for, and those that it answered. */
  points: (Point & { phase: string })[];
  at(askedPerS: number): { y: number; low: number; high: number };
  /** In messages/s of a node. */
  knee: { x: number; y: number };
  peak: { x: number; y: number } | null;
  from: string[];
}

const PROBABILITY = 0.9;
/** A knee that is farther from what was measured is a guess of the noise. */
const MOST_BEYOND = 2;

/**
 * By the trials of the searches for a highest rate.
 * @returns null where fewer than six loads were tried, or none of them was too high: what no load has bent says
 * nothing of where it would
 */
export function throughputOf(phases: readonly Phase[]): Throughput | null {
  const points = phases.flatMap(({ name, topology, rateCeiling }) =>
    (rateCeiling?.steps ?? []).flatMap(({ messagesPerS, answeredPerS, valid }) => {
      const nodes = Math.max(1, topology.nodes);
      return answeredPerS === null || answeredPerS <= 0 || !valid
        ? []
        : [{ x: messagesPerS / nodes, y: answeredPerS / nodes, phase: name }];
    }),
  );
  if (new Set(points.map(({ x }) => x)).size < MIN_POINTS) return null;
  const least = Math.min(...points.map(({ x }) => x));
  const scaling = fitScaling(points.map(({ x, y }) => ({ x: x / least, y })));
  const { fit, knee, peak } = scaling;
  const inMessages = (at: Scaling['knee']) => at && { x: at.n * least, y: at.throughput };
  const most = Math.max(...points.map(({ x }) => x));
  const bend = inMessages(knee);
  if (bend === null || bend.x > MOST_BEYOND * most) return null;
  return {
    points,
    knee: bend,
    peak: inMessages(peak),
    from: [...new Set(points.map(({ phase }) => phase))],
    at(askedPerS) {
      const { value, halfWidth } = fit.predict(askedPerS / least, PROBABILITY);
      return { y: value, low: Math.max(0, value - halfWidth), high: value + halfWidth };
    },
  };
}
