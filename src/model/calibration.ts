/**
 * What a machine's generator can do when there is no server's work to wait for: measured by `wsscale doctor
 * --calibrate`, kept for the user, and held against what later runs ask of it.
 */

import { z } from 'zod';

const perS = z.number().nonnegative();
const ms = z.number().nonnegative();

export const calibrationSchema = z.object({
  measuredAt: z.string(),
  /** It holds for the same processor, Node and wsscale only. */
  machine: z.object({ cpuModel: z.string(), cores: z.int(), node: z.string(), wsscale: z.string() }),
  /** Most that one worker sends, each message on time and answered. */
  messagesPerS: perS,
  /** Connects that one worker makes. */
  connectsPerS: perS,
  /** Cores that other programs used meanwhile: with them it is less than the machine can do. Null if not told. */
  otherCpuRatio: z.number().nonnegative().nullable(),
  /** What of a time is the generator's own, measured at a light load. */
  floor: z.object({
    messagesPerS: perS,
    latenessP50Ms: ms,
    latenessP99Ms: ms,
    serviceP50Ms: ms,
    serviceP99Ms: ms,
  }),
});

/** How much of what was calibrated a phase has used. */
export const calibrationUseSchema = z.object({
  measuredAt: z.string(),
  /** What the phase's workers can send together. */
  messagesPerS: perS,
  /** Sent, or received where that was more, of that; null where no message was sent in a whole second. */
  usedRatio: z.number().nonnegative().nullable(),
  connectsPerS: perS,
  latenessP99Ms: ms,
  serviceP99Ms: ms,
});

export type Calibration = z.infer<typeof calibrationSchema>;
export type CalibrationUse = z.infer<typeof calibrationUseSchema>;
