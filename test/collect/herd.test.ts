import { describe, expect, test } from 'vitest';
import {
  addStorm,
  createHerdBook,
  type HerdBook,
  type StormFacts,
  summarizeHerd,
  timeBackMs,
} from '../../src/collect/herd.ts';
import { STORM_STEP_MS } from '../../src/swarm/messages.ts';
import { bins, latencies, stormInterval } from '../support/intervals.ts';
import { herdPlan } from '../support/plans.ts';
import fc from '../support/properties.ts';

/** A book of a herd: how many came back, broke again or tried by the end of which ms. */
function book(
  affected: number,
  said: {
    returns?: Record<number, number>;
    relapses?: Record<number, number>;
    attempts?: Record<number, number>;
  } = {},
): HerdBook {
  const binsAt = (counts: Record<number, number> = {}) =>
    bins(
      Object.fromEntries(Object.entries(counts).map(([ms, count]) => [Number(ms) / STORM_STEP_MS, count])),
    );
  const total = (counts: Record<number, number> = {}) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  const made = createHerdBook();
  const storm = stormInterval({
    affected,
    attempts: total(said.attempts),
    established: total(said.returns),
    returns: binsAt(said.returns),
    relapses: binsAt(said.relapses),
    attemptBins: binsAt(said.attempts),
  });
  addStorm(made, storm, 0);
  return made;
}

const facts = (said: Partial<StormFacts> = {}): StormFacts => ({
  plan: herdPlan({ holdMs: 1000 }),
  policy: { kind: 'full-jitter', baseMs: 1000, capMs: 30_000, firstMs: 5000, stableMs: 30_000 },
  brokenAtMs: 5000,
  outageMs: 0,
  acceptedMs: said.outageMs ?? 0,
  observedMs: 20_000,
  acceptsPerS: 100,
  attemptsPerSBefore: 0,
  ...said,
});

