import { expect, test } from 'vitest';
import { DENSITY_THRESHOLD, SAMPLED_STREAMS } from '../../src/stats/densities.ts';
import { createStreams, receive, resetStream, type StreamTable } from '../../src/stats/ordering.ts';
import { createOccupancyDensity, createReorderDensity } from '../../src/stats/reorder-density.ts';
import fc from '../support/properties.ts';
import { anything, disturbed, permuted } from './disturbed.ts';

function hear(table: StreamTable, seqs: number[], stream = 0): void {
  for (const seq of seqs) receive(table, stream, seq);
}

/** Reorder density, then buffer-occupancy density, of streams that are followed from their first message on. */
function followed(streams: number[][]): number[][] {
  const reorder = createReorderDensity(DENSITY_THRESHOLD);
  const occupancy = createOccupancyDensity(DENSITY_THRESHOLD);
  for (const seqs of streams) {
    const one = createReorderDensity(DENSITY_THRESHOLD, 1, reorder.counts);
    const other = createOccupancyDensity(DENSITY_THRESHOLD, 1, occupancy.counts);
    for (const seq of seqs) {
      one.receive(seq);
      other.receive(seq);
    }
    one.end();
  }
  return [[...reorder.counts], [...occupancy.counts]];
}

const countsOf = ({ densities }: StreamTable) => [[...densities.displacements], [...densities.occupancies]];

test('RFC 5236, section 8a: the densities of 1,4,2,5,3,6,7,8 are as published', () => {
  const table = createStreams(1);
  hear(table, [1, 4, 2, 5, 3, 6, 7, 8]);
  resetStream(table, 0);
  const [displacements, occupancies] = countsOf(table);
  const middle = DENSITY_THRESHOLD;
  expect(displacements.slice(middle - 2, middle + 3)).toEqual([1, 1, 4, 1, 1]);
  expect(occupancies.slice(0, 4)).toEqual([5, 2, 1, 0]);
});

test('to follow a stream only from its first disorder on gives the same as from the beginning', () => {
  const inOrder = fc.nat(30).map((n) => Array.from({ length: n }, (_, i) => i + 1));
  const epochs = fc.array(fc.oneof(inOrder, disturbed, anything, permuted), { maxLength: 6 });
  fc.assert(
    fc.property(epochs, (streams) => {
      const table = createStreams(2);
      streams.forEach((seqs, i) => {
        hear(table, seqs, i % 2);
        resetStream(table, i % 2);
      });
      expect(countsOf(table)).toEqual(followed(streams));
    }),
  );
});

test('nothing is followed, nor counted, as long as all is in order', () => {
  const table = createStreams(2);
  hear(table, [1, 2, 3], 0);
  hear(table, [1, 1, 2], 1);
  expect(table.densities.streams.size).toBe(0);
  expect(
    countsOf(table)
      .flat()
      .every((count) => count === 0),
  ).toBe(true);
});

test('streams beyond the sample are left alone', () => {
  const table = createStreams(SAMPLED_STREAMS + 1);
  hear(table, [1, 3, 2], SAMPLED_STREAMS);
  resetStream(table, SAMPLED_STREAMS);
  expect(
    countsOf(table)
      .flat()
      .every((count) => count === 0),
  ).toBe(true);
});
