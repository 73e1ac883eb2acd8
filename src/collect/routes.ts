/**
 * How messages from user to user found their way: latencies by pair of regions from the clients, and what the nodes
 * counted.
 */

import type { PhasePlan } from '../model/plan.ts';
import type { Routes } from '../model/routes.ts';
import { addCounts, createHistogram, type Histogram, totalCount } from '../stats/histogram.ts';
import { summarize } from '../stats/summary.ts';
import type { Counters, Interval } from '../swarm/messages.ts';
import { isNode, type ProcessSample } from '../topology/sample.ts';

export interface RouteTally {
  /** @param measured whether its latencies are the phase's */
  add(routes: Interval['routes'], measured: boolean): void;
  /** Messages that each storm took, as far as that was told by all workers together. */
  readonly lost: readonly number[];
  /** @param samples the last ones of all nodes that ever were */
  close(plan: PhasePlan, counters: Counters, samples: readonly ProcessSample[]): Routes;
}

const NO_ROUTES: Routes = { pairs: null, moves: null, convergenceMs: null, messages: null };

export function createRouteTally(): RouteTally {
  /** By the numbers of the regions. */
  const pairs = new Map<string, Histogram>();
  const late = createHistogram();
  const lost: number[] = [];

  return {
    lost,
    add(routes, measured) {
      if (routes === null) return;
      for (const [storm, messages] of routes.lost.entries()) lost[storm] = (lost[storm] ?? 0) + messages;
      if (!measured) return;
      addCounts(late, routes.late);
      for (const { from, to, latencies } of routes.pairs) {
        const key = keyOf(from, to);
        const known = pairs.get(key) ?? createHistogram();
        pairs.set(key, known);
        addCounts(known, latencies);
      }
    },
    close({ topology, messages }, counters, samples) {
      if (topology.kind !== 'regions' || messages.mode !== 'direct') return NO_ROUTES;
      const { regions, wan } = topology;
      const nodes = samples.flatMap((sample) => (isNode(sample) ? (sample.direct ?? []) : []));
      const total = (of: (node: (typeof nodes)[number]) => number) =>
        nodes.reduce((sum, node) => sum + of(node), 0);
      const convergence = createHistogram();
      for (const node of nodes) addCounts(convergence, node.convergence);
      return {
        pairs: regions.flatMap((from, i) =>
          regions.map((to, j) => {
            const floorMs = wan.rttMs[i][j] / 2;
            const latencyMs = summarize(pairs.get(keyOf(i, j)) ?? createHistogram());
            const aboveFloorMs = latencyMs.p50 === null ? null : latencyMs.p50 - floorMs;
            return { from, to, floorMs, latencyMs, aboveFloorMs };
          }),
        ),
        moves: {
          moved: counters.moved,
          misrouted: total(({ misrouted }) => misrouted),
          late: totalCount(late),
          lateMs: summarize(late),
          lost: Math.max(0, counters.missing),
        },
        convergenceMs: summarize(convergence),
        messages: {
          accepted: total(({ accepted }) => accepted),
          delivered: total(({ delivered }) => delivered),
          held: total(({ held }) => held),
          early: total(({ early }) => early),
          copies: total(({ copies }) => copies),
          stale: total(({ stale }) => stale),
          rerouted: total(({ rerouted }) => rerouted),
          expired: total(({ expired }) => expired),
          unknown: total(({ unknown }) => unknown),
          refused: total(({ refused }) => refused),
          dropped: total(({ dropped }) => dropped),
          handovers: total(({ handovers }) => handovers),
          missedHandovers: total(({ missedHandovers }) => missedHandovers),
        },
      };
    },
  };
}

function keyOf(from: number, to: number): string {
  return `${from} ${to}`;
}
