/**
 * What is kept of a distribution of latencies.
 */

import { z } from 'zod';

const number = z.number().nullable();

/** Latencies in milliseconds; `histogram` is an HdrHistogram V2 string in microseconds. Empty: count 0, else null. */
export const summarySchema = z.object({
  count: z.int().nonnegative(),
  min: number,
  mean: number,
  stddev: number,
  p50: number,
  p75: number,
  p90: number,
  p95: number,
  p99: number,
  p999: number,
  max: number,
  histogram: z.string().nullable(),
});

export type Summary = z.infer<typeof summarySchema>;
