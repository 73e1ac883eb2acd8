/**
 * A phase of several nodes with rooms that span them, made up but plausible.
 */

import { createRandom } from '../../src/base/random.ts';
import type { Herd, Phase } from '../../src/model/record.ts';
import { samplePhase } from './sample-phase.ts';
import { summaryOf } from './sample-summary.ts';

let made: Phase | null = null;

/** A cluster in which a node was killed; a copy, so that a test may change it. */
export function clusterPhase(): Phase {
  made ??= makeCluster();
  return structuredClone(made);
}

function makeCluster(): Phase {
  const single = samplePhase();
  const random = createRandom(1, 'cluster');
  const firsts = Array.from({ length: 3000 }, () => 0.4 + 0.3 * -Math.log(1 - random()));
  const medians = firsts.map((ms) => ms + 0.6 + 0.9 * random());
  const lasts = medians.map((ms) => ms + 2 + 6 * -Math.log(1 - random()));
  const [drop, kill] = single.herds;
  const collateral = { clients: 297, errors: 2, responseMs: summaryOf(lasts) };
  return {
    ...single,
    name: 'cluster',
    topology: {
      kind: 'cluster',
      engine: 'ws',
      broker: 'redis',
      balancer: 'nginx',
      store: null,
      nodes: 4,
      routing: 'sticky',
      balance: { connections: [104, 97, 103, 96], worstDeviationRatio: 0.04 },
      urls: ['ws://127.0.0.1:43200/rooms'],
    },
    clients: { requested: 400, established: 400, peak: 400, atEnd: 400, unanswered: 0 },
    fanout: {
      published: 3000,
      expected: 60_000,
      delivered: 59_988,
      reachRatio: 59_988 / 60_000,
      firstMs: summaryOf(firsts),
      medianMs: summaryOf(medians),
      lastMs: summaryOf(lasts),
    },
    ordering: {
      ...single.ordering,
      streams: 412,
      expected: 59_991,
      received: 59_988,
      missing: 3,
      resets: 12,
    },
    roomOrdering: {
      ...single.ordering,
      streams: 400,
      expected: 60_471,
      received: 60_468,
      missing: 3,
      recovered: 480,
      duplicates: 0,
      reordered: 0,
      resets: 0,
    },
    herds: [
      { ...scaled(drop, 400), lost: 0, recovered: 212 },
      { ...scaled(drop, 103), trigger: kill.trigger, lost: 4, recovered: 268, collateral },
    ],
    ceiling: {
      ...single.ceiling!,
      ...{ connections: 400, lowerBound: 400, upperBound: null, found: false },
      limiter: { resource: 'requested maximum', side: 'scenario', evidence: '400 were asked for' },
    },
    server: {
      ...single.server!,
      rooms: { published: 3003, unpublished: 0, replayed: 480, notReplayed: 3, brokerReconnects: 1 },
      processes: [
        ...[96, 97, 103, 104].map((connections, i) => ({
          ...{ role: `node-${i}`, pid: 4801 + i, cpuS: 4.1 + i / 10, rssBytes: 81_000_000, connections },
        })),
        { role: 'balancer', pid: 4810, cpuS: 1.2, rssBytes: 9_100_000, connections: 400 },
        { role: 'broker', pid: 4811, cpuS: null, rssBytes: null, connections: null },
      ],
    },
    timeline: single.timeline.map((row) => ({
      ...row,
      connected: Math.round((400 * row.connected) / 1843),
      attempts: Math.round((400 * row.attempts) / 1843),
      established: Math.round((400 * row.established) / 1843),
      failed: 0,
      due: row.due === 0 ? 0 : 100,
      sent: row.sent === 0 ? 0 : 100,
      received: row.received === 0 ? 0 : 2000,
    })),
  };
}

/** The same return, of a herd of another size. */
function scaled(herd: Herd, affected: number): Herd {
  const of = (count: number) => Math.round((count * affected) / herd.affected);
  const { curve } = herd;
  return {
    ...herd,
    affected,
    attempts: of(herd.attempts),
    failed: {},
    curve: { ...curve, returned: curve.returned.map(of), attempts: curve.attempts.map(of) },
  };
}
