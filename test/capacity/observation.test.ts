import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { observe } from '../../src/capacity/observation.ts';
import { LAW, type Made, measuredPhase } from './measured-record.ts';

const MADE: Made = { name: 'a', nodes: 4, clients: 10_000, sentPerS: 4000 };
const made = (less: Partial<Made> = {}) =>
  measuredPhase({ ...MADE, ...less }, createRandom(1, 'observation'), 0);

describe('what a phase says of a node', () => {
  test('is its share of all', () => {
    const observed = observe(made());
    expect(observed).toMatchObject({ phase: 'a', connections: 2500, messagesPerS: 2000, isWarm: true });
    expect(observed?.cores).toBeCloseTo(LAW.cores(2500, 2000), 9);
    expect(observed?.memoryBytes).toBeCloseTo(LAW.memoryBytes(2500, 2000), 3);
    expect(observed?.p50Ms).toBeCloseTo(LAW.p50Ms(2500, 2000), 2);
  });

  test('is of the seconds in which it was warm, which are those after 10,000 messages', () => {
    const cold = made();
    // The made-up second costs thrice as much before: five of them, at 2,000 messages/s.
    const costs = cold.timeline.map(({ serverCpuRatio }) => serverCpuRatio ?? 0);
    expect(costs.findIndex((cost) => cost < costs[0])).toBe(5);
    const never = made({ sentPerS: 400 });
    const observed = observe(never);
    expect(observed?.isWarm).toBe(false);
    expect(observed?.cores).toBeCloseTo(3 * LAW.cores(2500, 200), 9);
  });

  test('leaves out the seconds in which the generator was not up to it', () => {
    const phase = made();
    for (const row of phase.timeline.slice(5, 8)) Object.assign(row, { valid: false, serverCpuRatio: 9 });
    expect(observe(phase)?.cores).toBeCloseTo(LAW.cores(2500, 2000), 9);
    for (const row of phase.timeline) row.valid = false;
    expect(observe(phase)).toBeNull();
  });

  test('is not troubled by a second in which a process did not tell its memory', () => {
    const phase = made();
    phase.timeline[9].serverRssBytes = 1;
    phase.timeline[10].serverRssBytes = null;
    expect(observe(phase)?.memoryBytes).toBeCloseTo(LAW.memoryBytes(2500, 2000), 3);
  });

  test('is without what stands beside it', () => {
    const phase = made();
    const server = phase.server as NonNullable<typeof phase.server>;
    server.processes.push({ role: 'us-east-1/broker', pid: 9, cpuS: 4, rssBytes: 0, connections: null });
    expect(observe(phase)?.cores).toBeCloseTo(LAW.cores(2500, 2000) / 2, 9);
  });
});
