/**
 * What an edge did between its clients and its backends.
 */

import { formatCount } from '../base/units.ts';
import type { Edge } from '../model/edge.ts';
import type { Phase } from '../model/record.ts';
import { latency, type Quantity } from './quantity.ts';
import { NOT_MEASURED } from './value.ts';

/** Rows about events and backends; none where no phase has an edge that tells. */
export function edgeQuantities(phases: Phase[]): Quantity[] {
  if (phases.every(({ edge }) => edge === null)) return [];
  return [
    count('edge: events', ({ events }) => totalOf(events)),
    count('edge: failed', ({ failed }) => totalOf(failed)),
    count('edge: sent again', ({ retried }) => retried),
    count('edge: waiting', ({ queuedPeak }) => queuedPeak),
    count('backend restarts', ({ backendRestarts }) => backendRestarts),
    latency('backend p50', ({ edge }) => edge?.backendLatencyMs.p50 ?? null),
    latency('backend p99', ({ edge }) => edge?.backendLatencyMs.p99 ?? null),
  ];
}

/** What became of the messages, where a backend ended or some failed. */
export function edgeSentences({ edge }: Phase): string[] {
  if (edge === null) return [];
  const { events, failed, retried, backendRestarts } = edge;
  if (backendRestarts === 0 && totalOf(failed) === 0) return [];
  const restarts =
    backendRestarts === 0
      ? []
      : [
          `${formatCount(backendRestarts)} ${backendRestarts === 1 ? 'backend was' : 'backends were'} started anew.`,
        ];
  const outcome = `Of ${formatCount(totalOf(events))} events, ${formatCount(retried)} were sent again and ${formatCount(totalOf(failed))} failed.`;
  return [...restarts, outcome];
}

function totalOf({ connect, message, disconnect }: Edge['events']): number {
  return connect + message + disconnect;
}

function count(label: string, of: (edge: Edge) => number): Quantity {
  return { label, of: ({ edge }) => (edge === null ? NOT_MEASURED : formatCount(of(edge))) };
}
