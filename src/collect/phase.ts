/**
 * Makes a phase of the record from its account. The judgement of its seconds is passed in: it belongs to analysis.
 */

import { redactUrl } from '../base/redact.ts';
import type { Leak } from '../model/leak.ts';
import type { BrokerPlan, PhasePlan, TopologyPlan } from '../model/plan.ts';
import type {
  Ceiling,
  Generator,
  Herd,
  Phase,
  RateCeiling,
  Server,
  TimelineRow,
  UnjudgedRow,
} from '../model/record.ts';
import type { Failover } from '../model/regions.ts';
import type { Sweep } from '../model/sweep.ts';
import { summarize } from '../stats/summary.ts';
import { addByKey, type Counters, type ProcessSample } from '../swarm/messages.ts';
import { isNode, type NodeSample } from '../topology/sample.ts';
import { toBrokerTraffic, toStoreUse } from './carriage.ts';
import { toDelivery } from './delivery.ts';
import { toEdge } from './edge.ts';
import { toHeartbeat } from './heartbeat.ts';
import { type ConnectionMemory, type MemoryReadings, memoryOfEnds, toMemory } from './memory.ts';
import { toOrdering } from './ordering.ts';
import { toServerRooms } from './server-rooms.ts';
import { type Swept, toSweep } from './sweep.ts';
import type { Tally } from './tally.ts';

/** What is known of a phase when it is over. */
export interface PhaseFacts {
  plan: PhasePlan;
  urls: string[];
  nodes: number;
  startedAt: string;
  durationMs: number;
  endedEarly: string | null;
  atEnd: number;
  hosts: number;
  /** How they got a core. */
  scheduling: 'realtime' | 'ordinary';
  workers: number;
  herds: Herd[];
  swept: Swept[] | null;
  failovers: Failover[];
  ceiling: Ceiling | null;
  rateCeiling: RateCeiling | null;
  leak: Leak | null;
  memory: MemoryReadings;
  /** Messages that the servers of a broker passed on to one another; null, or left out, where that is not known. */
  busMessages?: number | null;
}

/** The judgement of the phase's seconds. */
export interface Judged {
  timeline: TimelineRow[];
  valid: boolean;
  reasons: string[];
  judgedSeconds: number;
  markedSeconds: number;
}

export function toPhase(facts: PhaseFacts, tally: Tally, judge: (rows: UnjudgedRow[]) => Judged): Phase {
  const { plan } = facts;
  const { counters } = tally;
  const judged = judge(tally.close());
  const rooms = tally.rooms.close();
  const ends = memoryOfEnds(facts.memory);
  return {
    name: plan.name,
    topology: describeTopology(plan.topology, facts, tally),
    startedAt: facts.startedAt,
    durationMs: facts.durationMs,
    endedEarly: facts.endedEarly,
    clients: {
      requested: plan.clients,
      established: counters.clients,
      peak: tally.peakConnected,
      atEnd: facts.atEnd,
      unanswered: counters.unanswered,
    },
    connect: {
      attempts: counters.attempts,
      established: counters.established,
      failed: tally.failed,
      latencyMs: summarize(tally.connect),
      peakPerS: tally.peakPerS,
    },
    messages: {
      sent: counters.sent,
      received: counters.received,
      dropped: counters.droppedDisconnected + counters.droppedBackpressure + counters.droppedLate,
      droppedByCause: {
        disconnected: counters.droppedDisconnected,
        backpressure: counters.droppedBackpressure,
        late: counters.droppedLate,
      },
      foreign: counters.foreign,
      negativeOneWay: counters.negativeOneWay,
      sentBytes: counters.sentBytes,
      receivedBytes: counters.receivedBytes,
    },
    latency: {
      responseMs: summarize(tally.response),
      serviceMs: summarize(tally.service),
      oneWayMs: plan.messages.mode === 'echo' ? null : summarize(tally.service),
    },
    fanout: rooms?.fanout ?? null,
    ordering: toOrdering(ofPublishers(counters), tally.extremes, tally.disorder, tally.violations),
    roomOrdering: rooms?.ordering ?? null,
    regions: describeRegions(facts, tally),
    closes: tally.closes,
    delivery: toDelivery(plan, tally, rooms?.counters ?? null, isHoldWhole(facts)),
    herds: herdsOf(facts, tally),
    sweep: sweepOf(facts, tally),
    edge: toEdge(tally.server?.last ?? []),
    broker: toBrokerTraffic(nodesOf(tally), facts.busMessages ?? null),
    store: toStoreUse(nodesOf(tally), storeKindOf(plan.topology)),
    heartbeat: toHeartbeat(tally.server?.last ?? []),
    ceiling: facts.ceiling,
    rateCeiling: facts.rateCeiling,
    server: toServer(tally, ends.server),
    generator: toGenerator(facts, tally, judged, ends.generator),
    memory: toMemory(facts.memory),
    leak: facts.leak,
    timeline: judged.timeline,
  };
}

