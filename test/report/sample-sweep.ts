/**
 * A record of a run that tried out reconnect policies.
 */

import { toSweep } from '../../src/collect/sweep.ts';
import type { BackoffPlan } from '../../src/model/backoff.ts';
import type { Herd, RunRecord } from '../../src/model/record.ts';
import { aHerd } from '../support/herds.ts';
import { sampleRecord } from './sample-record.ts';

const GUIDE: BackoffPlan = { kind: 'guide', baseMs: 1000, capMs: 30_000, firstMs: 0, stableMs: 30_000 };

/** Full jitter over 5 s is better than what clients do today; SignalR's own policy is tried, too. */
export function sweptRecord(): RunRecord {
  const record = sampleRecord();
  const [phase] = record.phases;
  const waves = storm([0, 200, 0, 200, 200, 200, 200], [0, 1000, 0, 800, 600, 400, 200]);
  const spread = storm([200, 200, 200, 200, 200], [205, 210, 200, 200, 200]);
  const givenUp: Herd = { ...storm([200, 0, 200, 200], [1000, 0, 800, 600]), failed: { TIMEOUT: 1800 } };
  phase.herds = [waves];
  phase.sweep = toSweep([
    { policy: GUIDE, herds: [waves] },
    { policy: { ...GUIDE, kind: 'full-jitter', firstMs: 5000 }, herds: [spread] },
    { policy: { ...GUIDE, kind: 'signalr' }, herds: [givenUp] },
  ]);
  return record;
}

/** The same, where today's policy is as good. */
export function keptRecord(): RunRecord {
  const record = sweptRecord();
  const [phase] = record.phases;
  const few = aHerd({ affected: 60, returns: [20, 40], attempts: [20, 40] });
  phase.herds = [few];
  phase.sweep = toSweep([
    { policy: GUIDE, herds: [few] },
    { policy: { ...GUIDE, kind: 'full-jitter', firstMs: 2000 }, herds: [few] },
  ]);
  return record;
}

function storm(returns: number[], attempts: number[]): Herd {
  return aHerd({ affected: 1000, returns, attempts });
}
