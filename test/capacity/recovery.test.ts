import { describe, expect, test } from 'vitest';
import { stormServer, sweepRecovery } from '../../src/capacity/recovery.ts';
import { type BackoffPlan, LIBRARIES, LIBRARY_KINDS } from '../../src/model/backoff.ts';

const accepts = { value: 500, basis: 'measured', words: 'the most that connected in a second' } as const;
const today: BackoffPlan = { kind: 'exponential', baseMs: 1000, capMs: 30_000, firstMs: 0, stableMs: 30_000 };

describe('nodes as one server', () => {
  test('accept and queue as much as all of them together, and say what of it is known', () => {
    const server = stormServer(accepts, 4, {
      clientTimeoutMs: { value: 3000, basis: 'given', words: 'as asked for' },
    });
    expect(server.acceptsPerS).toEqual({ ...accepts, value: 2000 });
    expect([server.backlog.value, server.backlog.basis]).toEqual([4 * 512, 'assumed']);
    expect([server.clientTimeoutMs.value, server.clientTimeoutMs.basis]).toEqual([3000, 'given']);
    for (const { words } of Object.values(server)) expect(words).not.toMatch(/\.$/);
  });
});

describe('after a loss', () => {
  const sweep = sweepRecovery(10_000, stormServer(accepts, 1), today);

  test('today’s policy is told, and one that comes at the server’s pace recommended', () => {
    expect(sweep.today.policy).toEqual(today);
    expect(sweep.windowS).toBe(20);
    expect(sweep.recommended.policy).toMatchObject({ kind: 'full-jitter' });
    expect(sweep.recommended.peakAttemptsPerS).toBeLessThanOrEqual(750);
    expect(Number(sweep.recommended.t99S)).toBeGreaterThanOrEqual(0.99 * sweep.windowS);
    expect(Number(sweep.recommended.t99S)).toBeLessThan(Number(sweep.today.t99S));
    expect(sweep.recommended.neverReturned).toBe(0);
  });

  test('times have the range of all seeds about them', () => {
    for (const { t99S, t99RangeS, t95S, t95RangeS } of sweep.all) {
      expect(Number(t99RangeS[0])).toBeLessThanOrEqual(Number(t99S));
      expect(Number(t99S)).toBeLessThanOrEqual(Number(t99RangeS[1]));
      expect(Number(t95RangeS[0])).toBeLessThanOrEqual(Number(t95S));
      expect(Number(t95S)).toBeLessThanOrEqual(Number(t95RangeS[1]));
    }
    expect(sweep.recommended.t99RangeS[0]).not.toBe(sweep.recommended.t99RangeS[1]);
  });

  test('many clients are simulated by fewer, for which it takes as long', () => {
    const large = sweepRecovery(400_000, stormServer(accepts, 40), today);
    expect(large.windowS).toBe(sweep.windowS);
    const [t99, largeT99] = [sweep, large].map(({ recommended }) => Number(recommended.t99S));
    expect(Math.abs(largeT99 / t99 - 1)).toBeLessThan(0.1);
    expect(large.recommended.peakAttemptsPerS / sweep.recommended.peakAttemptsPerS).toBeCloseTo(40, -1);
  });

  test.each(LIBRARY_KINDS)('clients of %s come back, too, or say that they do not', (kind) => {
    const { baseMs, capMs, stableMs } = LIBRARIES[kind];
    const plan: BackoffPlan = { kind, baseMs, capMs, stableMs, firstMs: 0 };
    const { today: theirs, recommended } = sweepRecovery(2000, stormServer(accepts, 1), plan);
    expect(theirs.t99S === null).toBe(theirs.neverReturned > 20);
    expect(recommended.policy.baseMs).toBeGreaterThan(0);
    expect(Number(recommended.t99S)).toBeGreaterThanOrEqual(0.99 * 4);
  });
});