/** Messages flow in the hold only, for as long as it was planned. */
function isHoldWhole({ plan, endedEarly }: PhaseFacts): boolean {
  return endedEarly === null && plan.herds.length === 0 && plan.soak === null;
}

/** Of a worker that has died, nobody knows what it sent: then what the others received of it is more than was sent. */
function ofPublishers(counters: Counters) {
  return { ...counters, missing: Math.max(0, counters.missing), recovered: 0 };
}

/** What only shows when all has been added up is the herd's, too. */
function herdsOf({ herds }: PhaseFacts, { routes }: Tally): Herd[] {
  return herds.map((herd, i) => ({ ...herd, lost: Math.max(0, herd.lost + (routes.lost[i] ?? 0)) }));
}

/** The storms of a sweep come after those of the plan. */
function sweepOf(facts: PhaseFacts, tally: Tally): Sweep | null {
  const { plan, herds, swept } = facts;
  if (swept === null) return null;
  let storm = herds.length;
  const lost = () => tally.routes.lost[storm++] ?? 0;
  const more = swept.map(({ policy, herds }) => ({
    policy,
    herds: herds.map((herd) => ({ ...herd, lost: Math.max(0, herd.lost + lost()) })),
  }));
  return toSweep([{ policy: plan.reconnect, herds: herdsOf(facts, tally) }, ...more]);
}

function describeRegions(facts: PhaseFacts, tally: Tally): Phase['regions'] {
  const { plan } = facts;
  if (plan.topology.kind !== 'regions') return null;
  // Each region that was lost has its herd, in the same order.
  const herds = herdsOf(facts, tally).filter(({ trigger }) => trigger === 'region');
  const failovers = facts.failovers.map((failover, i) => ({
    ...failover,
    lost: herds[i]?.lost ?? failover.lost,
  }));
  return {
    ...tally.regions.close(plan.topology.regions, failovers),
    ...tally.routes.close(plan, tally.counters, tally.server?.last ?? []),
  };
}

function describeTopology(
  topology: TopologyPlan,
  { urls, nodes }: PhaseFacts,
  tally: Tally,
): Phase['topology'] {
  const cluster = topology.kind === 'cluster' ? topology : null;
  return {
    kind: topology.kind,
    engine: engineOf(topology),
    broker: 'broker' in topology ? partOf(brokerName(topology.broker)) : null,
    balancer: partOf(cluster?.balancer),
    routing: cluster === null || cluster.balancer === 'none' ? null : cluster.routing,
    store: storeKindOf(topology),
    nodes,
    ...(topology.kind === 'edge' && topology.edge !== 'workerd' && { backends: topology.backends }),
    urls: urls.map(redactUrl),
    balance: toBalance(tally.server?.balance ?? []),
  };
}

