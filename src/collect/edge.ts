/**
 * Adds up what gateways and backends tell of themselves.
 */

import type { Edge } from '../model/edge.ts';
import { addCounts, createHistogram } from '../stats/histogram.ts';
import { summarize } from '../stats/summary.ts';
import { isNode, type ProcessSample } from '../topology/sample.ts';

type EventCounts = Edge['events'];

/**
 * Null where there is no edge that tells.
 *
 * @param samples the last of each process, the ended ones among them
 */
export function toEdge(samples: readonly ProcessSample[]): Edge | null {
  const gateways = samples.filter(isNode).flatMap(({ edge }) => edge ?? []);
  if (gateways.length === 0) return null;
  const backends = samples.filter(({ part }) => part === 'backend');
  const places = new Set(backends.map(({ role }) => role)).size;
  const latency = createHistogram();
  for (const gateway of gateways) addCounts(latency, gateway.latency);
  return {
    gateways: gateways.length,
    backends: places,
    events: sumOf(gateways.map(({ events }) => events)),
    answered: sumOf(gateways.map(({ answered }) => answered)),
    failed: sumOf(gateways.map(({ failed }) => failed)),
    retried: gateways.reduce((sum, { retried }) => sum + retried, 0),
    backendRestarts: backends.length - places,
    queuedPeak: Math.max(...gateways.map(({ queuedPeak }) => queuedPeak)),
    backendLatencyMs: summarize(latency),
  };
}

function sumOf(all: readonly EventCounts[]): EventCounts {
  const sum = { connect: 0, message: 0, disconnect: 0 };
  for (const { connect, message, disconnect } of all) {
    sum.connect += connect;
    sum.message += message;
    sum.disconnect += disconnect;
  }
  return sum;
}
