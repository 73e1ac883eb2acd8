/**
 * When messages are due. A new kind of arrivals is a file here, a line in `PACERS`, and its name in the
 * model's `ARRIVAL_KINDS`.
 */

import type { Random } from '../../base/random.ts';
import type { MessagePlan } from '../../model/plan.ts';
import { constant } from './constant.ts';
import { poisson } from './poisson.ts';
import type { Pacer, PacerOptions, PacerPolicy } from './policy.ts';

export type { Pacer } from './policy.ts';

type Arrival = MessagePlan['arrival'];

const PACERS: Record<Arrival, PacerPolicy> = { constant, poisson };

/** A flow's pacer. At a rate of 0 nothing is ever due. */
export function createPacer(options: PacerOptions & { arrival: Arrival }, random: Random): Pacer {
  if (options.ratePerS === 0) return () => Number.POSITIVE_INFINITY;
  return PACERS[options.arrival](options, random);
}
