/**
 * What comes of comparing two sides, and what is kept of comparing a side with itself.
 */

import { z } from 'zod';
import { planSchema } from './plan.ts';
import { type RunRecord, recordSchema, type Verdict } from './record.ts';

type Status = Verdict['status'];

/** One metric of both sides. Ratios are changes from base to head: 0.1 is a tenth more. */
export interface ComparedMetric {
  metric: string;
  unit: string | null;
  better: 'lower' | 'higher';
  /** One value for each run that counts; of pairs, those of a pair stand at the same place. */
  base: number[];
  head: number[];
  baseMedian: number | null;
  headMedian: number | null;
  shiftRatio: number | null;
  /** Ends of the interval, at `confidence`; null: open. */
  lowRatio: number | null;
  highRatio: number | null;
  confidence: number | null;
  /** Two-sided, before it was held against the others. */
  p: number | null;
  /** How far the same server was apart from itself; null: nobody measured it. */
  noiseRatio: number | null;
  /** What a change has to exceed. */
  limitRatio: number;
  /** The smallest change that would have been found four times of five. */
  detectableRatio: number | null;
  /** What is certain, and larger than the limit. */
  change: 'worse' | 'better' | null;
  /** Passed only where a change for the worse beyond the limit is ruled out. */
  status: Status;
  /** Why it could not be compared. */
  reason: string | null;
}

export interface Comparison {
  status: Status;
  /** Pairs of runs that were made one after the other, or two sets of runs. */
  design: 'pairs' | 'samples';
  base: string;
  head: string;
  /** When head's first run began; null: no run counts. */
  startedAt: string | null;
  /** Runs that do not count, and why. */
  discarded: string[];
  /** What a reader has to know before they believe it. */
  warnings: string[];
  metrics: ComparedMetric[];
}

/** What records come to, judged again. */
export interface GateResult {
  status: Status;
  /** Each with the verdict that it has now. */
  judged: { file: string; record: RunRecord }[];
  /** Null where there was nothing to compare with. */
  comparison: Comparison | null;
}

/** What it takes to tell whether two runs can be compared. */
const circumstancesSchema = z.object({
  host: recordSchema.shape.host,
  scenario: planSchema,
});

/** The same server compared with itself, many times: what the very setup takes for a change. */
export const noiseSchema = circumstancesSchema.extend({
  kind: z.literal('wsscale-noise'),
  measuredAt: z.string(),
  pairs: z.int(),
  /** That could have raised an alarm, and those in which too few runs counted for that. */
  comparisons: z.int(),
  vain: z.int(),
  /** Comparisons that would have failed a build. */
  alarms: z.int(),
  /** Comparisons that found it better than itself. */
  improvements: z.int(),
  inconclusive: z.int(),
  status: z.enum(['pass', 'fail', 'inconclusive']),
  metrics: z.array(
    z.object({
      metric: z.string(),
      /** 95 of 100 comparisons were no farther apart. */
      noiseRatio: z.number(),
      shiftRatios: z.array(z.number()),
    }),
  ),
});

export type Circumstances = z.infer<typeof circumstancesSchema>;
export type Noise = z.infer<typeof noiseSchema>;
