/**
 * Makes a phase of the record from its account. The judgement of its seconds is passed in: it belongs to analysis.
 */

import { redactUrl } from '../base/redact.ts';
import type { Leak } from '../model/leak.ts';
import type { PhasePlan, TopologyPlan } from '../model/plan.ts';
import type { Ceiling, Generator, Herd, Phase, Server, TimelineRow, UnjudgedRow } from '../model/record.ts';
import { summarize } from '../stats/summary.ts';
import { addByKey, type ProcessSample } from '../swarm/messages.ts';
import { isNode, type NodeSample } from '../topology/sample.ts';
import { type ConnectionMemory, type MemoryReadings, memoryOfEnds, toMemory } from './memory.ts';
import { toOrdering } from './ordering.ts';
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
  workers: number;
  herds: Herd[];
  ceiling: Ceiling | null;
  leak: Leak | null;
  memory: MemoryReadings;
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
      oneWayMs: rooms === null ? null : summarize(tally.service),
    },
    fanout: rooms?.fanout ?? null,
    ordering: toOrdering({ ...counters, recovered: 0 }, tally.extremes, tally.disorder, tally.violations),
    roomOrdering: rooms?.ordering ?? null,
    closes: tally.closes,
    herds: facts.herds,
    ceiling: facts.ceiling,
    server: toServer(tally, ends.server),
    generator: toGenerator(facts, tally, judged, ends.generator),
    memory: toMemory(facts.memory),
    leak: facts.leak,
    timeline: judged.timeline,
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
    engine: topology.kind === 'target' ? null : topology.engine,
    broker: partOf(cluster?.broker.kind),
    balancer: partOf(cluster?.balancer),
    routing: cluster === null || cluster.balancer === 'none' ? null : cluster.routing,
    store: null,
    nodes,
    urls: urls.map(redactUrl),
    balance: toBalance(tally.server?.balance ?? []),
  };
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
  const inRooms = (of: (rooms: NonNullable<(typeof nodes)[number]['rooms']>) => number) =>
    totalBy(nodes, ({ rooms }) => (rooms === null ? 0 : of(rooms)));
  return {
    cpuS: totalBy(server.last, ({ pid, cpuS }) => (cpuS ?? 0) - (started.get(pid) ?? 0)),
    rssBytes: server.peakRssBytes,
    ...memory,
    eventLoopLagMs: server.lagMaxMs,
    dropped: totalBy(nodes, ({ dropped }) => dropped),
    rooms: {
      published: inRooms((rooms) => rooms.published),
      unpublished: inRooms((rooms) => rooms.unpublished),
      replayed: inRooms((rooms) => rooms.replayed),
      notReplayed: inRooms((rooms) => rooms.notReplayed),
      brokerReconnects: inRooms((rooms) => rooms.brokerReconnects),
    },
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
    calibration: null,
  };
}

function totalOf(samples: Map<number, ProcessSample>, of: (sample: ProcessSample) => number): number | null {
  if (samples.size === 0) return null;
  return [...samples.values()].reduce((sum, sample) => sum + of(sample), 0);
}
