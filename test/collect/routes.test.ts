import { expect, test } from 'vitest';
import { createRouteTally } from '../../src/collect/routes.ts';
import type { PhasePlan } from '../../src/model/plan.ts';
import { createDirectCounters } from '../../src/server/direct/counts.ts';
import { createCounters } from '../../src/swarm/messages.ts';
import { latencies } from '../support/intervals.ts';
import { phasePlan } from '../support/plans.ts';
import { serverSample } from '../support/server-sample.ts';

const PLAN: PhasePlan = phasePlan({
  topology: {
    ...{ kind: 'regions', engine: 'lean', regions: ['here', 'there'], nodesPerRegion: 1 },
    broker: { kind: 'embedded' },
    wan: {
      rttMs: [
        [0, 80],
        [80, 0],
      ],
      ...{ jitterRatio: 0, lossRatio: 0 },
    },
    dns: { ttlMs: 1000, healthIntervalMs: 1000 },
  },
  messages: { ...phasePlan().messages, mode: 'direct' },
});

test('workers, seconds and nodes add up', () => {
  const tally = createRouteTally();
  const straight = (ms: number[]) => ({
    pairs: [{ from: 0, to: 1, latencies: latencies(ms) }],
    late: latencies([]),
    lost: [],
  });
  tally.add(straight([41, 42]), true);
  tally.add({ ...straight([43]), late: latencies([100, 200]) }, true);
  // A storm's latencies are not the phase's, and what was late in it is not the moves'.
  tally.add({ ...straight([5000]), late: latencies([300]) }, false);
  tally.add(null, true);
  tally.add({ ...straight([]), lost: [30, -2] }, false);
  tally.add({ ...straight([]), lost: [-20, 5] }, false);
  expect(tally.lost).toEqual([10, 3]);
  const node = (pid: number, said: object) => ({
    ...serverSample({ pid }),
    part: 'node' as const,
    direct: { ...createDirectCounters(), users: 1, convergence: latencies([pid]), ...said },
  });
  const nodes = [
    node(10, { accepted: 3, misrouted: 1 }),
    node(20, { delivered: 4, misrouted: 2, handovers: 1 }),
  ];
  const counters = { ...createCounters(), moved: 2, missing: 5 };

  const { pairs, moves, convergenceMs, messages } = tally.close(PLAN, counters, nodes);
  expect(pairs?.map(({ from, to, floorMs, latencyMs: { count } }) => [from, to, floorMs, count])).toEqual([
    ...[
      ['here', 'here', 0, 0],
      ['here', 'there', 40, 3],
      ['there', 'here', 40, 0],
      ['there', 'there', 0, 0],
    ],
  ]);
  expect(pairs?.[1].aboveFloorMs).toBeCloseTo(2, 1);
  expect(pairs?.[0].aboveFloorMs).toBeNull();
  expect(moves).toMatchObject({ moved: 2, misrouted: 3, late: 2, lost: 5 });
  expect(convergenceMs?.count).toBe(2);
  expect(messages).toMatchObject({ accepted: 3, delivered: 4, handovers: 1 });
});

test('there are none in other modes', () => {
  const tally = createRouteTally();
  const nothing = { pairs: null, moves: null, convergenceMs: null, messages: null };
  expect(tally.close({ ...PLAN, messages: phasePlan().messages }, createCounters(), [])).toEqual(nothing);
  expect(tally.close(phasePlan(), createCounters(), [])).toEqual(nothing);
});
