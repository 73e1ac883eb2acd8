/**
 * A capacity plan made up by hand, so that what it gives can be told from how it is come by.
 */

import type { CapacityPlan, Demand, Prediction, Tier } from '../../src/capacity/capacity-plan.ts';
import type { Loss } from '../../src/capacity/loss.ts';
import { type Recovery, type RecoverySweep, stormServer } from '../../src/capacity/recovery.ts';

const GB = 2 ** 30;

export const DEMAND: Demand = {
  users: 250_000,
  messagesPerUserPerS: 0.1,
  sizeBytes: 100,
  fanout: 1,
  regions: 1,
  zonesPerRegion: 3,
  spareNodes: 1,
  utilizationRatio: 0.7,
  objective: { responseP99Ms: 50, recoveryS: 30 },
  node: { cores: 1, memoryBytes: 4 * GB, descriptors: 65_536, networkBitsPerS: 1e9 },
  tls: false,
};

function measured(value: number, halfWidth: number | null = value / 10): Prediction {
  const [low, high] = halfWidth === null ? [null, null] : [value - halfWidth, value + halfWidth];
  return {
    value,
    low,
    high,
    basis: 'measured',
    from: ['small', 'large'],
    words: 'a line through two phases',
  };
}

const assumed = (value: number): Prediction => ({
  ...{ value, low: null, high: null },
  ...{ basis: 'assumed', from: [], words: 'taken for granted' },
});

const node: Tier = {
  ...{ name: 'node', count: 9, perRegion: 9, sparePerRegion: 1, basis: 'measured' },
  words: '8 for 34,100 users each, and 1 to spare',
  each: {
    connections: 250_000 / 9,
    memoryBytes: measured(2 * GB),
    cores: measured(0.4),
    networkBitsPerS: measured(8.6e6, null),
    descriptors: 250_000 / 9 + 200,
    ports: 0,
    sourceAddresses: 0,
  },
};

const balancer: Tier = {
  ...{ name: 'balancer', count: 2, perRegion: 2, sparePerRegion: 1, basis: 'assumed' },
  words: 'one, and one to spare',
  each: {
    connections: 125_000,
    ...{ memoryBytes: null, cores: null, networkBitsPerS: measured(78e6, null) },
    ...{ descriptors: 250_000, ports: 31_250, sourceAddresses: 1 },
  },
};

const broker: Tier = {
  ...{ name: 'broker', count: 2, perRegion: 2, sparePerRegion: 1, basis: 'assumed' },
  words: 'one Redis, and one to spare',
  each: {
    connections: 9,
    ...{ memoryBytes: null, cores: null, networkBitsPerS: null },
    ...{ descriptors: 50, ports: 0, sourceAddresses: 0 },
  },
};

const policy = {
  kind: 'full-jitter',
  baseMs: 1000,
  capMs: 30_000,
  firstMs: 18_000,
  stableMs: 30_000,
} as const;

/** Of so many clients that come back to the rest. */
function sweepOf(clients: number, acceptsPerS: number): RecoverySweep {
  const today = {
    policy: { ...policy, kind: 'exponential', firstMs: 0 } as const,
    ...{ t95S: 41, t95RangeS: [38, 47], t99S: null, t99RangeS: [null, null] },
    ...{ amplification: 6.2, peakAttemptsPerS: clients, wastedRatio: 0.4, neverReturned: 12 },
  } satisfies Recovery;
  const recommended = {
    ...{ policy, t95S: 16, t95RangeS: [15.6, 16.4], t99S: 18.4, t99RangeS: [18, 19.1] },
    ...{ amplification: 1.02, peakAttemptsPerS: acceptsPerS, wastedRatio: 0, neverReturned: 0 },
  } satisfies Recovery;
  const accepts = { value: acceptsPerS / 8, basis: 'measured', words: 'the busiest second' } as const;
  return {
    ...{ clients, acceptsPerS, server: stormServer(accepts, 8), windowS: clients / acceptsPerS },
    ...{ today, all: [today, recommended], recommended },
  };
}

