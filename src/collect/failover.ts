/**
 * The way of the clients of a lost region to another one, in its parts. The parts are means over the same clients, so
 * they add up to the mean of the whole.
 */

import type { Failover } from '../model/regions.ts';
import type { FailoverCounts } from '../swarm/messages.ts';

/** What is known of a lost region beside what the workers saw; all times are on one clock. */
export interface FailoverFacts {
  /** All regions, in the order of their numbers. */
  regions: readonly string[];
  lost: number;
  /** When the phase began, and when the workers began to look. */
  originMs: number;
  stormMs: number;
  brokenAtMs: number;
  /** When the DNS found it down, when it served again, and when the DNS found it up; null: not yet. */
  noticedAtMs: number | null;
  servesAtMs: number | null;
  upAtMs: number | null;
}

export function toFailover(
  { landed, waited, resolvedMs, returnedMs }: FailoverCounts,
  herd: Pick<Failover, 'affected' | 'lost' | 'recovered'>,
  facts: FailoverFacts,
): Failover {
  const { regions, brokenAtMs, noticedAtMs, servesAtMs, upAtMs } = facts;
  const mean = (sumMs: number) => (waited === 0 ? null : sumMs / waited - (brokenAtMs - facts.stormMs));
  const detectionMs = minus(noticedAtMs, brokenAtMs);
  const untilResolvedMs = mean(resolvedMs);
  const totalMs = mean(returnedMs);
  return {
    region: regions[facts.lost],
    brokenAtMs: brokenAtMs - facts.originMs,
    ...{ affected: herd.affected, waited, detectionMs, totalMs },
    landed: Object.fromEntries(
      Object.entries(landed).map(([region, count]) => [regions[Number(region)], count]),
    ),
    ttlMs: minus(untilResolvedMs, detectionMs),
    reconnectMs: minus(totalMs, untilResolvedMs),
    ...{ lost: herd.lost, recovered: herd.recovered },
    // A node answers a moment before it says that it listens.
    upAgainMs: upAtMs === null || servesAtMs === null ? null : Math.max(0, upAtMs - servesAtMs),
  };
}

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}
