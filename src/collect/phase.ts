/**
 * Makes a phase of the record from its account. The judgement of its seconds is passed in: it belongs to analysis.
 */

import { redactUrl } from '../base/redact.ts';
import type { PhasePlan, TopologyPlan } from '../model/plan.ts';
import type {
  Ceiling,
  Generator,
  Herd,
  Ordering,
  Phase,
  Server,
  TimelineRow,
  UnjudgedRow,
} from '../model/record.ts';
import { summarize } from '../stats/histogram.ts';
import type { ProcessSample } from '../swarm/messages.ts';
import { isNode } from '../topology/sample.ts';
import type { Tally } from './tally.ts';

/** What is known of a phase when it is over. */
export interface PhaseFacts {
  plan: PhasePlan;
  urls: string[];
  nodes: number;
  durationMs: number;
  endedEarly: string | null;
  atEnd: number;
  hosts: number;
  workers: number;
  herds: Herd[];
  ceiling: Ceiling | null;
}

/** The judgement of the phase's seconds. */
export interface Judged {
  timeline: TimelineRow[];
  valid: boolean;
  reasons: string[];
}

export function toPhase(facts: PhaseFacts, tally: Tally, judge: (rows: UnjudgedRow[]) => Judged): Phase {
  const { plan } = facts;
  const { counters } = tally;
  const judged = judge(tally.close());
  const rooms = tally.rooms.close();
  return {
    name: plan.name,
    topology: describeTopology(plan.topology, facts, tally),
    durationMs: facts.durationMs,
    endedEarly: facts.endedEarly,
    clients: {
      requested: plan.clients,
      established: counters.clients,
      peak: tally.peakConnected,
      atEnd: facts.atEnd,
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
      sentBytes: counters.sentBytes,
      receivedBytes: counters.receivedBytes,
    },
    latency: {
      responseMs: summarize(tally.response),
      serviceMs: summarize(tally.service),
      oneWayMs: rooms === null ? null : summarize(tally.service),
    },
    fanout: rooms?.fanout ?? null,
    ordering: toOrdering(tally),
    roomOrdering: rooms?.ordering ?? null,
    closes: tally.closes,
    herds: facts.herds,
    ceiling: facts.ceiling,
    server: toServer(tally),
    generator: toGenerator(facts, tally, judged),
    leak: null,
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
    broker: cluster?.broker.kind ?? null,
    balancer: cluster?.balancer ?? null,
    routing: cluster?.routing ?? null,
    store: null,
    nodes,
    urls: urls.map(redactUrl),
    balance: toBalance(tally.server?.balance ?? []),
  };
}

function toBalance(connections: number[]): Phase['topology']['balance'] {
  const mean = connections.reduce((sum, count) => sum + count, 0) / connections.length;
  if (connections.length < 2 || mean === 0) return null;
  const worst = Math.max(...connections.map((count) => Math.abs(count - mean)));
  return { connections, worstDeviationRatio: worst / mean };
}

function toOrdering(tally: Tally): Ordering {
  const { unique, missing, duplicates, reordered, streams, resets } = tally.counters;
  return {
    streams,
    expected: unique + missing,
    received: unique,
    missing,
    recovered: 0,
    duplicates,
    reordered,
    reorderedRatio: unique > 0 ? reordered / unique : null,
    ...tally.extremes,
    resets,
  };
}

function toServer(tally: Tally): Server | null {
  const { server } = tally;
  if (server === null) return null;
  const started = new Map(server.first.map(({ pid, cpuS }) => [pid, cpuS ?? 0]));
  const baseline = totalBy(server.first, ({ rssBytes }) => rssBytes);
  const nodes = server.last.filter(isNode);
  const inRooms = (of: (rooms: NonNullable<(typeof nodes)[number]['rooms']>) => number) =>
    totalBy(nodes, ({ rooms }) => (rooms === null ? 0 : of(rooms)));
  return {
    cpuS: totalBy(server.last, ({ pid, cpuS }) => (cpuS ?? 0) - (started.get(pid) ?? 0)),
    rssBytes: server.peakRssBytes,
    bytesPerConnection: perConnection(server.peakRssBytes - baseline, tally.peakConnected),
    kernelBytesPerConnection: null,
    eventLoopLagMs: server.lagMaxMs,
    dropped: totalBy(nodes, ({ dropped }) => dropped),
    rooms: {
      published: inRooms((rooms) => rooms.published),
      unpublished: inRooms((rooms) => rooms.unpublished),
      replayed: inRooms((rooms) => rooms.replayed),
      notReplayed: inRooms((rooms) => rooms.notReplayed),
      brokerReconnects: inRooms((rooms) => rooms.brokerReconnects),
    },
    processes: server.last.map(({ role, pid, alive, cpuS, rssBytes, connections }) => ({
      role,
      pid,
      cpuS,
      rssBytes,
      connections: alive ? connections : null,
    })),
  };
}

function totalBy<Sample>(samples: Sample[], of: (sample: Sample) => number | null): number {
  return samples.reduce((sum, sample) => sum + (of(sample) ?? 0), 0);
}

function toGenerator(facts: PhaseFacts, tally: Tally, judged: Judged): Generator {
  const { counters, hosts } = tally;
  const ours = counters.due - counters.droppedDisconnected - counters.droppedBackpressure;
  const elus = judged.timeline.flatMap(({ eluMax }) => eluMax ?? []);
  return {
    valid: judged.valid,
    reasons: judged.reasons,
    latenessMs: summarize(tally.lateness),
    offeredRatio: ours > 0 ? counters.sent / ours : null,
    eluMax: elus.length > 0 ? Math.max(...elus) : null,
    cpuS: totalOf(hosts.last, (sample) => sample.cpuS),
    rssBytes: hosts.last.size > 0 ? hosts.peakRssBytes : null,
    bytesPerConnection: perConnection(
      hosts.peakRssBytes - (totalOf(hosts.first, (sample) => sample.rssBytes) ?? 0),
      tally.peakConnected,
    ),
    kernelBytesPerConnection: null,
    hosts: facts.hosts,
    workers: facts.workers,
  };
}

/** Growth divided by the connections that came; null without any. */
function perConnection(bytes: number, connections: number): number | null {
  return connections > 0 && bytes > 0 ? bytes / connections : null;
}

function totalOf(samples: Map<number, ProcessSample>, of: (sample: ProcessSample) => number): number | null {
  if (samples.size === 0) return null;
  return [...samples.values()].reduce((sum, sample) => sum + of(sample), 0);
}
