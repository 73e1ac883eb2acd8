import { describe, expect, test } from 'vitest';
import { comparisonRows } from '../../../src/report/comparison.ts';
import { ordering } from '../../../src/report/html/order-table.ts';
import { orderly } from '../../support/orderings.ts';
import { quietPhase } from '../../support/phases.ts';
import { summaryOf } from '../sample-summary.ts';

const disordered = orderly({
  ...{
    received: 100,
    expected: 103,
    missing: 3,
    lossRatio: 3 / 103,
    duplicates: 2,
    duplicationFraction: 0.02,
  },
  ...{
    replicatedRate: 0.01,
    reordered: 4,
    reorderedRatio: 0.04,
    lateMs: summaryOf([10, 20, 30, 62]),
    maxLateMs: 62,
  },
  ...{
    extents: { p50: 2, p99: 4 },
    bufferDepth: { p50: 1, p99: 3 },
    headOfLineDelayMs: { p50: 20, p99: 62 },
  },
  ...{ nReordering: { '1': 0.04, '3': 0.01 }, freeRuns: { count: 4, meanLength: 24, variability: 1.5 } },
  ...{ discontinuities: 3, meanDiscontinuityGap: 31.25, reorderDensity: [0, 0.25, 0.5, 0, 0.25] },
  ...{
    bufferOccupancyDensity: [0.75, 0.25],
    examples: [{ kind: 'reordered', client: 17, epoch: 0, seq: 42, after: 45 }],
  },
});

/** The table's rows: name and value. */
function rowsOf(phase: Parameters<typeof ordering>[0]): Record<string, string> {
  const rows = [...ordering(phase).markup.matchAll(/<th scope="row">(.*?)<\/th><td>([\s\S]*?)<\/td>/g)];
  return Object.fromEntries(
    rows.map(([, name, value]) => [name, value.replace(/<\/div>/g, ' ').replace(/<.*?>/g, '')]),
  );
}

test('the disorder is described where something was out of order', () => {
  expect(rowsOf(quietPhase({ ordering: disordered }))).toMatchObject({
    'missing of expected': '2.91 %',
    'further copies of received': '2.00 %',
    'received more than once': '1.00 %',
    latest: '62.0 ms',
    'extent, p50 and p99': '2, 4',
    'buffer that mends it, p50 and p99': '1, 3',
    'delay that it adds, p99': '62.0 ms',
    '1-reordered': '4.00 %',
    '3-reordered': '1.00 %',
    'in order between two of them, mean': '24.00',
    discontinuities: '3',
    'displacement, of a sample': '−1: 25.0 % 0: 50.0 % +2: 25.0 % ',
    'messages held back, of the sample': '0: 75.0 % 1: 25.0 % ',
    examples: 'client 17, epoch 0: 42 after 45 (reordered) ',
  });
});

describe('where all was in order', () => {
  test('there is nothing to describe', () => {
    const names = Object.keys(rowsOf(quietPhase()));
    expect(names.at(-1)).toBe('streams begun again');
  });

  test('the phases are not compared by what would mend it', () => {
    const labels = (phase: ReturnType<typeof quietPhase>) =>
      comparisonRows([phase]).map(({ label }) => label);
    expect(labels(quietPhase())).not.toContain('mended by, p99');
    expect(comparisonRows([quietPhase({ ordering: disordered })])).toEqual(
      expect.arrayContaining([
        { label: 'mended by, p99', values: ['a buffer of 3'] },
        { label: 'by a delay, p99', values: ['62.0 ms'] },
      ]),
    );
  });
});
