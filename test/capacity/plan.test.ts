import { describe, expect, test } from 'vitest';
import type { Measurements } from '../../src/capacity/measured.ts';
import { measurementsOf } from '../../src/capacity/measured.ts';
import { planCapacity } from '../../src/capacity/plan.ts';
import { sweepRecovery } from '../../src/capacity/recovery.ts';
import { type Demand, sizeFor } from '../../src/capacity/sizing.ts';
import { planLines } from '../../src/report/plan.ts';
import { sampleRecord } from '../report/sample-record.ts';

const DEMAND: Demand = {
  users: 100_000,
  messagesPerUserPerS: 0.1,
  sizeBytes: 100,
  fanout: 1,
  regions: 1,
  spareNodes: 1,
  utilizationRatio: 0.7,
  node: { cores: 1, memoryBytes: 4 * 2 ** 30, descriptors: 65_536, networkBitsPerS: 1e9 },
};

const known = (value: number, halfWidth: number | null = null) => ({ value, halfWidth, from: 'a' });
const MEASURED: Measurements = {
  connectionsPerNode: 20_000,
  bytesPerConnection: known(2000, 200),
  kernelBytesPerConnection: known(4000),
  cpuPerMessageS: known(20e-6),
  acceptsPerNodePerS: known(1000),
  ceilingPerNode: null,
};

describe('the size of a service', () => {
  test('is what the scarcest resource says, and some to spare', () => {
    const { binding, usersPerNode, nodes, resources } = sizeFor(DEMAND, MEASURED);
    // 0.7 of a core for 2 · 0.1 messages of 20 µs; of 65,536 descriptors, 0.7.
    expect(resources.find(({ name }) => name === 'processor')?.usersPerNode).toBeCloseTo(175_000, 6);
    expect(binding.name).toBe('descriptors');
    expect(usersPerNode).toBe(Math.floor(65_536 * 0.7));
    expect(nodes).toBe(Math.ceil(100_000 / usersPerNode) + 1);
  });

  test.each([
    ['memory', { node: { ...DEMAND.node, memoryBytes: 2 ** 28 } }],
    ['processor', { messagesPerUserPerS: 5 }],
    ['network', { node: { ...DEMAND.node, networkBitsPerS: 1e6 } }],
  ] as const)('may be bound by %s', (name, less) => {
    expect(sizeFor({ ...DEMAND, ...less }, MEASURED).binding.name).toBe(name);
  });

  test('is bound by a ceiling that was found', () => {
    const { binding, usersPerNode } = sizeFor(DEMAND, { ...MEASURED, ceilingPerNode: known(5000) });
    expect([binding.name, usersPerNode]).toEqual(['measured ceiling', 3500]);
  });

  test('has a range where the measurements have one', () => {
    const [memory] = sizeFor(DEMAND, MEASURED).resources;
    expect(memory.interval?.[0]).toBeCloseTo(memory.usersPerNode / 1.1, 6);
    expect(memory.interval?.[1]).toBeCloseTo(memory.usersPerNode / 0.9, 6);
  });

  test('sends 214 bytes to the wire for 100 to a client, and 4 more for those from one', () => {
    const one = { ...DEMAND, messagesPerUserPerS: 1, spareNodes: 0 };
    const { perNode, nodes } = sizeFor(one, MEASURED);
    const bytesPerUser = (perNode.networkBitsPerS / 8) * (nodes / one.users);
    // 38 Ethernet, 20 IP, 32 TCP, 2 WebSocket, 100 payload; TLS is not in it.
    expect(bytesPerUser).toBeCloseTo(192 + 196, 6);
  });

  test('spreads the users over regions, each with its spare', () => {
    const { nodes, nodesPerRegion } = sizeFor({ ...DEMAND, regions: 4 }, MEASURED);
    expect([nodesPerRegion, nodes]).toEqual([2, 8]);
  });
});

describe('after a loss', () => {
  const server = { acceptsPerS: 500, backlog: 511, overflow: 'drop', clientTimeoutMs: 10_000 } as const;
  const today = { kind: 'exponential', baseMs: 1000, capMs: 30_000, firstMs: 0, stableMs: 30_000 } as const;
  const sweep = sweepRecovery(10_000, server, today);

  test('today’s policy is told, and a better one recommended', () => {
    expect(sweep.today.policy).toEqual(today);
    expect(sweep.recommended.policy).toMatchObject({ kind: 'full-jitter' });
    expect(sweep.recommended.peakAttemptsPerS).toBeLessThanOrEqual(750);
    expect(Number(sweep.recommended.t99S)).toBeLessThan(Number(sweep.today.t99S ?? Number.POSITIVE_INFINITY));
    expect(Number(sweep.recommended.t99S)).toBeGreaterThanOrEqual(0.99 * (10_000 / 500));
  });
});

describe('a plan of a record', () => {
  test('says what it was taken from', () => {
    const measured = measurementsOf(sampleRecord());
    expect(measured?.bytesPerConnection?.from).toContain('single');
    const plan = planCapacity(sampleRecord(), { ...DEMAND, users: 5000 }, true);
    const text = planLines(plan).join('\n');
    expect(text).toContain('5,000 users');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  test('of a record without a valid phase is refused', () => {
    const record = sampleRecord();
    for (const phase of record.phases) phase.generator.valid = false;
    expect(() => planCapacity(record, DEMAND, false)).toThrow('no phase of the bundled server');
  });

  test('far beyond what was measured is refused, unless one insists', () => {
    const node = { cores: 64, memoryBytes: 2 ** 42, descriptors: 1e9, networkBitsPerS: 1e12 };
    const far = { ...DEMAND, node, users: 10_000_000 };
    const record = sampleRecord();
    for (const phase of record.phases) phase.ceiling = null;
    expect(() => planCapacity(record, far, false)).toThrow('--extrapolate');
    expect(planCapacity(record, far, true).sizing.extrapolation).toBeGreaterThan(4);
  });
});
