/**
 * What batches cost and save where messages come at random (a Poisson process of rate λ), for a batch that waits for B:
 *
 *     tick    frames/s = (1 − e^(−λB)) / B      a tick has a frame if anything came since the last one;
 *             delay    = B / 2                  a message comes anywhere between two ticks
 *     first   frames/s = 1 / (B + 1/λ)          a batch lasts for B, and then the next message is waited for;
 *             delay    = (B + λB · B/2) / (1 + λB)      the first waits for B, the λB that follow for half of it
 */

import type { ServicePlan } from '../model/plan.ts';

type BatchPlan = NonNullable<ServicePlan['batch']>;

/** @param ratePerS messages of a member, above 0 */
export function expectedOfBatches(
  { timer, intervalMs }: Pick<BatchPlan, 'timer' | 'intervalMs'>,
  ratePerS: number,
): { framesPerS: number; delayMs: number } {
  const intervalS = intervalMs / 1000;
  const perInterval = ratePerS * intervalS;
  if (timer === 'tick') {
    return { framesPerS: (1 - Math.exp(-perInterval)) / intervalS, delayMs: intervalMs / 2 };
  }
  return {
    framesPerS: 1 / (intervalS + 1 / ratePerS),
    delayMs: (intervalMs + (perInterval * intervalMs) / 2) / (1 + perInterval),
  };
}
