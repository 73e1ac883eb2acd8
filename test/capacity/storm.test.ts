import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { fluidAmplification, fluidTimeBackS } from '../../src/capacity/storm/fluid.ts';
import { type ServerModel, simulateStorm, timeBackMs } from '../../src/capacity/storm/simulate.ts';
import type { BackoffPlan } from '../../src/model/backoff.ts';

const CLIENTS = 100_000;
/** As in the simulation behind the table of docs/measurement.md: what finds no room is refused at once. */
const SERVER: ServerModel = { acceptsPerS: 2000, backlog: 0, overflow: 'refuse', clientTimeoutMs: 60_000 };
const policy = (kind: BackoffPlan['kind'], firstMs = 0): BackoffPlan => ({
  ...{ kind, baseMs: 1000, capMs: 30_000, firstMs, stableMs: 30_000 },
});

function storm(plan: BackoffPlan, server: Partial<ServerModel> = {}, clients = CLIENTS, maxMs = 20_000_000) {
  const random = createRandom(1, 'storm');
  const more = { binMs: 100, maxMs };
  const outcome = simulateStorm({ clients, policy: plan, server: { ...SERVER, ...server }, random, ...more });
  const tS = (share: number) => Number(timeBackMs(outcome, clients, share)) / 1000;
  return { ...outcome, tS };
}

describe('100,000 clients and a server that takes 2,000 a second', () => {
  const rows: [BackoffPlan, t95: number, t99: number, a: number, backlog?: number][] = [
    [policy('guide'), 399, 430, 9.4],
    [policy('equal-jitter'), 72, 77, 5.3],
    [policy('full-jitter'), 50, 59, 5.4],
    [policy('decorrelated'), 55, 63, 4.8],
    [policy('full-jitter', 5000), 50, 56.5, 6.0],
    [policy('full-jitter', 50_000), 48, 49.7, 1.15],
  ];
  test.each(rows)('by %o are back as the published table has it', (plan, t95, t99, amplification) => {
    const outcome = storm(plan);
    expect(Math.abs(outcome.tS(0.95) / t95 - 1)).toBeLessThan(0.06);
    expect(Math.abs(outcome.tS(0.99) / t99 - 1)).toBeLessThan(0.06);
    // The table's rows come from one seed, and from a model that spends the first draws otherwise.
    expect(Math.abs(outcome.amplification / amplification - 1)).toBeLessThan(0.15);
  });

  test('without jitter need a round for each bin’s worth of acceptance', () => {
    // A tenth of the published storm of 100,000, 14,731 s and 250 attempts each: 50 rounds for 500.
    const { tS, amplification, peakAttemptsPerS } = storm(policy('exponential'), {}, CLIENTS / 10);
    expect(tS(0.99) / 1431).toBeCloseTo(1, 1);
    expect(amplification / 25.5).toBeCloseTo(1, 1);
    expect(peakAttemptsPerS).toBe(10_000);
  });
});

describe('any storm', () => {
  const anyStorm = fc.record({
    clients: fc.integer({ min: 1, max: 3000 }),
    acceptsPerS: fc.integer({ min: 50, max: 2000 }),
    backlog: fc.nat(1000),
    overflow: fc.constantFrom('refuse' as const, 'drop' as const),
    clientTimeoutMs: fc.integer({ min: 200, max: 10_000 }),
    kind: fc.constantFrom(
      'fixed' as const,
      'full-jitter' as const,
      'decorrelated' as const,
      'guide' as const,
    ),
    seed: fc.nat(1000),
  });

  test('takes no fewer attempts than clients, and no longer than the server needs', () => {
    fc.assert(
      fc.property(anyStorm, ({ clients, kind, seed, ...server }) => {
        const plan: BackoffPlan = { ...policy(kind), baseMs: 200, capMs: 2000 };
        const random = createRandom(seed, 'storm');
        const outcome = simulateStorm({ clients, policy: plan, server, random, maxMs: 120_000 });
        const { back, binMs, attempts } = outcome;
        expect(attempts).toBeGreaterThanOrEqual(back.at(-1) ?? 0);
        const perBin = (server.acceptsPerS * binMs) / 1000;
        for (let i = 1; i < back.length; i++) {
          expect(back[i]).toBeGreaterThanOrEqual(back[i - 1]);
          expect(back[i]).toBeLessThanOrEqual((i + 1) * perBin + 1);
        }
        const lastMs = timeBackMs(outcome, clients, 1);
        if (lastMs !== null)
          expect(lastMs).toBeGreaterThanOrEqual((clients / server.acceptsPerS) * 1000 - binMs);
      }),
      { numRuns: 30 },
    );
  });

  test('twice the clients on a server twice as fast take as long', () => {
    const once = storm(policy('full-jitter'));
    const twice = storm(policy('full-jitter'), { acceptsPerS: 4000 }, 2 * CLIENTS);
    expect(Math.abs(twice.tS(0.5) / once.tS(0.5) - 1)).toBeLessThan(0.02);
    expect(Math.abs(twice.amplification / once.amplification - 1)).toBeLessThan(0.02);
  });

  test('with a first delay spread over N/µ comes at the server’s own pace', () => {
    const { peakAttemptsPerS, amplification } = storm(policy('full-jitter', 60_000), { backlog: 4096 });
    expect(peakAttemptsPerS).toBeLessThan(2000);
    expect(amplification).toBeLessThan(1.02);
  });
});

describe('a queue that is longer than the clients’ patience', () => {
  const impatient = { backlog: 50_000, clientTimeoutMs: 2000 };

  const wait = policy('fixed');

  test('turns all work into waste: a storm that stays, although the server is well', () => {
    const patient = storm(wait, { backlog: 50_000 });
    expect(patient.wasted).toBe(0);
    expect(patient.tS(0.99)).toBeLessThan(51);
    const collapsed = storm(wait, impatient, CLIENTS, 300_000);
    expect(collapsed.back.at(-1)).toBeLessThan(0.1 * CLIENTS);
    expect(collapsed.wasted).toBeGreaterThan(5 * CLIENTS);
  });

  test('of which a short one makes less', () => {
    expect(storm(wait, { ...impatient, backlog: 511 }).wasted).toBe(0);
  });
});

describe('the fluid limit', () => {
  const input = { clients: 100_000, acceptsPerS: 2000, meanDelayS: 15 };

  test('has the published values', () => {
    expect(fluidTimeBackS(input, 0.5)).toBeCloseTo(25, 1);
    expect(fluidTimeBackS(input, 0.95)).toBeCloseTo(61.9, 1);
    expect(fluidTimeBackS(input, 0.99)).toBeCloseTo(86.0, 1);
    expect(fluidAmplification(input)).toBeCloseTo(1.82, 2);
  });
});
