import { describe, expect, test } from 'vitest';
import { type FailoverFacts, toFailover } from '../../src/collect/failover.ts';
import fc from '../support/properties.ts';

const HERD = { affected: 10, lost: 3, recovered: 2 };

const facts = (said: Partial<FailoverFacts> = {}): FailoverFacts => ({
  regions: ['here', 'there', 'elsewhere'],
  lost: 1,
  originMs: 1000,
  stormMs: 5000,
  brokenAtMs: 5100,
  noticedAtMs: 6600,
  servesAtMs: 20_000,
  upAtMs: 20_700,
  ...said,
});

describe('a failover', () => {
  test('is told in parts that begin with the break', () => {
    const counts = { landed: { 0: 6, 2: 4 }, waited: 10, resolvedMs: 31_000, returnedMs: 41_000 };
    expect(toFailover(counts, HERD, facts())).toEqual({
      ...{ region: 'there', brokenAtMs: 4100, affected: 10, lost: 3, recovered: 2 },
      landed: { here: 6, elsewhere: 4 },
      ...{ waited: 10, detectionMs: 1500, ttlMs: 1500, reconnectMs: 1000, totalMs: 4000, upAgainMs: 700 },
    });
  });

  test('has parts that add up to the whole', () => {
    const client = fc.record({ resolvedMs: fc.integer({ min: 2000, max: 30_000 }), restMs: fc.nat(60_000) });
    fc.assert(
      fc.property(
        fc.array(client, { minLength: 1, maxLength: 100 }),
        fc.integer({ min: 0, max: 1900 }),
        (clients, detectionMs) => {
          const resolvedMs = clients.reduce((sum, one) => sum + one.resolvedMs, 0);
          const returnedMs = clients.reduce((sum, one) => sum + one.resolvedMs + one.restMs, 0);
          const counts = { landed: {}, waited: clients.length, resolvedMs, returnedMs };
          const failover = toFailover(counts, HERD, facts({ noticedAtMs: 5100 + detectionMs }));
          const parts = [failover.detectionMs, failover.ttlMs, failover.reconnectMs].map(Number);
          expect(parts.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(Number(failover.totalMs), 6);
          expect(Math.min(...parts)).toBeGreaterThanOrEqual(-1e-9);
          // The mean over the clients, from the break on.
          expect(failover.totalMs).toBeCloseTo(returnedMs / clients.length - 100, 6);
        },
      ),
    );
  });

  test('says nothing of what was not seen', () => {
    const nobody = { landed: {}, waited: 0, resolvedMs: 0, returnedMs: 0 };
    const unseen = facts({ noticedAtMs: null, servesAtMs: null, upAtMs: null });
    expect(toFailover(nobody, HERD, unseen)).toMatchObject({
      ...{ detectionMs: null, ttlMs: null, reconnectMs: null, totalMs: null, upAgainMs: null },
    });
  });
});
