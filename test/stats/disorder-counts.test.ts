import { describe, expect, test } from 'vitest';
import { addDisorder, createDisorderSum, takeDisorder } from '../../src/stats/disorder-counts.ts';
import { createStreams, receive, resetStream, type StreamTable } from '../../src/stats/ordering.ts';
import fc from '../support/properties.ts';
import { anything, disturbed } from './disturbed.ts';
import { type Arrived, timed } from './reordering-oracle.ts';

function hear(table: StreamTable, arrivals: Arrived[]): void {
  for (const { seq, atMs } of arrivals) receive(table, 0, seq, atMs);
}

describe('there is nothing to report', () => {
  test.for([
    ['of what came in order', [1, 2, 3, 4]],
    ['of what is only missing so far', [1, 2, 5, 6]],
    ['where nothing came', []],
  ] as const)('%s', ([, seqs]) => {
    const table = createStreams(1);
    hear(table, timed([...seqs]));
    // The sample of the densities counts, but later.
    table.densities.displacements.fill(0);
    table.densities.occupancies.fill(0);
    expect(takeDisorder(table)).toBe(null);
  });

  test('a second time', () => {
    const table = createStreams(1);
    hear(table, timed([1, 3, 2]));
    expect(takeDisorder(table)).not.toBe(null);
    expect(takeDisorder(table)).toBe(null);
  });
});

test('a message that came twice is something to report, though it was in order', () => {
  const table = createStreams(1);
  hear(table, timed([1, 1]));
  expect(takeDisorder(table)).toMatchObject({ replicated: 1 });
});

test('reports of any length add up to what the table would show at the end', () => {
  const cuts = fc.array(fc.boolean(), { minLength: 100, maxLength: 100 });
  fc.assert(
    fc.property(fc.oneof(disturbed, anything), cuts, (seqs, isCut) => {
      const whole = createStreams(1);
      const cut = createStreams(1);
      const sum = createDisorderSum();
      const report = () => {
        const taken = takeDisorder(cut);
        if (taken !== null) addDisorder(sum, structuredClone(taken));
      };
      timed(seqs).forEach((arrival, i) => {
        hear(whole, [arrival]);
        hear(cut, [arrival]);
        if (isCut[i % isCut.length]) report();
      });
      for (const table of [whole, cut]) resetStream(table, 0);
      report();
      const { displacements, occupancies, ...disorder } = sum;
      expect(disorder).toEqual(whole.disorder);
      expect({ displacements, occupancies }).toEqual({
        displacements: whole.densities.displacements,
        occupancies: whole.densities.occupancies,
      });
    }),
  );
});
