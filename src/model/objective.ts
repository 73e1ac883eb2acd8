/**
 * The service objective of a search: what a level must keep to count as one that holds.
 */

import { z } from 'zod';

const ratio = z.number().min(0).max(1);

export const objectiveSchema = z.object({
  /** More of the connects must not fail. */
  connectFailureRatio: ratio,
  connectP99Ms: z.number().positive(),
  /** Null: response times are not looked at. */
  responseP99Ms: z.number().positive().nullable(),
  /** More of the messages must not be lost. Null: no messages flow while connections are searched for. */
  lossRatio: ratio.nullable(),
});

export type Objective = z.infer<typeof objectiveSchema>;

/** What holds where nothing is said: connects alone are looked at. */
export const CONNECT_OBJECTIVE: Objective = {
  connectFailureRatio: 0.001,
  connectP99Ms: 1000,
  responseP99Ms: null,
  lossRatio: null,
};

/** What holds of messages where they are looked at, and nothing else is said of them. */
export const MESSAGE_OBJECTIVE = { responseP99Ms: 1000, lossRatio: 0 };

export const searchPlanSchema = z.object({
  /** A bracket of this width, as a share of its upper end, is narrow enough. */
  widthRatio: z.number().gt(0).lt(1),
  /** A level is tried for so long each time. */
  trialMs: z.number().positive(),
});

export type SearchPlan = z.infer<typeof searchPlanSchema>;

export const DEFAULT_SEARCH: SearchPlan = { widthRatio: 0.02, trialMs: 1000 };
