/**
 * `--full-scale`: each phase with as many clients as its rung of the ladder is there for, or as many as this machine
 * can hold, and a word on what stops it. What all clients do together stays as it was planned, so that a machine that
 * bears the plan bears this, too.
 */

import { connectionsPerProcess, type OsLimits } from '../base/limits.ts';
import { formatBytes, formatCount } from '../base/units.ts';
import type { PhasePlan, Plan, TopologyPlan } from '../model/plan.ts';
import type { TOPOLOGY_KINDS } from '../model/scenario.ts';
import { DEFAULT_NODE_OPTIONS } from '../server/options.ts';
import { costOf } from './cost.ts';
import { deepFreeze } from './freeze.ts';
import { bottleneckOf, serverDescriptors } from './holding.ts';
import type { Notice } from './preflight.ts';

/** What each rung is there for. */
const CLIENTS: Record<(typeof TOPOLOGY_KINDS)[number], number> = {
  single: 10_000,
  cluster: 100_000,
  regions: 100_000,
  edge: 1_000_000,
};

/** As many as a scenario may ask for. */
const MAX_NODES = 64;
const MAX_NODES_PER_REGION = 16;
const MAX_GATEWAYS = 64;

/** A machine with two cores connects about so many a second; more would wait for each other. */
const MAX_CONNECT_RATE_PER_S = 10_000;
/** Where so many connect, one of them may take long. */
const MIN_CONNECT_TIMEOUT_MS = 30_000;

/** Ramps for which a herd is watched beyond what was planned: many who come back at once take longer than they did. */
const PATIENCE = 4;

/** What the kernel gives out where it tells nothing else. */
const DEFAULT_PORTS: [number, number] = [32_768, 60_999];

/** Of the memory that is free: what a connection takes is an assumption, and others want some, too. */
const MEMORY_RATIO = 0.75;

/** What full scale is fitted to. */
export interface Room {
  limits: OsLimits;
  freeMemoryBytes: number;
  /** False where somebody asked for the balancer that there is. */
  mayDropBalancer: boolean;
}

export interface FullScale {
  plan: Plan;
  /** Where it stopped and why; what was left out to get there. */
  notices: Notice[];
}

/** The plan at full scale. Phases that attack a target stay as they are: nobody knows what it may bear. */
export function toFullScale(plan: Plan, room: Room): FullScale {
  const scaled = plan.phases.map((phase) => scalePhase(phase, plan.workers, room));
  return {
    plan: deepFreeze({ ...plan, phases: scaled.map(({ phase }) => phase) }),
    notices: scaled.flatMap(({ messages }) =>
      messages.map((message): Notice => ({ level: 'warning', message })),
    ),
  };
}

function scalePhase(phase: PhasePlan, workers: number, room: Room): { phase: PhasePlan; messages: string[] } {
  const { kind } = phase.topology;
  if (kind === 'target') return { phase, messages: [] };
  const goal = Math.max(CLIENTS[kind], phase.clients);
  const stop = tightest(phase, goal, workers, room);
  const clients = stop?.clients ?? goal;
  const scaled = withClients(phase, clients, room);
  return {
    phase: scaled,
    messages: [
      ...(stop === null
        ? []
        : [
            `${phase.name}: full scale stops at ${formatCount(clients)} of ${formatCount(goal)} clients: ${stop.why}`,
          ]),
      ...describeDropped(phase, scaled),
    ],
  };
}

/** What allows fewer clients than are wanted. */
interface Stop {
  clients: number;
  why: string;
}

/** The limit that is met first; null if none is. */
function tightest(phase: PhasePlan, goal: number, workers: number, room: Room): Stop | null {
  const { topology } = withClients(phase, goal, room);
  const stops = [
    stopOfDescriptors(topology, goal, room.limits),
    stopOfPorts(topology, room.limits),
    stopOfMachine(topology, room.limits),
    stopOfMemory(phase, goal, workers, room),
  ].filter((stop) => stop !== null && stop.clients < goal);
  return stops.reduce<Stop | null>(
    (least, stop) => (least === null || (stop as Stop).clients < least.clients ? stop : least),
    null,
  );
}

/** Each process of the server has its limit, and there may only be so many of them. */
function stopOfDescriptors(topology: TopologyPlan, goal: number, limits: OsLimits): Stop | null {
  const bottleneck = bottleneckOf(topology, limits);
  if (bottleneck === null) return null;
  const { part, clients, nofileFor } = bottleneck;
  const perProcess = formatCount(connectionsPerProcess(limits));
  const why =
    `the bundled server is ${part} and can hold no more with ${perProcess} descriptors a process; ` +
    `\`ulimit -n ${nofileFor(goal)}\` lifts that`;
  return { clients, why };
}

/** A balancer connects from one address, which has so many ports to each node. */
function stopOfPorts(topology: TopologyPlan, { ephemeralPorts }: OsLimits): Stop | null {
  if (topology.kind !== 'cluster' || topology.balancer === 'none') return null;
  const [first, last] = ephemeralPorts ?? DEFAULT_PORTS;
  const ports = last - first + 1;
  const why =
    `the balancer has ${formatCount(ports)} ports to each of ${formatCount(topology.nodes)} nodes; ` +
    '`sysctl -w net.ipv4.ip_local_port_range="1024 65535"` gives it more';
  return { clients: topology.nodes * ports, why };
}

