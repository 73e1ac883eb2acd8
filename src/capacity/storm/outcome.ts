/** What a simulated storm comes to, in the terms of a herd that was measured (src/collect/herd.ts). */

import type { StormOutcome } from './simulate.ts';

/** When so large a share of the clients was back, in ms from the break; null: it never was. */
export function timeBackMs({ back, binMs, clients }: StormOutcome, share: number): number | null {
  const wanted = Math.ceil(clients * share - 1e-9);
  const bin = back.findIndex((count) => count >= wanted);
  return bin < 0 ? null : (bin + 1) * binMs;
}

/** Tries for each client that is back. */
export function amplificationOf({ tries, back }: StormOutcome): number {
  return tries / Math.max(1, back.at(-1) ?? 0);
}

/** Most tries in any second, wherever it begins. */
export function peakAttemptsPerS({ attempts, binMs }: StormOutcome): number {
  const width = Math.max(1, Math.round(1000 / binMs));
  let most = 0;
  for (let bin = 0, sum = 0; bin < attempts.length; bin++) {
    sum += attempts[bin] - (attempts[bin - width] ?? 0);
    if (sum > most) most = sum;
  }
  return most;
}
