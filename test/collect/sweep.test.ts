import { describe, expect, test } from 'vitest';
import { acceptRate, autoPolicies, type Swept, toSweep } from '../../src/collect/sweep.ts';
import type { BackoffPlan } from '../../src/model/backoff.ts';
import type { Herd } from '../../src/model/record.ts';
import { sweepSchema } from '../../src/model/sweep.ts';
import { aHerd } from '../support/herds.ts';

const GUIDE: BackoffPlan = { kind: 'guide', baseMs: 1000, capMs: 30_000, firstMs: 0, stableMs: 30_000 };

function jitterOver(firstMs: number): BackoffPlan {
  return { kind: 'full-jitter', baseMs: 1000, capMs: 40_000, firstMs, stableMs: 30_000 };
}

/** Measured with one policy, in one herd. */
const tried = (policy: BackoffPlan, ...herds: Herd[]): Swept => ({ policy, herds });

/** The storm of the guide: all at once, most are refused, and again some seconds later. */
const WAVES = aHerd({
  affected: 1000,
  returns: [0, 200, 0, 200, 200, 200, 200],
  attempts: [0, 1000, 0, 800, 600, 400, 200],
});
/** Spread over five seconds, of which each takes what the server takes. */
const SPREAD = aHerd({
  affected: 1000,
  returns: [200, 200, 200, 200, 200],
  attempts: [205, 210, 200, 200, 200],
});
/** Spread over two seconds: all are back as soon, but it asks for more. */
const CROWDED = aHerd({
  affected: 1000,
  returns: [200, 200, 200, 200, 200],
  attempts: [500, 500, 300, 100, 0],
});

describe('what the server accepts', () => {
  test('is the most that came back in a second, if it was asked for more', () => {
    expect(acceptRate([WAVES])).toEqual({ perS: 200, isAtLeast: false });
  });

  test('is at least that, if it never was; and what it took in the ramp counts as well', () => {
    expect(acceptRate([SPREAD])).toEqual({ perS: 200, isAtLeast: true });
    expect(acceptRate([{ ...SPREAD, recommendedWindowMs: 2000 }])).toEqual({ perS: 500, isAtLeast: true });
  });

  test('is told by the storm that asked for more, of several', () => {
    expect(acceptRate([{ ...SPREAD, recommendedWindowMs: 2000 }, WAVES])).toEqual({
      perS: 200,
      isAtLeast: false,
    });
  });

  test('is the median of storms that did, whatever one second was like; not of those in which nobody tried', () => {
    const odd = aHerd({ affected: 1000, returns: [900, 100], attempts: [1500, 100] });
    const none = aHerd({ affected: 1000, returns: [], attempts: [] });
    expect(acceptRate([odd, WAVES, CROWDED, none, none, none])).toEqual({ perS: 200, isAtLeast: false });
  });

  test('attempts during the outage ask nobody', () => {
    const outage = aHerd({
      affected: 400,
      acceptedS: 2,
      returns: [0, 0, 200, 200],
      attempts: [900, 900, 210, 200],
    });
    expect(acceptRate([outage])).toEqual({ perS: 200, isAtLeast: true });
  });

  test('is not known where nobody came back', () => {
    expect(acceptRate([aHerd({ affected: 50, returns: [], attempts: [50] })])).toEqual({
      perS: null,
      isAtLeast: false,
    });
    expect(acceptRate([aHerd({ affected: 0, returns: [], attempts: [] })])).toEqual({
      perS: null,
      isAtLeast: true,
    });
  });
});

describe('the policies that follow from a storm', () => {
  test('are full jitter over a half, one, one and a half and two times N/µ, with a cap of twice that at least', () => {
    expect(autoPolicies([WAVES])).toEqual(
      [2500, 5000, 7500, 10_000].map((firstMs) => ({ ...jitterOver(firstMs), capMs: 30_000 })),
    );
    const large = aHerd({ affected: 12_000, returns: [200, 200], attempts: [9000, 200] });
    expect(autoPolicies([large]).map(({ firstMs, capMs }) => [firstMs, capMs])).toEqual([
      [30_000, 120_000],
      [60_000, 120_000],
      [90_000, 120_000],
      [120_000, 120_000],
    ]);
  });

  test('have windows of two digits, rounded up', () => {
    const odd = aHerd({ affected: 1000, returns: [190, 192], attempts: [900, 200] });
    expect(autoPolicies([odd]).map(({ firstMs }) => firstMs)).toEqual([2700, 5300, 7900, 11_000]);
  });

  test('are none where nobody came back', () => {
    expect(autoPolicies([aHerd({ affected: 50, returns: [], attempts: [50] })])).toEqual([]);
  });
});

