import { describe, expect, test } from 'vitest';
import type { FitChart } from '../../../src/capacity/capacity-plan.ts';
import { fitChart } from '../../../src/report/html/fit-chart.ts';

const CHART: FitChart = {
  ...{ quantity: 'memory', xLabel: 'connections of a node', yLabel: 'bytes of a process' },
  points: [1000, 2000].map((x) => ({ x, y: 100 * 2 ** 20 + x * 2 ** 13, phase: `of ${x}` })),
  curve: [0, 2000, 4000].map((x) => {
    const y = 100 * 2 ** 20 + x * 2 ** 13;
    return { x, y, low: y - 2 ** 20, high: y + x * 2 ** 11 };
  }),
  ...{ knee: null, askedAt: 3000 },
};

const drawn = (change: Partial<FitChart> = {}) => fitChart({ ...CHART, ...change }, 'plan-0')?.markup ?? '';

describe('the chart of a fit', () => {
  test('marks what was measured, and where the plan is', () => {
    expect(drawn().match(/class="mark s2"/g)).toHaveLength(2 + 1);
    expect(drawn()).toContain('class="asked"');
    // 100 MB and 3,000 times 8 KB: 123.4 MB; halfway from 2,000 to 4,000, the band as well.
    expect(drawn()).toContain('The plan puts 3,000 there (connections of a node): 123 MB, 122 MB to 129 MB.');
  });

  test('shows where it goes beyond what was measured', () => {
    expect(drawn().match(/class="series s1 beyond"/g)).toHaveLength(2);
    expect(drawn({ curve: CHART.curve.slice(0, 2), askedAt: 1500 })).not.toContain('beyond');
  });

  test('has the knee where there is one', () => {
    expect(drawn()).not.toContain('knee');
    expect(drawn({ knee: { x: 1500, y: 112 * 2 ** 20 } })).toContain('From 1,500 on');
  });

  test('counts in a unit that leaves it several steps', () => {
    expect(drawn()).toContain('>MB of a process<');
    const small = CHART.curve.map(({ x }) => ({ x, y: 0.2, low: 0.1, high: 0.3 }));
    const points = [{ x: 1000, y: 0.2, phase: 'a' }];
    expect(drawn({ quantity: 'processor', yLabel: 'cores of a node', curve: small, points })).toContain(
      '>% of a core of a node<',
    );
    expect(drawn({ quantity: 'latency p50', yLabel: 'ms', curve: small, points })).toContain('>µs<');
  });

  test('has all of it in numbers, too', () => {
    const rows = drawn().match(/<tr>/g) ?? [];
    expect(rows).toHaveLength(1 + 3 + 2 + 1);
    expect(drawn()).toContain('<td class="text">of 1000</td><td>108 MB</td>');
  });

  test('is not drawn where nothing was fitted', () => {
    expect(fitChart({ ...CHART, curve: [] }, 'plan-0')).toBeNull();
  });
});

test('an interval that goes up steeply is cut, so that the points can still be told apart', () => {
  const steep = CHART.curve.map((point) => ({ ...point, high: point.x > 2000 ? 1e12 : point.high }));
  // 100 MB and 16 MB were measured at the most; the plan is at 123.4 MB, and four times that is the top.
  expect(drawn({ curve: steep })).toMatch(/<text class="y"[^>]*>500<\/text>/);
  expect(drawn({ curve: steep })).not.toMatch(/<text class="y"[^>]*>1,?000/);
});