/** What holds the connections. */
function engineOf(topology: TopologyPlan): string | null {
  if (topology.kind === 'target') return null;
  return topology.kind === 'edge' && topology.edge !== 'gateway' ? topology.edge : topology.engine;
}

function brokerName(broker: BrokerPlan): string {
  const isPlain = broker.kind !== 'redis' || broker.carrier === 'pubsub';
  return isPlain ? broker.kind : `redis-${broker.carrier}`;
}

function nodesOf({ server }: Tally): NodeSample[] {
  return server?.last.filter(isNode) ?? [];
}

function storeKindOf(topology: TopologyPlan): string | null {
  return 'store' in topology ? partOf(topology.store.kind) : null;
}

function partOf(kind = 'none'): string | null {
  return kind === 'none' ? null : kind;
}

function toBalance(connections: number[]): Phase['topology']['balance'] {
  const mean = connections.reduce((sum, count) => sum + count, 0) / connections.length;
  if (connections.length < 2 || mean === 0) return null;
  const worst = Math.max(...connections.map((count) => Math.abs(count - mean)));
  return { connections, worstDeviationRatio: worst / mean };
}

function toServer(tally: Tally, memory: ConnectionMemory): Server | null {
  const { server } = tally;
  if (server === null) return null;
  const started = new Map(server.first.map(({ pid, cpuS }) => [pid, cpuS ?? 0]));
  const nodes = server.last.filter(isNode);
  const delays = nodes.flatMap(({ imposedDelayMs }) => imposedDelayMs ?? []);
  return {
    cpuS: totalBy(server.last, ({ pid, cpuS }) => (cpuS ?? 0) - (started.get(pid) ?? 0)),
    rssBytes: server.peakRssBytes,
    ...memory,
    eventLoopLagMs: server.lagMaxMs,
    dropped: nodes.length === 0 ? null : totalBy(nodes, ({ dropped }) => dropped),
    rooms: toServerRooms(server.last),
    faults: toFaults(nodes),
    imposedDelayMs: delays.length === 1 ? delays[0] : null,
    processes: server.last.map(({ role, pid, alive, cpuS, rssBytes, connections }) => ({
      role,
      pid,
      cpuS,
      rssBytes,
      connections: alive ? connections : null,
    })),
  };
}

/** Over all nodes; null where they were asked for none. */
function toFaults(nodes: NodeSample[]): Server['faults'] {
  if (nodes.every(({ faults }) => faults === null)) return null;
  const total: Record<string, number> = {};
  for (const { faults } of nodes) addByKey(total, faults ?? {});
  return total;
}

function totalBy<Sample>(samples: Sample[], of: (sample: Sample) => number | null): number {
  return samples.reduce((sum, sample) => sum + (of(sample) ?? 0), 0);
}

function toGenerator(facts: PhaseFacts, tally: Tally, judged: Judged, memory: ConnectionMemory): Generator {
  const { counters, hosts } = tally;
  const ours = counters.due - counters.droppedDisconnected - counters.droppedBackpressure;
  const elus = judged.timeline.flatMap(({ eluMax }) => eluMax ?? []);
  return {
    valid: judged.valid,
    reasons: judged.reasons,
    judgedSeconds: judged.judgedSeconds,
    markedSeconds: judged.markedSeconds,
    latenessMs: summarize(tally.lateness),
    offeredRatio: ours > 0 ? counters.sent / ours : null,
    eluMax: elus.length > 0 ? Math.max(...elus) : null,
    cpuS: totalOf(hosts.last, (sample) => sample.cpuS),
    rssBytes: hosts.last.size > 0 ? hosts.peakRssBytes : null,
    ...memory,
    hosts: facts.hosts,
    workers: facts.workers,
    scheduling: facts.scheduling,
    calibration: null,
  };
}

function totalOf(samples: Map<number, ProcessSample>, of: (sample: ProcessSample) => number): number | null {
  if (samples.size === 0) return null;
  return [...samples.values()].reduce((sum, sample) => sum + of(sample), 0);
}