describe('the recommendation', () => {
  test('is the policy that is back soonest without asking for more than the server takes', () => {
    const sweep = toSweep([
      tried(GUIDE, WAVES),
      tried(jitterOver(2000), CROWDED),
      tried(jitterOver(5000), SPREAD),
      tried(
        jitterOver(10_000),
        aHerd({ affected: 1000, returns: new Array(10).fill(100), attempts: new Array(10).fill(100) }),
      ),
    ]);
    expect(sweep).toMatchObject({ verdict: 'change', recommended: 2, acceptsPerS: 200, windowMs: 5000 });
    expect(sweep.entries.map(({ flaws }) => flaws)).toEqual([
      ['asked for 1,000/s of a server that took 200/s'],
      ['asked for 500/s of a server that took 200/s'],
      [],
      [],
    ]);
    expect(sweep.words).toBe(
      'full jitter over 5.00 s: 99 % back in 5.00 s, peak 210/s; today’s policy, guide from 1.00 s to 30.0 s: 99 % back in 7.00 s, peak 1,000/s (asked for 1,000/s of a server that took 200/s)',
    );
    expect(sweepSchema.parse(sweep)).toEqual(sweep);
  });

  test('is no change where today’s policy is without flaws, and not much slower', () => {
    const few = aHerd({ affected: 60, returns: [20, 40], attempts: [20, 40] });
    const sweep = toSweep([
      tried(GUIDE, few),
      tried(jitterOver(1000), aHerd({ affected: 60, returns: [60], attempts: [60] })),
    ]);
    expect(sweep).toMatchObject({ verdict: 'keep', recommended: 0, isAtLeast: true });
    expect(sweep.words).toBe(
      'no change: today’s policy, guide from 1.00 s to 30.0 s: 99 % back in 2.00 s, peak 40/s; the best other one, full jitter over 1.00 s: 99 % back in 1.00 s, peak 60/s',
    );
  });

  test('is no change where today’s policy is the best itself', () => {
    const sweep = toSweep([tried(jitterOver(5000), SPREAD), tried(GUIDE, WAVES)]);
    expect(sweep).toMatchObject({ verdict: 'keep', recommended: 0 });
    expect(sweep.words).toContain('none is better');
  });

  test('is a change where today’s policy is without flaws, but much slower', () => {
    const slow = aHerd({ affected: 100, returns: new Array(20).fill(5), attempts: new Array(20).fill(5) });
    const sweep = toSweep([
      tried(jitterOver(20_000), slow),
      tried(jitterOver(1000), aHerd({ affected: 100, returns: [100], attempts: [100] })),
    ]);
    expect(sweep).toMatchObject({ verdict: 'change', recommended: 1 });
    expect(sweep.words).not.toContain('(');
  });

  test('of two that are as soon is the calmer one', () => {
    const sweep = toSweep([
      tried(GUIDE, WAVES),
      tried(
        jitterOver(4000),
        aHerd({ affected: 1000, returns: [200, 200, 200, 200, 200], attempts: [280, 250, 200, 200, 100] }),
      ),
      tried(jitterOver(5000), SPREAD),
    ]);
    expect(sweep.recommended).toBe(2);
  });

  test('is of the worst herd, where there are several', () => {
    const good = aHerd({
      affected: 1000,
      returns: [200, 200, 200, 200, 200],
      attempts: [200, 200, 200, 200, 200],
    });
    const sweep = toSweep([
      tried(GUIDE, WAVES, WAVES),
      tried(jitterOver(2000), good, CROWDED),
      tried(jitterOver(5000), good, SPREAD),
    ]);
    expect(sweep).toMatchObject({ verdict: 'change', recommended: 2 });
    expect(sweep.words).toContain('peak 210/s');
  });

  test('is none where each policy has a flaw, and says what is wrong with today’s', () => {
    const gone = aHerd({ affected: 1000, returns: [200], attempts: [1000] });
    const sweep = toSweep([tried(GUIDE, gone), tried(jitterOver(2000), CROWDED)]);
    expect(sweep).toMatchObject({ verdict: 'none', recommended: null });
    expect(sweep.words).toContain('none of 2 policies is without flaws');
    expect(sweep.words).toContain('99 % were not back within 60.0 s');
  });
});

describe('a flaw is', () => {
  const flawsOf = (herd: Herd, other: Herd = SPREAD) =>
    toSweep([tried(jitterOver(5000), other), tried(GUIDE, herd)]).entries[1].flaws;

  test('that not all came back', () => {
    expect(flawsOf({ ...SPREAD, t99Ms: null })).toEqual(['99 % were not back within 60.0 s']);
  });

  test('that the storm kept itself going', () => {
    expect(flawsOf({ ...SPREAD, metastable: true })).toEqual(['it did not recover by itself']);
  });

  test('that bystanders lost their connections', () => {
    const collateral = { ...SPREAD.collateral, clients: 50, errors: 3 };
    expect(flawsOf({ ...SPREAD, collateral })).toEqual(['3 bystanders lost their connections']);
  });

  test('that bystanders waited where another policy shows that they need not', () => {
    const withP99 = (p99: number, count = 1000): Herd => {
      const responseMs = { ...SPREAD.collateral.responseMs, count, p99 };
      return { ...SPREAD, collateral: { ...SPREAD.collateral, clients: 50, responseMs } };
    };
    expect(flawsOf(withP99(80), withP99(12))).toEqual([
      'response p99 of bystanders 80.0 ms, where 12.0 ms is possible',
    ]);
    expect(flawsOf(withP99(20), withP99(12))).toEqual([]);
    expect(flawsOf(withP99(9), withP99(2))).toEqual([]);
    expect(flawsOf(withP99(80, 50), withP99(12))).toEqual([]);
  });

  test('that nobody was hit', () => {
    expect(flawsOf(aHerd({ affected: 0, returns: [], attempts: [] }))).toEqual([
      'the drop broke no connection',
    ]);
  });

  test('not that the server was asked for a bit more than it takes: draws are not even', () => {
    const uneven = aHerd({
      affected: 1000,
      returns: [200, 200, 200, 200, 200],
      attempts: [260, 290, 200, 150, 100],
    });
    expect(flawsOf(uneven)).toEqual([]);
  });
});
