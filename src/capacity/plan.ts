/**
 * A capacity plan: what a record measured, what is asked for, and what follows. It is a pure function of both, so that
 * a plan can be made again from the same record, and checked.
 */

import { usageError } from '../base/errors.ts';
import { formatCount } from '../base/units.ts';
import type { RunRecord } from '../model/record.ts';
import { type Measurements, measurementsOf } from './measured.ts';
import { type RecoverySweep, sweepRecovery } from './recovery.ts';
import { type Demand, type Sizing, sizeFor } from './sizing.ts';

export type { Demand } from './sizing.ts';

export interface CapacityPlan {
  demand: Demand;
  measured: Measurements;
  sizing: Sizing;
  /** What happens when one node is lost, and when a whole region is; null where nobody is left to take its clients. */
  afterNode: RecoverySweep | null;
  afterRegion: RecoverySweep | null;
}

/** What was measured is believed up to so many times of it. */
const MAX_EXTRAPOLATION = 4;

/** Node's own backlog, and how long clients wait by default; a SYN that finds no room is lost. */
const BACKLOG = 511;
const CLIENT_TIMEOUT_MS = 10_000;

/**
 * @param extrapolate take what was measured for more than four times of it
 * @throws a usage error if the record has nothing to plan by, or the plan is too far from what was measured
 */
export function planCapacity(record: RunRecord, demand: Demand, extrapolate: boolean): CapacityPlan {
  const measured = measurementsOf(record);
  if (measured === null || (measured.bytesPerConnection === null && measured.cpuPerMessageS === null)) {
    throw usageError(
      'The record has no phase of the bundled server that a plan could be made by: it takes a valid one of 1,000 ' +
        'clients or more, or one in which messages flowed. A target is a plan of its own: its server was not looked at.',
    );
  }
  const sizing = sizeFor(demand, measured);
  if (sizing.extrapolation > MAX_EXTRAPOLATION && !extrapolate) {
    throw usageError(
      `The plan puts ${formatCount(sizing.perNode.users)} users on a node, and no more than ` +
        `${formatCount(measured.connectionsPerNode)} were measured. Measure more (wsscale attack --clients ` +
        `${formatCount(Math.ceil(sizing.perNode.users / MAX_EXTRAPOLATION)).replaceAll(',', '')}), or say --extrapolate.`,
    );
  }
  return { demand, measured, sizing, ...recoveries(record, demand, measured, sizing) };
}

function recoveries(
  record: RunRecord,
  { users, regions }: Demand,
  { acceptsPerNodePerS }: Measurements,
  { nodes, nodesPerRegion }: Sizing,
): Pick<CapacityPlan, 'afterNode' | 'afterRegion'> {
  const today = record.scenario.phases[0].reconnect;
  const lose = (lost: number) => {
    if (acceptsPerNodePerS === null || lost >= nodes || today.kind === 'none') return null;
    const acceptsPerS = (nodes - lost) * acceptsPerNodePerS.value;
    const server = { acceptsPerS, backlog: BACKLOG * (nodes - lost), clientTimeoutMs: CLIENT_TIMEOUT_MS };
    return sweepRecovery(Math.round((users / nodes) * lost), { ...server, overflow: 'drop' }, today);
  };
  return { afterNode: lose(1), afterRegion: regions > 1 ? lose(nodesPerRegion) : null };
}
