import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.ts';
import { checkCounts, compare, type Observations } from '../../src/gate/compare.ts';
import { type Metric, readMetrics } from '../../src/gate/metrics.ts';
import { noiseOf } from '../../src/gate/noise.ts';
import type { ComparedMetric } from '../../src/model/comparison.ts';
import { normalQuantile } from '../../src/stats/normal.ts';

const [P50, P99, CONNECT, CEILING] = readMetrics(
  [
    'a.latency.responseMs.p50',
    'a.latency.responseMs.p99',
    'a.connect.latencyMs.p99',
    'a.ceiling.connections',
  ],
  ['a'],
);
const QUIET = new Map<string, number>();

function observed(metric: Metric, base: number[], head: number[]): Observations {
  return { metric, base, head, lack: null };
}

function pairs(observations: Observations[], noise: ReadonlyMap<string, number> = QUIET): ComparedMetric[] {
  return compare(observations, { design: 'pairs', noise });
}

/** Eight runs that scatter a little, each times a factor. */
const SCATTER = [1.003, 0.998, 1.001, 0.997, 1.004, 0.999, 1.002, 0.996];
const times = (factor: number) => SCATTER.map((value) => 20 * value * factor);
/** The same runs in another order, so that pairs differ. */
const shifted = (by: number, factor: number) => SCATTER.map((_, i) => 20 * SCATTER[(i + by) % 8] * factor);

describe('pairs of runs', () => {
  test('that are a tenth slower fail, with the tenth in the interval', () => {
    const [found] = pairs([observed(P50, times(1), shifted(3, 1.1))]);
    expect(found).toMatchObject({ status: 'fail', change: 'worse', p: 2 / 256, confidence: 0.95 });
    expect(found.shiftRatio).toBeCloseTo(0.1, 2);
    expect(found.lowRatio).toBeLessThan(0.1);
    expect(found.highRatio).toBeGreaterThan(0.1);
  });

  test('that are a tenth faster pass, and are told to be better', () => {
    expect(pairs([observed(P50, times(1), shifted(3, 0.9))])[0]).toMatchObject({
      status: 'pass',
      change: 'better',
    });
  });

  test('of a capacity fail where it is less', () => {
    expect(pairs([observed(CEILING, times(1), shifted(3, 0.9))])[0]).toMatchObject({
      status: 'fail',
      change: 'worse',
    });
    expect(pairs([observed(CEILING, times(1), shifted(3, 1.1))])[0]).toMatchObject({
      status: 'pass',
      change: 'better',
    });
  });

  test('that are the same pass, since more than 5 % is ruled out', () => {
    const [same] = pairs([observed(P50, times(1), shifted(3, 1))]);
    expect(same).toMatchObject({ status: 'pass', change: null });
    expect(same.highRatio).toBeLessThan(0.05);
  });

  test('that are slower by 3 % for certain pass: it does not matter', () => {
    const [slower] = pairs([observed(P50, times(1), shifted(3, 1.03))]);
    expect(slower.lowRatio).toBeGreaterThan(0);
    expect(slower).toMatchObject({ status: 'pass', change: null });
  });

  test('that are slower by less than the noise of the setup do not fail', () => {
    const noise = new Map([[P50.name, 0.15]]);
    expect(pairs([observed(P50, times(1), shifted(3, 1.1))], noise)[0]).toMatchObject({
      ...{ status: 'pass', change: null, noiseRatio: 0.15, limitRatio: 0.15 },
    });
  });

  test('that scatter too much are inconclusive, with the least change that would have been seen', () => {
    const wild = [1, 1.6, 0.7, 1.3, 0.8, 1.5, 0.6, 1.2];
    const [unclear] = pairs([
      observed(
        P50,
        times(1),
        wild.map((value) => 20 * value),
      ),
    ]);
    expect(unclear).toMatchObject({ status: 'inconclusive', change: null });
    expect(unclear.detectableRatio).toBeGreaterThan(0.3);
  });

  test('whose difference is certain but may be below 5 % are inconclusive', () => {
    const near = [1.02, 1.09, 1.03, 1.08, 1.02, 1.07, 1.03, 1.06];
    const [unclear] = pairs([
      observed(
        P50,
        Array(8).fill(20),
        near.map((value) => 20 * value),
      ),
    ]);
    expect(unclear.lowRatio).toBeGreaterThan(0);
    expect(unclear.status).toBe(unclear.shiftRatio! > 0.05 ? 'fail' : 'inconclusive');
  });

  test('say why where they have no value, and do not pass', () => {
    const lacking = { metric: P50, base: [], head: [], lack: 'a-run: it was not measured' };
    expect(pairs([lacking])[0]).toMatchObject({
      ...{ status: 'inconclusive', shiftRatio: null, reason: 'a-run: it was not measured' },
    });
  });

  test('of fewer runs than were asked for have an open interval', () => {
    const [few] = pairs([observed(P50, [20, 20, 20], [30, 30, 30])]);
    expect(few).toMatchObject({ status: 'inconclusive', lowRatio: null, highRatio: null, change: null });
  });

  test('by one run, nothing can be told', () => {
    expect(pairs([observed(P50, [20], [30])])[0]).toMatchObject({
      status: 'inconclusive',
      detectableRatio: null,
    });
  });
});

