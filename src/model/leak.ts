/**
 * What a soak found: what each process of the server had in use at the settled end of each cycle, and what that says.
 */

import { z } from 'zod';

const count = z.int().nonnegative();
const number = z.number().nullable();

/** What a process has in use. Null is what nobody could see. */
const usage = {
  openDescriptors: count.nullable(),
  memoryBytes: number,
};

/** One cycle, with what was in use at its settled end. */
const soakCycleSchema = z.object({
  /** Connections that were opened and closed in the cycle. */
  connections: count,
  ...usage,
});

const soakedProcessSchema = z.object({
  role: z.string(),
  pid: z.int(),
  /**
   * `collected-heap`: heapUsed + external, after two garbage collections in a row were steady. `rss`: seen from
   * outside, with all that a collector may still take back.
   */
  memoryIs: z.enum(['collected-heap', 'rss']),
  /** Before the first cycle. */
  baseline: z.object(usage),
  cycles: z.array(soakCycleSchema),
});

const leakJudgementSchema = z.object({
  descriptors: z.object({
    /** Unknown also if the last end is above the warm-up's, but not those before it: another cycle would tell. */
    verdict: z.enum(['leak', 'steady', 'unknown']),
    perConnection: number,
    perCycle: number,
    /** At the end of the warm-up, which is what the later ends are held against. */
    baseline: number,
    last: number,
  }),
  memory: z.object({
    verdict: z.enum(['leak', 'steady', 'inconclusive', 'unknown']),
    bytesPerConnection: number,
    /** Of bytesPerConnection, 95 %. */
    interval: z.tuple([z.number(), z.number()]).nullable(),
    /** Of such a trend, or a clearer one, by chance. */
    p: number,
    /** A leak of this size would hardly have been missed. */
    smallestDetectableBytesPerConnection: number,
  }),
  /** What the warm-up took and kept, which is no leak. */
  warmUp: z.object({ openDescriptors: number, memoryBytes: number }),
  cyclesJudged: count,
  /** The warm-up; all, if they are too few to be judged. */
  cyclesDropped: count,
});

export const leakSchema = z.object({
  /** Cycles that came to their end. */
  cycles: count,
  /** Leaks that were found, of descriptors and of memory, in all processes; null if no process could be judged. */
  found: count.nullable(),
  processes: z.array(z.object({ ...soakedProcessSchema.shape, ...leakJudgementSchema.shape })),
});

export type SoakCycle = z.infer<typeof soakCycleSchema>;
export type Usage = Omit<SoakCycle, 'connections'>;
export type SoakedProcess = z.infer<typeof soakedProcessSchema>;
export type LeakJudgement = z.infer<typeof leakJudgementSchema>;
export type Leak = z.infer<typeof leakSchema>;
export type LeakProcess = Leak['processes'][number];

/** A process whose connections are closed, and whose descriptors and memory have come to rest, or were waited for. */
export type SettledProcess = Pick<SoakedProcess, 'role' | 'pid' | 'memoryIs'> & Usage;
