/**
 * What happens when a part of the plan is lost: who holds its users then, and how they come back, by simulation.
 */

import type { BackoffPlan } from '../model/backoff.ts';
import type { RunRecord } from '../model/record.ts';
import type { Demand } from './capacity-plan.ts';
import type { Measurements } from './measured.ts';
import { type RecoverySweep, stormServer, sweepRecovery } from './recovery.ts';
import { processesOf, type Sizing } from './sizing.ts';

/** Null where there is but one of it, nobody is left to take the clients, or how fast nodes accept is not known. */
export interface Recoveries {
  node: RecoverySweep | null;
  zone: RecoverySweep | null;
  region: RecoverySweep | null;
}

/** What is gone at once, and who is left to take its users. */
export interface Loss {
  of: keyof Recoveries;
  nodes: number;
  users: number;
  survivors: number;
  /** Users of each that is left, when all are back. */
  usersPerSurvivor: number;
  /** Whether they are no more than a node is to hold, and than it can hold when it is used up. */
  room: 'to spare' | 'none to spare' | 'none';
}

export function lossesOf(
  demand: Demand,
  sizing: Pick<Sizing, 'nodes' | 'nodesPerRegion' | 'usersPerNode'>,
): Loss[] {
  const { users, regions, zonesPerRegion, utilizationRatio } = demand;
  const { nodes, nodesPerRegion, usersPerNode } = sizing;
  const zones = Math.min(zonesPerRegion, nodesPerRegion);
  const lose = (of: Loss['of'], lost: number, survivors: number, shared: number): Loss[] => {
    if (survivors < 1) return [];
    const usersPerSurvivor = shared / survivors;
    const isFull = usersPerSurvivor > usersPerNode / utilizationRatio;
    const room = usersPerSurvivor <= usersPerNode ? 'to spare' : isFull ? 'none' : 'none to spare';
    return [{ of, nodes: lost, users: (users / nodes) * lost, survivors, usersPerSurvivor, room }];
  };
  const near = users / regions;
  // Users stay in their region as long as it has a node.
  const isAlone = nodesPerRegion === 1;
  const inZone = Math.ceil(nodesPerRegion / zones);
  return [
    ...(isAlone ? lose('node', 1, nodes - 1, users) : lose('node', 1, nodesPerRegion - 1, near)),
    ...(zones > 1 ? lose('zone', inZone, nodesPerRegion - inZone, near) : []),
    ...(regions > 1 ? lose('region', nodesPerRegion, nodes - nodesPerRegion, users) : []),
  ];
}

/** Simulates the return of those who lost their node. */
export function recoveriesOf(
  record: RunRecord,
  demand: Demand,
  losses: readonly Loss[],
  measured: Measurements,
): Recoveries {
  const recover = (of: Loss['of']) => {
    const loss = losses.find((one) => one.of === of);
    return loss === undefined ? null : recoveryOf(record, demand, loss, measured);
  };
  return { node: recover('node'), zone: recover('zone'), region: recover('region') };
}

/** @returns null where it cannot be told */
export function recoveryOf(
  record: RunRecord,
  { node }: Demand,
  loss: Loss,
  { acceptsPerS }: Measurements,
): RecoverySweep | null {
  const [{ reconnect, handshake }] = record.scenario.phases;
  if (acceptsPerS === null) return null;
  const { value, basis, words } = acceptsPerS;
  const server = stormServer({ value, basis, words }, loss.survivors * processesOf(node), {
    clientTimeoutMs: {
      value: handshake.timeoutMs,
      basis: 'given',
      words: 'as long as the clients of the record waited',
    },
  });
  return sweepRecovery(Math.max(1, Math.round(loss.users)), server, policyOf(reconnect));
}

/** Clients that stay away are no recovery: those who shall come back do what this tool's do unless told otherwise. */
function policyOf(reconnect: BackoffPlan): BackoffPlan {
  return reconnect.kind === 'none' ? { ...DEFAULT_POLICY } : reconnect;
}

const DEFAULT_POLICY: BackoffPlan = {
  kind: 'full-jitter',
  baseMs: 1000,
  capMs: 30_000,
  firstMs: 5000,
  stableMs: 30_000,
};