function loss(of: Loss['of'], nodes: number, usersPerSurvivor: number): Loss {
  const users = (250_000 / 9) * nodes;
  return { of, nodes, users, survivors: 9 - nodes, usersPerSurvivor, room: 'to spare' };
}

const usersPerNode = { ...measured(34_100), low: 31_900, high: 36_600 };
const binding = { name: 'memory', usersPerNode } as const;

export function samplePlan(): CapacityPlan {
  return structuredClone({
    demand: DEMAND,
    phase: 'regions',
    resources: [
      binding,
      { name: 'processor', usersPerNode: measured(61_000) },
      { name: 'descriptors', usersPerNode: assumed(45_875) },
      { name: 'network', usersPerNode: assumed(2_260_000) },
    ],
    binding,
    usersPerNode: 34_100,
    nodes: 9,
    nodesPerRegion: 9,
    tiers: [node, balancer, broker],
    broker: {
      ...{ publishesPerS: 25_000, deliveriesPerS: 225_000, amplification: 9, busMessagesPerS: 25_000 },
      ...{ basis: 'assumed', words: 'unsharded, each publication goes to every node' },
    },
    latency: { p50Ms: measured(1.2), p99Ms: measured(61, 12) },
    throughput: { messagesPerS: measured(190_000), kneePerNodePerS: 14_000, peakPerNodePerS: 26_000 },
    losses: [loss('node', 1, 250_000 / 8), { ...loss('zone', 3, 250_000 / 6), room: 'none to spare' }],
    recovery: { node: sweepOf(27_778, 4000), zone: sweepOf(83_333, 3000), region: null },
    objectives: [
      {
        ...{ name: 'response p99', limit: 50, unit: 'ms', predicted: measured(61, 12) },
        ...{ met: false, metByNodes: 12, words: 'missed; 12 nodes keep it' },
      },
      {
        ...{ name: 'recovery', limit: 30, unit: 's', predicted: measured(18.4, null) },
        ...{ met: true, metByNodes: null, words: 'kept' },
      },
    ],
    inputs: [
      { name: 'users', value: 250_000, unit: 'users', basis: 'given', words: 'asked for' },
      {
        name: 'memory a connection',
        value: 7200,
        unit: 'bytes',
        basis: 'measured',
        words: 'slope of a line',
      },
      { name: 'memory of a node', value: 4 * GB, unit: 'bytes', basis: 'assumed', words: 'said by nobody' },
    ],
    charts: [
      {
        ...{ quantity: 'memory', xLabel: 'connections of a node', yLabel: 'bytes' },
        points: [1000, 2500, 5000, 10_000].map((x) => ({ x, y: 80e6 + 7300 * x, phase: `of ${x}` })),
        curve: [0, 5000, 10_000, 20_000, 30_000, 40_000].map((x) => {
          const y = 80e6 + 7200 * x;
          return { x, y, low: y * 0.95 - 200 * x, high: y * 1.05 + 200 * x };
        }),
        ...{ knee: null, askedAt: 250_000 / 9 },
      },
      {
        ...{ quantity: 'throughput', xLabel: 'messages/s offered to a node', yLabel: 'messages/s' },
        points: [1000, 4000, 8000, 16_000, 24_000, 32_000].map((x) => ({
          ...{ x, y: x / (1 + 0.00001 * x), phase: 'search' },
        })),
        curve: [1000, 8000, 16_000, 32_000, 64_000].map((x) => {
          const y = x / (1 + 0.00001 * x);
          return { x, y, low: y * 0.9, high: y * 1.1 };
        }),
        ...{ knee: { x: 14_000, y: 12_280 }, askedAt: 2778 },
      },
    ],
    unknown: ['No load was too high for a node, so where its throughput bends is not known.'],
    extrapolation: 2.8,
  } satisfies CapacityPlan);
}
