/**
 * What a plan asks of one machine, in the figures that settings are made of. All of it is of one region: the others have
 * the same.
 */

import type { CapacityPlan, Tier } from '../capacity/capacity-plan.ts';
import type { RecoverySweep } from '../capacity/recovery.ts';

export interface Needs {
  /** The machines that hold the users' connections, of one region. */
  holders: { tier: Tier; count: number; spare: number; zones: number };
  /** Connections of a holder when all are there, and when those to spare are lost; one is, where none is to spare. */
  connections: number;
  connectionsAtWorst: number;
  /** Users that a holder has room for, used to the asked share. */
  room: number;
  /** Open files of a holder at worst, and what the plan counts on. */
  descriptorsAtWorst: number;
  descriptors: number;
  /** Balancers of the region, and users of one when another is lost. */
  balancers: number;
  connectionsPerBalancer: number;
  /** Addresses that a balancer connects from, since one has no more ports to a node. */
  sourceAddresses: number;
  /** Connects that wait at a holder in the worst moment, if it takes them in time. */
  backlog: Backlog;
  /** How long the users of a node take to come back, in s, and why so long. */
  returnS: { value: number; words: string };
}

interface Backlog {
  value: number;
  words: string;
}

/** The kernel has no place for more before 5.4, and nginx none for a larger number. */
const MAX_BACKLOG = 65_535;
const MIN_BACKLOG = 1024;
/** Where the plan knows nothing of how long they take, which is then assumed. */
const RETURN_S = 60;

export function needsOf(plan: CapacityPlan): Needs {
  const { demand, tiers } = plan;
  const tier = holdersOf(plan);
  const usersOfRegion = demand.users / demand.regions;
  const count = tier.perRegion;
  const lost = Math.min(Math.max(1, tier.sparePerRegion), count - 1);
  const connectionsAtWorst = Math.ceil(usersOfRegion / (count - lost));
  const others = Math.max(0, tier.each.descriptors - tier.each.connections);
  const balancer = tiers.find(({ name }) => name === 'balancer') ?? null;
  const balancers = balancer?.perRegion ?? 1;
  return {
    holders: { tier, count, spare: tier.sparePerRegion, zones: demand.zonesPerRegion },
    connections: Math.ceil(tier.each.connections),
    connectionsAtWorst,
    room: Math.max(connectionsAtWorst, Math.floor(plan.usersPerNode)),
    descriptorsAtWorst: Math.ceil(connectionsAtWorst + others),
    descriptors: demand.node.descriptors,
    balancers,
    connectionsPerBalancer: Math.ceil(usersOfRegion / Math.max(1, balancers - 1)),
    sourceAddresses: Math.max(1, balancer?.each.sourceAddresses ?? 1),
    backlog: backlogOf(plan, count, lost),
    returnS: returnOf(plan),
  };
}

/** Gateways where there are some, else nodes. */
export function holdersOf({ tiers }: CapacityPlan): Tier {
  const found = tiers.find(({ name }) => name === 'gateway') ?? tiers.find(({ name }) => name === 'node');
  if (found === undefined) throw new RangeError('a plan has nodes or gateways');
  return found;
}

/** As many as come to a node in the worst second, but no more than it takes while they wait. */
function backlogOf({ demand, recovery, nodesPerRegion }: CapacityPlan, count: number, lost: number): Backlog {
  const zones = Math.min(demand.zonesPerRegion, nodesPerRegion);
  const [sweep, gone, what] =
    recovery.zone !== null && zones > 1
      ? ([recovery.zone, Math.ceil(count / zones), 'a zone'] as const)
      : ([recovery.node, lost, 'a node'] as const);
  const left = Math.max(1, count - gone);
  if (sweep === null) {
    const arriving = (demand.users / demand.regions / count) * (gone / left);
    return {
      value: within(arriving),
      words: `${count0(arriving)} users come to a node when ${what} is lost, and may all come at once`,
    };
  }
  const arriving = sweep.today.peakAttemptsPerS / left;
  // Whoever has waited longer than a client does is served in vain.
  const patienceS = sweep.server.clientTimeoutMs.value / 1000;
  const taken = (sweep.acceptsPerS / left) * patienceS;
  return {
    value: within(Math.min(arriving, taken)),
    words:
      arriving <= taken
        ? `${count0(arriving)} connects come to a node in the worst second after ${what} is lost`
        : `a node takes ${count0(taken)} in the ${patienceS} s that a client waits, and a longer queue serves those who have left`,
  };
}

function within(value: number): number {
  return Math.min(MAX_BACKLOG, Math.max(MIN_BACKLOG, powerOfTwo(value)));
}

function returnOf({ demand, recovery }: CapacityPlan): Needs['returnS'] {
  const simulated = timeOf(recovery.node);
  if (simulated !== null)
    return { value: Math.ceil(simulated), words: '99 % of the users of a node are back, simulated' };
  const { recoveryS } = demand.objective;
  if (recoveryS !== null) return { value: Math.ceil(recoveryS), words: 'the recovery that is asked for' };
  return { value: RETURN_S, words: 'assumed: the record does not say how fast nodes accept' };
}

function timeOf(sweep: RecoverySweep | null): number | null {
  return sweep?.recommended.t99S ?? null;
}

/** The least power of two that is no less. */
export function powerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)));
}

function count0(value: number): string {
  return Math.ceil(value).toLocaleString('en-US');
}