/** Both ends of each connection are here. */
function stopOfMachine(topology: TopologyPlan, { fileMax }: OsLimits): Stop | null {
  if (fileMax === null) return null;
  const perClient = 1 + serverDescriptors(topology);
  const why =
    `each takes ${perClient} descriptors of the ${formatCount(fileMax)} that the machine has; ` +
    '`sysctl -w fs.file-max=…` gives it more';
  return { clients: Math.max(1, Math.floor(fileMax / perClient)), why };
}

function stopOfMemory(phase: PhasePlan, goal: number, workers: number, room: Room): Stop {
  const budgetBytes = MEMORY_RATIO * room.freeMemoryBytes;
  const fits = (clients: number) =>
    costOf(withClients(phase, clients, room), workers, room.limits).memoryBytes <= budgetBytes;
  const why =
    `more would take above ${formatBytes(budgetBytes)} of memory, three quarters of the ` +
    `${formatBytes(room.freeMemoryBytes)} that are free`;
  return { clients: largest(goal, fits), why };
}

/** The largest number up to `most` that fits, where all smaller ones do, too; at least 1. */
function largest(most: number, fits: (count: number) => boolean): number {
  let [low, high] = [1, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The phase with so many clients, who do together what the planned ones do. */
function withClients(phase: PhasePlan, clients: number, room: Room): PhasePlan {
  const { messages, handshake, reconnect } = phase;
  const factor = clients / phase.clients;
  const connectRatePerS = Math.min(
    phase.connectRatePerS * Math.max(1, factor),
    Math.max(phase.connectRatePerS, MAX_CONNECT_RATE_PER_S),
  );
  const rampMs = Math.round((clients / connectRatePerS) * 1000);
  const rooms = Math.round(messages.rooms * factor);
  // They return no faster than they came. Those who are back are not watched any longer, so that patience is cheap.
  const firstMs = Math.max(reconnect.firstMs, rampMs);
  return {
    ...phase,
    topology: widened(phase, clients, room),
    clients,
    connectRatePerS,
    handshake: { ...handshake, timeoutMs: Math.max(handshake.timeoutMs, MIN_CONNECT_TIMEOUT_MS) },
    messages: {
      ...messages,
      rooms:
        messages.mode === 'broadcast'
          ? clamp(rooms, 1, Math.min(clients, DEFAULT_NODE_OPTIONS.rooms.rooms))
          : 1,
      ratePerClientPerS: Number((messages.ratePerClientPerS / factor).toPrecision(3)),
    },
    reconnect: { ...reconnect, firstMs },
    herds: phase.herds.map((herd) => ({ ...herd, observeMs: herd.observeMs + PATIENCE * rampMs })),
  };
}

/** The topology with as many processes as so many clients need, never fewer than planned. */
function widened({ topology, herds }: PhasePlan, clients: number, room: Room): TopologyPlan {
  const perProcess = connectionsPerProcess(room.limits);
  const needed = Math.ceil(clients / perProcess);
  switch (topology.kind) {
    case 'target':
    case 'single':
      return topology;
    case 'cluster': {
      const arranged = isInTheWay(topology, herds, clients, room)
        ? { ...topology, balancer: 'none' as const, routing: 'sticky' as const }
        : topology;
      // A balancer deals out unevenly, and gives the clients of a lost node to the others.
      const spare = arranged.balancer === 'none' ? 0 : 1;
      return { ...arranged, nodes: clamp(needed + spare, topology.nodes, MAX_NODES) };
    }
    case 'regions': {
      // The others have room for one that is lost.
      const regions = topology.regions.length - (herds.some(({ trigger }) => trigger === 'region') ? 1 : 0);
      const nodesPerRegion = Math.ceil(clients / (regions * perProcess));
      return {
        ...topology,
        nodesPerRegion: clamp(nodesPerRegion, topology.nodesPerRegion, MAX_NODES_PER_REGION),
      };
    }
    case 'edge':
      // The others are one program each, however large.
      return topology.edge === 'gateway'
        ? { ...topology, gateways: clamp(needed, topology.gateways, MAX_GATEWAYS) }
        : topology;
  }
}

type Cluster = Extract<TopologyPlan, { kind: 'cluster' }>;

/**
 * Whether the embedded balancer, one process with two descriptors for each client, is what cannot hold them. Without it
 * a client comes back to the node that it had, which is what sticky means, so that only such a one may be left out, and
 * only where nothing asks it to drain a node.
 */
function isInTheWay(topology: Cluster, herds: PhasePlan['herds'], clients: number, room: Room): boolean {
  if (!room.mayDropBalancer || topology.balancer !== 'embedded' || topology.routing !== 'sticky')
    return false;
  if (herds.some(({ trigger }) => trigger === 'drain' || trigger === 'rolling')) return false;
  return clients > (bottleneckOf(topology, room.limits)?.clients ?? clients);
}

function describeDropped({ name, topology: planned }: PhasePlan, { topology }: PhasePlan): string[] {
  if (planned.kind !== 'cluster' || topology.kind !== 'cluster' || planned.balancer === topology.balancer) {
    return [];
  }
  return [
    `${name}: no balancer at full scale, since one embedded process takes two descriptors a client: clients are dealt ` +
      'out to the nodes, as by DNS; `--balancer embedded` keeps it, and holds fewer',
  ];
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, Math.max(least, most)));
}
