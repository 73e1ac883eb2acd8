import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { type Backoff, createBackoff } from '../../../src/load/backoff/index.ts';
import {
  BACKOFF_KINDS,
  type BackoffKind,
  type BackoffPlan,
  type LibraryKind,
} from '../../../src/model/backoff.ts';

const DRAWS = 100_000;

function plan(kind: BackoffKind, more: Partial<BackoffPlan> = {}): BackoffPlan {
  return { kind, baseMs: 1000, capMs: 30_000, firstMs: 0, stableMs: 30_000, ...more };
}

function draws(backoff: Backoff, attempt: number): number[] {
  const random = createRandom(7, 'draws');
  return Array.from({ length: DRAWS }, () => backoff(attempt, 0, random) as number);
}

/** The delays of one client that fails again and again. */
function chain(backoff: Backoff, length: number, random = createRandom(7, 'chain')): number[] {
  const delays: number[] = [];
  let previousMs = 0;
  for (let attempt = 0; attempt < length; attempt++) {
    previousMs = backoff(attempt, previousMs, random) as number;
    delays.push(previousMs);
  }
  return delays;
}

const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b));
const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the draws of one attempt, base 1 s, cap 30 s', () => {
  const rows: [BackoffKind, number, { from: number; to: number; mean: number }, string][] = [
    ['fixed', 5, { from: 1000, to: 1000, mean: 1000 }, 'the base, whatever the attempt'],
    ['exponential', 0, { from: 1000, to: 1000, mean: 1000 }, 'the base at first'],
    ['exponential', 3, { from: 8000, to: 8000, mean: 8000 }, 'doubled three times'],
    ['exponential', 5, { from: 30_000, to: 30_000, mean: 30_000 }, '32 s is cut to the cap'],
    ['full-jitter', 3, { from: 0, to: 8000, mean: 4000 }, 'all of 8 s'],
    ['full-jitter', 9, { from: 0, to: 30_000, mean: 15_000 }, 'all of the cap'],
    ['equal-jitter', 3, { from: 4000, to: 8000, mean: 6000 }, 'the upper half of 8 s'],
    ['equal-jitter', 9, { from: 15_000, to: 30_000, mean: 22_500 }, 'the upper half of the cap'],
    ['decorrelated', 0, { from: 1000, to: 3000, mean: 2000 }, 'between the base and three times the base'],
    ['guide', 0, { from: 1000, to: 2000, mean: 1500 }, 'a second of chance on top of the base'],
    ['guide', 9, { from: 30_000, to: 31_000, mean: 30_500 }, 'a second of chance on top of the cap'],
  ];
  test.each(rows)('%s, attempt %i: %o, %s', (kind, attempt, expected) => {
    const values = draws(createBackoff(plan(kind)), attempt);
    expect(least(values)).toBeGreaterThanOrEqual(expected.from);
    expect(most(values)).toBeLessThanOrEqual(expected.to);
    // The mean of a uniform distribution has a standard error of width / sqrt(12 n); five of them are
    // allowed.
    const error = (expected.to - expected.from) / Math.sqrt(12 * DRAWS);
    expect(Math.abs(mean(values) - expected.mean)).toBeLessThanOrEqual(5 * error + 1e-6);
  });
});

describe('decorrelated, as a chain', () => {
  const backoff = createBackoff(plan('decorrelated'));

  test('the second delay is 3.5 s on average', () => {
    const random = createRandom(1, 'second');
    const seconds = Array.from({ length: DRAWS }, () => chain(backoff, 2, random)[1]);
    expect(mean(seconds)).toBeCloseTo(3500, -2);
  });

  test('in the long run a delay is 18.6 s on average, and 38 % are at the cap', () => {
    const settled = chain(backoff, DRAWS).slice(100);
    expect(Math.abs(mean(settled) - 18_600)).toBeLessThan(200);
    const capped = settled.filter((delay) => delay === 30_000).length / settled.length;
    expect(Math.abs(capped - 0.38)).toBeLessThan(0.01);
  });

  test('a delay before the loss is not looked at', () => {
    expect(backoff(0, 29_000, () => 0.999)).toBeLessThan(3000);
  });

  test('a first delay below the base counts as the base', () => {
    expect(backoff(1, 0, () => 0)).toBe(1000);
    expect(backoff(1, 0, () => 0.999)).toBeLessThan(3000);
  });
});

describe('the first delay after a loss', () => {
  const jittered = BACKOFF_KINDS.filter((kind) => kind !== 'none');
  test.each(jittered)('%s: U(0, first) for attempt 0, the policy from attempt 1 on', (kind) => {
    const backoff = createBackoff(plan(kind, { firstMs: 5000 }));
    expect(backoff(0, 0, () => 0)).toBe(0);
    expect(backoff(0, 0, () => 0.5)).toBe(2500);
    const random = () => 0.5;
    expect(backoff(1, 2500, random)).toBe(createBackoff(plan(kind))(1, 2500, random));
  });

  test('none stays none', () => {
    const backoff = createBackoff(plan('none', { firstMs: 5000 }));
    expect(backoff(0, 0, () => 0.5)).toBeNull();
    expect(backoff(1, 0, () => 0.5)).toBeNull();
  });
});

describe('for any bounds and any attempt', () => {
  const bounds = fc
    .tuple(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 600_000 }))
    .map(([baseMs, more]) => ({ baseMs, capMs: baseMs + more }));
  const attempts = fc.oneof(fc.nat(40), fc.constantFrom(1022, 1023, 1024, 65_535, Number.MAX_SAFE_INTEGER));
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const longest: Record<Exclude<BackoffKind, 'none' | LibraryKind>, (capMs: number) => number> = {
    fixed: (capMs) => capMs,
    exponential: (capMs) => capMs,
    'equal-jitter': (capMs) => capMs,
    'full-jitter': (capMs) => capMs,
    decorrelated: (capMs) => capMs,
    guide: (capMs) => capMs + 1000,
  };
  const kinds = Object.keys(longest) as (keyof typeof longest)[];

  test.each(kinds)('%s: a delay is a number from 0 to the cap', (kind) => {
    fc.assert(
      fc.property(bounds, attempts, fc.nat(600_000), unit, ({ baseMs, capMs }, attempt, previousMs, draw) => {
        const delay = createBackoff(plan(kind, { baseMs, capMs }))(attempt, previousMs, () => draw);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(longest[kind](capMs));
      }),
    );
  });
});