describe('several metrics', () => {
  test('have wider intervals, by Holm', () => {
    const slower = (metric: Metric) => observed(metric, times(1), shifted(3, 1.1));
    const same = (metric: Metric) => observed(metric, times(1), shifted(5, 1));
    const [first, second, third] = pairs([slower(P50), same(P99), same(CONNECT)]);
    expect(first.confidence).toBeCloseTo(1 - 0.05 / 3, 10);
    expect(second.confidence).toBeCloseTo(1 - 0.05 / 2, 10);
    expect(third.confidence).toBeCloseTo(1 - 0.05 / 2, 10);
    expect([first, second, third].map(({ status }) => status)).toEqual(['fail', 'pass', 'pass']);
  });
});

describe('sets of runs', () => {
  const sets = (base: number[], head: number[]) =>
    compare([observed(P50, base, head)], { design: 'samples', noise: QUIET })[0];

  test('that are a tenth slower fail, whichever run stands beside which', () => {
    expect(sets(times(1).slice(0, 5), times(1.1).toReversed())).toMatchObject({
      status: 'fail',
      change: 'worse',
    });
  });

  test('that are the same pass', () => {
    expect(sets(times(1), times(1))).toMatchObject({ status: 'pass', change: null, p: 1 });
  });
});

describe('before anything is run', () => {
  test('eight pairs are enough for six metrics, and not for seven', () => {
    expect(() => checkCounts('pairs', { base: 8, head: 8 }, 6)).not.toThrow();
    expect(() => checkCounts('pairs', { base: 8, head: 8 }, 7)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('it takes 9 (--pairs)') }),
    );
  });

  test('six pairs are enough for one metric, and not for two', () => {
    expect(() => checkCounts('pairs', { base: 6, head: 6 }, 1)).not.toThrow();
    expect(() => checkCounts('pairs', { base: 6, head: 6 }, 2)).toThrow('it takes 7');
  });

  test('three runs of each side are too few, and four are enough', () => {
    expect(() => checkCounts('samples', { base: 3, head: 3 }, 1)).toThrow('it takes 4 of each side');
    expect(() => checkCounts('samples', { base: 4, head: 4 }, 1)).not.toThrow();
  });

  test('one run is enough against 39 that were kept', () => {
    expect(() => checkCounts('samples', { base: 38, head: 1 }, 1)).toThrow();
    expect(() => checkCounts('samples', { base: 39, head: 1 }, 1)).not.toThrow();
  });

  test('without a metric there is nothing to compare by', () => {
    expect(() => checkCounts('pairs', { base: 8, head: 8 }, 0)).toThrow('--metric');
  });
});