describe('the time until a share of the clients is back', () => {
  test('is the end of the bin in which the last of them came', () => {
    const herd = book(4, { returns: { 100: 1, 200: 1, 300: 1, 400: 1 } });
    expect([0.5, 0.75, 1].map((share) => timeBackMs(herd, share, 1000, 5000))).toEqual([220, 320, 420]);
  });

  test('needs a share that is at least so large: half of three are two', () => {
    const herd = book(3, { returns: { 100: 1, 200: 1 } });
    expect(timeBackMs(herd, 0.5, 0, 5000)).toBe(220);
  });

  test('of 7 % of 100 clients needs 7, not 8, although 0.07 · 100 is more than 7 to a computer', () => {
    expect(0.07 * 100).toBeGreaterThan(7);
    const herd = book(100, { returns: { 100: 7 } });
    expect(timeBackMs(herd, 0.07, 0, 5000)).toBe(120);
    expect(timeBackMs(herd, 0.08, 0, 5000)).toBe(null);
  });

  test('does not count until it has been held for so long', () => {
    const herd = book(1, { returns: { 100: 1 } });
    expect(timeBackMs(herd, 1, 1000, 1080)).toBe(null);
    expect(timeBackMs(herd, 1, 1000, 1100)).toBe(120);
  });

  test('begins again with a relapse, and is the last time from which on they stayed', () => {
    const herd = book(2, { returns: { 100: 2, 900: 1 }, relapses: { 600: 1 } });
    expect(timeBackMs(herd, 1, 1000, 5000)).toBe(920);
    expect(timeBackMs(herd, 0.5, 1000, 5000)).toBe(120);
  });

  test('is the first time that was held for long enough, even if there was a relapse later', () => {
    const herd = book(1, { returns: { 100: 1 }, relapses: { 3000: 1 } });
    expect(timeBackMs(herd, 1, 1000, 5000)).toBe(120);
  });

  test('is not reached by clients that only come and go', () => {
    const herd = book(1, { returns: { 100: 1, 600: 1, 1100: 1 }, relapses: { 500: 1, 1000: 1, 1500: 1 } });
    expect(timeBackMs(herd, 1, 1000, 5000)).toBe(null);
  });

  test('was not measured where nobody was hit', () => {
    expect(timeBackMs(book(0), 0.99, 1000, 5000)).toBe(null);
  });

  test('is what is found by looking at every moment by itself', () => {
    const coming = fc.array(fc.record({ back: fc.nat(60), stays: fc.nat(60), returns: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(coming, fc.constantFrom(0.5, 0.95, 1), fc.nat(30), (clients, share, holdSteps) => {
        const observedSteps = 150;
        const count = (steps: number[]) => {
          const counts: Record<number, number> = {};
          for (const step of steps) counts[step * STORM_STEP_MS] = (counts[step * STORM_STEP_MS] ?? 0) + 1;
          return counts;
        };
        const gone = clients.filter(({ returns }) => returns);
        const herd = book(clients.length, {
          returns: count(clients.map(({ back }) => back)),
          relapses: count(gone.map(({ back, stays }) => back + 1 + stays)),
        });

        const isBack = (step: number) =>
          clients.filter((c) => c.back <= step && !(c.returns && c.back + 1 + c.stays <= step)).length >=
          share * clients.length - 1e-9;
        let expected: number | null = null;
        for (let from = 0; from < observedSteps && expected === null; from++) {
          if (from > 0 && isBack(from - 1)) continue;
          const held = Array.from({ length: Math.max(1, holdSteps) }, (_, i) => from + i);
          if (held.every((step) => step < observedSteps && isBack(step)))
            expected = (from + 1) * STORM_STEP_MS;
        }
        const found = timeBackMs(herd, share, holdSteps * STORM_STEP_MS, observedSteps * STORM_STEP_MS);
        expect(found).toBe(expected);
      }),
    );
  });
});

describe('the account of a herd', () => {
  test('counts the times from when the server accepts again, and tells the outage apart', () => {
    const herd = book(2, { returns: { 2500: 1, 3000: 1 } });
    expect(summarizeHerd(herd, facts({ outageMs: 2000, observedMs: 10_000 }))).toMatchObject({
      outageMs: 2000,
      t50Ms: 520,
      t95Ms: 1020,
      t99Ms: 1020,
      t100Ms: 1020,
      observedMs: 8000,
      neverReturned: 0,
    });
  });

  test('has no negative time for a client that was back before the server was said to accept', () => {
    expect(summarizeHerd(book(1, { returns: { 100: 1 } }), facts({ outageMs: 500 })).t100Ms).toBe(0);
  });

  test('has null for a share that never was back, and says who never came', () => {
    const { t50Ms, t95Ms, t100Ms, neverReturned } = summarizeHerd(book(10, { returns: { 100: 6 } }), facts());
    expect({ t50Ms, t95Ms, t100Ms, neverReturned }).toEqual({
      t50Ms: 120,
      t95Ms: null,
      t100Ms: null,
      neverReturned: 4,
    });
  });

  test('has null for every time, where nobody was hit', () => {
    const { t50Ms, t95Ms, t99Ms, t100Ms, amplification, neverReturned } = summarizeHerd(book(0), facts());
    expect([t50Ms, t95Ms, t99Ms, t100Ms, amplification]).toEqual([null, null, null, null, null]);
    expect(neverReturned).toBe(0);
  });

  test('has an amplification of attempts by successes', () => {
    const herd = book(10, { returns: { 1000: 10 }, attempts: { 0: 10, 500: 10, 1000: 14 } });
    expect(summarizeHerd(herd, facts()).amplification).toBe(3.4);
  });

  test('has no amplification without a success', () => {
    expect(summarizeHerd(book(10, { attempts: { 0: 10 } }), facts()).amplification).toBe(null);
  });

  test('has as its peak the most attempts of any second, wherever that begins', () => {
    const attempts = { 0: 1, 700: 10, 1600: 10, 1700: 5, 5000: 20 };
    expect(summarizeHerd(book(50, { attempts }), facts()).peakAttemptsPerS).toBe(20);
    expect(
      summarizeHerd(book(50, { attempts: { 700: 10, 1680: 10, 1700: 5 } }), facts()).peakAttemptsPerS,
    ).toBe(20);
    expect(summarizeHerd(book(50), facts()).peakAttemptsPerS).toBe(0);
  });

  test('has as the window that would be needed N/µ, and none where nothing was seen to be accepted', () => {
    expect(summarizeHerd(book(500), facts({ acceptsPerS: 100 })).recommendedWindowMs).toBe(5000);
    expect(summarizeHerd(book(500), facts({ acceptsPerS: 0 })).recommendedWindowMs).toBe(null);
  });

  test('has a curve that never falls below nothing, as long as it was watched', () => {
    const herd = book(2, { returns: { 100: 2 }, relapses: { 40: 1, 200: 1 }, attempts: { 60: 3 } });
    const { curve } = summarizeHerd(herd, facts({ observedMs: 1000, outageMs: 40 }));
    expect(curve).toMatchObject({ stepMs: STORM_STEP_MS, acceptedMs: 40 });
    expect(curve.returned).toHaveLength(1000 / STORM_STEP_MS);
    expect(curve.attempts).toHaveLength(1000 / STORM_STEP_MS);
    expect(Math.min(...curve.returned)).toBe(0);
    expect(curve.returned.at(-1)).toBe(0);
    expect(curve.attempts[3]).toBe(3);
  });
});

describe('metastable', () => {
  /** 100 clients at 100 accepts a second: judged three seconds after the server accepts again. */
  const judge = (said: Parameters<typeof book>[1], more: Partial<StormFacts> = {}) =>
    summarizeHerd(book(100, said), facts({ acceptsPerS: 100, observedMs: 10_000, ...more })).metastable;
  const storming = Object.fromEntries(Array.from({ length: 500 }, (_, bin) => [bin * STORM_STEP_MS, 4]));

  test('is a herd that goes on trying long after, while too few are back', () => {
    expect(judge({ attempts: storming, returns: { 500: 50 } })).toBe(true);
  });

  test('is not one that is back', () => {
    expect(judge({ attempts: storming, returns: { 500: 95 } })).toBe(false);
  });

  test('is not one that was late but came back by itself', () => {
    expect(judge({ attempts: storming, returns: { 500: 50, 8000: 50 } })).toBe(false);
  });

  test('is not one that has given up', () => {
    expect(judge({ attempts: { 0: 100, 1000: 50 }, returns: { 1000: 50 } })).toBe(false);
  });

  test('is not one whose attempts are as many as before the break', () => {
    expect(judge({ attempts: storming, returns: { 500: 50 } }, { attemptsPerSBefore: 185 })).toBe(false);
    expect(judge({ attempts: storming, returns: { 500: 50 } }, { attemptsPerSBefore: 180 })).toBe(true);
  });

  test('is one that was back and broke again', () => {
    expect(judge({ attempts: storming, returns: { 500: 100 }, relapses: { 2000: 60 } })).toBe(true);
  });

  test('is not known where it was not watched for three windows', () => {
    expect(judge({ attempts: storming, returns: { 500: 50 } }, { observedMs: 2900 })).toBe(null);
  });

  test('is judged three windows after the server accepts again, not after the break', () => {
    expect(judge({ attempts: storming, returns: { 500: 50 } }, { outageMs: 7500 })).toBe(null);
  });

  test('is not known where nothing was seen to be accepted', () => {
    expect(judge({ attempts: storming }, { acceptsPerS: 0 })).toBe(null);
  });
});

test('the books of several workers add up', () => {
  const herd = createHerdBook();
  addStorm(
    herd,
    stormInterval({
      affected: 3,
      attempts: 4,
      established: 3,
      lost: 2,
      failed: { ECONNREFUSED: 1 },
      returns: bins({ 5: 3 }),
      attemptBins: bins({ 0: 1, 5: 3 }),
      collateralClients: 7,
      collateralErrors: 1,
      failover: null,
      collateralResponse: latencies([5]),
    }),
    0,
  );
  addStorm(
    herd,
    stormInterval({
      affected: 2,
      attempts: 3,
      established: 2,
      lost: 1,
      failed: { ECONNREFUSED: 1, TIMEOUT: 2 },
      returns: bins({ 5: 1, 40: 1 }),
      relapses: bins({ 50: 1 }),
      attemptBins: bins({ 40: 3 }),
      collateralClients: 8,
      collateralResponse: latencies([5, 6]),
    }),
    1,
  );
  // A worker's later report tells anew how many it has not touched.
  addStorm(herd, stormInterval({ returns: bins({ 60: 1 }), collateralClients: 6 }), 1);

  const { curve, ...summary } = summarizeHerd(herd, facts({ observedMs: 4000 }));
  expect(summary).toMatchObject({
    affected: 5,
    attempts: 7,
    lost: 3,
    failed: { ECONNREFUSED: 2, TIMEOUT: 2 },
    amplification: 7 / 5,
    collateral: { clients: 13, errors: 1, responseMs: { count: 3 } },
    neverReturned: 0,
    t50Ms: 120,
    t100Ms: 1220,
  });
  expect(curve.returned[49]).toBe(5);
  expect(curve.returned[50]).toBe(4);
});
