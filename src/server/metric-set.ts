/**
 * The metrics of one process, whatever it is. Nothing here is touched when a message passes: the counts are read when
 * somebody asks.
 */

import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import type { Distribution } from './counts.ts';
import type { Labels } from './pages.ts';

/** A registry, and how something is put into it. */
export interface MetricSet {
  registry: Registry;
  gauge(name: string, help: string, read: () => number): void;
  counter(name: string, help: string, read: () => number): void;
  /** Several of one name, told apart by a label. */
  countersBy(label: string, name: string, help: string, read: () => Readonly<Record<string, number>>): void;
  gaugesBy(label: string, name: string, help: string, read: () => Readonly<Record<string, number>>): void;
  histogram(name: string, help: string, source: Distribution, unitsPerS?: number): void;
}

/** A registry of its own, so that two processes' parts in one process do not share one. */
export function createMetricSet(labels: Labels): MetricSet {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  return {
    registry,
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    counter(name, help, read) {
      new Counter({
        name,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
    countersBy(label, name, help, read) {
      new Counter({
        name,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          this.reset();
          for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
        },
      });
    },
    gaugesBy(label, name, help, read) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          for (const [value, number] of Object.entries(read())) this.set({ [label]: value }, number);
        },
      });
    },
    /**
     * prom-client's own histogram can only be filled value by value. Its registry needs no more of a metric than a
     * name and a `get`, so ours gives the counts as they are.
     */
    histogram(name, help, source, unitsPerS = 1) {
      const get = () => ({ name, help, type: 'histogram', values: histogramValues(name, source, unitsPerS) });
      registry.registerMetric({ name, get } as unknown as Metric);
    },
  };
}

/** The lines of a histogram: its buckets, each with all that are smaller, then sum and count. */
function histogramValues(name: string, source: Distribution, unitsPerS: number) {
  const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
  let count = 0;
  for (const [i, inBucket] of source.counts.entries()) {
    count += inBucket;
    const le = i < source.endsS.length ? source.endsS[i] * unitsPerS : '+Inf';
    values.push({ metricName: `${name}_bucket`, labels: { le }, value: count });
  }
  values.push({ metricName: `${name}_sum`, labels: {}, value: source.sumS * unitsPerS });
  values.push({ metricName: `${name}_count`, labels: {}, value: count });
  return values;
}