describe('false alarms', () => {
  /** A server whose runs scatter by a log-normal factor, common to a pair in part. */
  function server(random: Random, scatter: number): Observations[] {
    const draw = () => normalQuantile(Math.min(1 - 1e-12, Math.max(1e-12, random())));
    return [P50, P99, CONNECT].map((metric) => {
      const luck = Array.from({ length: 8 }, () => scatter * draw());
      const side = () => luck.map((common) => 20 * Math.exp(common + scatter * draw()));
      return observed(metric, side(), side());
    });
  }

  function comparisons(count: number, random: Random, scatter: number, noise = QUIET) {
    return Array.from({ length: count }, () => {
      const metrics = pairs(server(random, scatter), noise);
      return {
        status: metrics.some(({ status }) => status === 'fail') ? ('fail' as const) : ('pass' as const),
        metrics,
      };
    });
  }

  test.each([0.02, 0.1, 0.4])(
    'of a server with itself are fewer than 1 in 40 where runs scatter by %f, and 1 in 60 with its noise known',
    (scatter) => {
      const random = createRandom(7, 'false alarms', scatter);
      const { alarms, improvements, metrics } = noiseOf(comparisons(300, random, scatter));
      // By Holm each direction has 2.5 %; four standard errors of 300 draws are 3.6 %.
      expect(alarms).toBeLessThanOrEqual(18);
      expect(improvements).toBeLessThanOrEqual(18);
      if (scatter > 0.05) expect(alarms + improvements).toBeGreaterThan(0);
      const noise = new Map(metrics.map(({ metric, noiseRatio }) => [metric, noiseRatio]));
      // 1.6 %, and four standard errors of 200 draws.
      expect(noiseOf(comparisons(200, random, scatter, noise)).alarms).toBeLessThanOrEqual(10);
    },
  );
});

describe('a server compared with itself', () => {
  const shift = (shiftRatio: number | null, change: ComparedMetric['change'] = null) => {
    const [metric] = pairs([observed(P50, times(1), times(1))]);
    const status = change === 'worse' ? ('fail' as const) : ('pass' as const);
    return { status, metrics: [{ ...metric, shiftRatio, change }] };
  };

  test('has as its noise what 19 of 20 comparisons stayed within, in either direction', () => {
    const shifts = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? (i + 1) / 100 : 1 / (1 + (i + 1) / 100) - 1,
    );
    const { metrics } = noiseOf(shifts.map((ratio) => shift(ratio)));
    expect(metrics).toEqual([
      { metric: P50.name, noiseRatio: expect.closeTo(0.19, 10), shiftRatios: shifts },
    ]);
  });

  test('fails the setup with 3 alarms of 20, and not with 2', () => {
    const of = (alarms: number, all: number) =>
      noiseOf(Array.from({ length: all }, (_, i) => (i < alarms ? shift(0.2, 'worse') : shift(0.01))));
    expect(of(2, 20)).toMatchObject({ alarms: 2, comparisons: 20, status: 'pass' });
    expect(of(3, 20)).toMatchObject({ alarms: 3, status: 'fail' });
    expect(of(5, 40).status).toBe('fail');
    expect(of(4, 40).status).toBe('pass');
  });

  test('says nothing certain after fewer than 20 comparisons, unless it has failed already', () => {
    const few = (alarms: number) =>
      noiseOf(Array.from({ length: 5 }, (_, i) => (i < alarms ? shift(0.2, 'worse') : shift(0.01))));
    expect(few(0).status).toBe('inconclusive');
    expect(few(3).status).toBe('fail');
  });

  test('counts praise as false as alarms', () => {
    expect(noiseOf([shift(-0.3, 'better'), shift(null)])).toMatchObject({
      ...{ improvements: 1, alarms: 0, metrics: [{ shiftRatios: [-0.3] }] },
    });
    expect(noiseOf([shift(null)]).metrics).toEqual([]);
  });

  test('is no better known by comparisons in which nothing counted', () => {
    const [metric] = pairs([observed(P50, [20], [20])]);
    const vain = { status: 'inconclusive' as const, metrics: [metric] };
    expect(noiseOf([...Array.from({ length: 19 }, () => shift(0.01)), vain])).toMatchObject({
      ...{ comparisons: 19, vain: 1, status: 'inconclusive' },
    });
    expect(noiseOf([vain])).toMatchObject({ comparisons: 0, metrics: [] });
  });
});
