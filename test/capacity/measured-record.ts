/**
 * Records of servers that obey a law which a test knows, with as much scatter from phase to phase as it asks for.
 */

import type { Random } from '../../src/base/random.ts';
import type { PhasePlan } from '../../src/model/plan.ts';
import type { Phase, RunRecord, TimelineRow } from '../../src/model/record.ts';
import { createHistogram, recordMs } from '../../src/stats/histogram.ts';
import { normalQuantile } from '../../src/stats/normal.ts';
import { encodeHistogram } from '../../src/stats/summary.ts';
import { samplePhase } from '../report/sample-phase.ts';
import { sampleRecord } from '../report/sample-record.ts';

/** What a phase was made to hold, over all of its nodes: connections, and messages that the clients send in a second. */
export interface Made {
  name: string;
  nodes: number;
  clients: number;
  sentPerS: number;
}

/** Of one node, by its connections and the messages that it takes and sends. */
export interface Law {
  memoryBytes(connections: number, messagesPerS: number): number;
  cores(connections: number, messagesPerS: number): number;
  p50Ms(connections: number, messagesPerS: number): number;
}

export const LAW: Law = {
  memoryBytes: (connections, messagesPerS) => 55e6 + 1600 * connections + 500 * messagesPerS,
  cores: (connections, messagesPerS) => 0.008 + messagesPerS * (6e-6 + 2e-6 * Math.log10(connections)),
  p50Ms: (connections) => 0.1 + 0.05 * Math.log10(connections),
};

/** Few and many connections with few and many messages, each three times. */
export const DESIGN: Made[] = [1, 2, 3].flatMap((i) =>
  [
    { clients: 1000, sentPerS: 3000 },
    { clients: 1000, sentPerS: 6000 },
    { clients: 10_000, sentPerS: 3000 },
    { clients: 10_000, sentPerS: 6000 },
  ].map((made, n) => ({ ...made, nodes: 4, name: `p${n}-${i}` })),
);

/** @param scatterRatio standard deviation of what a phase measures, as a share of it */
export function measuredRecord(
  made: readonly Made[],
  random: Random,
  scatterRatio: number,
  law = LAW,
): RunRecord {
  const record = sampleRecord();
  const [plan] = record.scenario.phases;
  const topology: PhasePlan['topology'] = {
    ...{ kind: 'cluster', engine: 'lean', nodes: 4, balancer: 'none', routing: 'sticky' },
    ...{ broker: { kind: 'none' }, store: { kind: 'none' } },
  };
  record.scenario.phases = made.map(({ name }) => ({ ...plan, name, topology, herds: [] }));
  record.phases = made.map((one) => measuredPhase(one, random, scatterRatio, law));
  return record;
}

export function measuredPhase(made: Made, random: Random, scatterRatio: number, law = LAW): Phase {
  const { name, nodes, clients, sentPerS } = made;
  const phase = samplePhase();
  const connections = clients / nodes;
  const messagesPerS = (2 * sentPerS) / nodes;
  const scattered = (value: number) => value * (1 + scatterRatio * normalQuantile(0.001 + 0.998 * random()));
  const cores = scattered(law.cores(connections, messagesPerS));
  const memoryBytes = scattered(law.memoryBytes(connections, messagesPerS));
  const response = createHistogram();
  const p50Ms = scattered(law.p50Ms(connections, messagesPerS));
  for (let i = 1; i < 200; i++) recordMs(response, p50Ms * (0.5 + i / 200));
  const responseHistogram = encodeHistogram(response);
  const [row] = phase.timeline;
  const second = (i: number): TimelineRow => {
    // Cold code costs more: a second of that must not count.
    const isWarm = i * messagesPerS >= 10_000;
    return {
      ...row,
      ...{ tMs: i * 1000, stage: 'hold', connected: clients, sent: sentPerS, received: sentPerS },
      ...{ whole: true, valid: true, marks: [], responseHistogram },
      serverCpuRatio: nodes * cores * (isWarm ? 1 : 3),
      serverRssBytes: nodes * memoryBytes,
    };
  };
  return {
    ...phase,
    ...{ name, ceiling: null, rateCeiling: null, herds: [], heartbeat: null, broker: null, edge: null },
    topology: { ...phase.topology, kind: 'cluster', nodes, balancer: null, broker: null },
    clients: { requested: clients, established: clients, peak: clients, atEnd: clients, unanswered: 0 },
    connect: { ...phase.connect, peakPerS: 4000 },
    memory: phase.memory && {
      ...phase.memory,
      kernelBytesPerSocket: scattered(4000),
      socketsPerConnection: 2,
    },
    server: phase.server && {
      ...phase.server,
      processes: Array.from({ length: nodes }, (_, i) => ({
        ...{ role: `node-${i}`, pid: 100 + i, cpuS: 1, rssBytes: memoryBytes, connections },
      })),
    },
    generator: { ...phase.generator, valid: true, reasons: [] },
    timeline: Array.from({ length: 14 }, (_, i) => second(i)),
  };
}
