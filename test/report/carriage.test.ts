import { describe, expect, it } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { comparisonRows } from '../../src/report/comparison.ts';
import { carriage } from '../../src/report/html/carriage-table.ts';
import { phaseSentence } from '../../src/report/sentence.ts';
import { clusterPhase } from './sample-cluster.ts';
import { invalidPhase, samplePhase } from './sample-phase.ts';
import { summaryOf } from './sample-summary.ts';

const LABELS = ['broker amplifies', 'on cluster bus', 'store p50', 'store p99', 'stored', 'not stored'];

function storing(failed = 0): Phase {
  return {
    ...clusterPhase(),
    broker: { published: 3000, delivered: 12_000, amplification: 4, busMessages: 6000 },
    store: { kind: 'sqlite', writes: 3000, failed, batches: 700, latencyMs: summaryOf([2, 2, 2, 9]) },
  };
}

function rowsOf(...phases: Phase[]): [label: string, values: string[]][] {
  return comparisonRows(phases)
    .filter(({ label }) => LABELS.includes(label))
    .map(({ label, values }) => [label, values]);
}

describe('a phase with a broker and a store beside one without', () => {
  it('tells how many a message became, and how long it waited to be durable', () => {
    expect(rowsOf(samplePhase(), storing(5))).toEqual([
      ['broker amplifies', ['–', '4.00 ×']],
      ['on cluster bus', ['–', '6,000']],
      ['store p50', ['–', '2.00 ms']],
      ['store p99', ['–', '9.01 ms']],
      ['stored', ['–', '3,000']],
      ['not stored', ['–', '5']],
    ]);
  });

  it('has no row for what did not happen', () => {
    const quiet = {
      ...storing(),
      broker: { published: 0, delivered: 0, amplification: null, busMessages: null },
    };
    expect(rowsOf(quiet).map(([label]) => label)).toEqual(['store p50', 'store p99', 'stored']);
    expect(rowsOf(samplePhase(), clusterPhase())).toEqual([]);
  });

  it('says in words what the store did', () => {
    expect(phaseSentence(storing())).toContain('Half of the messages were durable in SQLite within 2.00 ms.');
    expect(phaseSentence(storing(1))).toContain('1 of 3,001 was not stored, and so not published.');
    expect(phaseSentence(clusterPhase())).not.toContain('durable');
  });

  it('shows no latency that an overloaded generator measured, but what was counted', () => {
    const phase = { ...storing(7), generator: invalidPhase().generator };
    expect(Object.fromEntries(rowsOf(phase))['store p50']).toEqual(['INVALID (generator)']);
    expect(phaseSentence(phase)).not.toContain('durable');
    expect(phaseSentence(phase)).toContain('7 of 3,007 were not stored');
    expect(carriage(phase)?.markup).toContain('INVALID');
  });

  it('has its table in the page, and one without has none', () => {
    const table = carriage(storing(5))?.markup;
    for (const text of ['12,000', '4.00 ×', '6,000', 'SQLite', '3,000', '700', '9.01 ms'])
      expect(table).toContain(text);
    expect(carriage(samplePhase())).toBe(null);
  });
});
