/**
 * What is worth following from run to run: the few numbers of a record that dashboards and benchmark services are given.
 */

import { needsValidGenerator } from '../gate/evaluate.ts';
import { type Metric, readMetrics } from '../gate/metrics.ts';
import { samplesAt } from '../gate/samples.ts';
import type { FieldUnit } from '../gate/units.ts';
import type { Phase, RunRecord } from '../model/record.ts';

export interface Figure {
  phase: string;
  /** As in a rule: `latency.responseMs.p99`. */
  path: FollowedPath;
  value: number;
  unit: FieldUnit;
  better: Metric['better'];
}

const FOLLOWED = [
  'latency.responseMs.p50',
  'latency.responseMs.p99',
  'latency.responseMs.p999',
  'latency.oneWayMs.p50',
  'latency.oneWayMs.p99',
  'connect.latencyMs.p99',
  'ceiling.connections',
  'rateCeiling.messagesPerS',
  'clients.peak',
  'fanout.reachRatio',
  'ordering.missing',
  'ordering.reordered',
  'roomOrdering.missing',
  'herds.t99Ms',
  'herds.lost',
  'server.cpuS',
  'server.rssBytes',
  'server.bytesPerConnection',
] as const;

export type FollowedPath = (typeof FOLLOWED)[number];

/**
 * The figures of a record. What was not measured is left out, and so are times and capacities that are the generator's;
 * of a run that was cut short, all of them, since they would be a step in every curve.
 */
export function figuresOf({ run, phases }: RunRecord): Figure[] {
  if (run.interrupted) return [];
  return phases.flatMap((phase) =>
    metricsOf(phase).flatMap((metric) => {
      const value = figureOf(phase, metric);
      if (value === null) return [];
      const { path, field, better } = metric;
      return [{ phase: phase.name, path: path.join('.') as FollowedPath, value, unit: field.unit, better }];
    }),
  );
}

function metricsOf({ name }: Phase): Metric[] {
  return readMetrics(
    FOLLOWED.map((path) => `*.${path}`),
    [name],
  );
}

/** Of a list, like the herds, the worst element. */
function figureOf(phase: Phase, metric: Metric): number | null {
  if (!phase.generator.valid && needsValidGenerator(metric)) return null;
  const samples = samplesAt(phase, metric.path);
  const values = samples.map(({ value }) => value);
  // A ceiling that was not found is a lower bound.
  const isKnown = samples.every(({ value, owner }) => value !== null && owner.found !== false);
  if (values.length === 0 || !isKnown) return null;
  return (metric.better === 'lower' ? Math.max : Math.min)(...(values as number[]));
}
