import { describe, expect, test } from 'vitest';
import { createOccupancyDensity, createReorderDensity, densityOf } from '../../src/stats/reorder-density.ts';
import fc from '../support/properties.ts';
import { anything, disturbed, permuted } from './disturbed.ts';
import { displacements, displacementsWithin, occupancies, occupanciesWithin } from './reordering-oracle.ts';

/** FD of RFC 5236, by displacement, without the zeros. */
function displacementCounts(threshold: number, seqs: number[]): Record<number, number> {
  const density = createReorderDensity(threshold);
  for (const seq of seqs) density.receive(seq);
  density.end();
  const entries = Array.from(density.counts, (count, i) => [i - threshold, count]);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

/** FB of RFC 5236, from 0 to the threshold. */
function occupancyCounts(threshold: number, seqs: number[]): number[] {
  const density = createOccupancyDensity(threshold);
  for (const seq of seqs) density.receive(seq);
  return [...density.counts];
}

function tally(values: number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

function tallyTo(threshold: number, values: number[]): number[] {
  return Array.from({ length: threshold + 1 }, (_, i) => values.filter((value) => value === i).length);
}

describe('reorder density, examples of RFC 5236', () => {
  test('section 8a, table 2: of 1,4,2,5,3,6,7,8 the density is .125, .125, .5, .125, .125 from -2 to 2', () => {
    const density = createReorderDensity(4);
    for (const seq of [1, 4, 2, 5, 3, 6, 7, 8]) density.receive(seq);
    density.end();
    expect(densityOf(density.counts)).toEqual([0, 0, 0.125, 0.125, 0.5, 0.125, 0.125, 0, 0]);
  });

  test('section 8b, table 5: of 1,2,4,5,6,7 nothing is displaced, since the index skips the lost 3', () => {
    expect(displacementCounts(3, [1, 2, 4, 5, 6, 7])).toEqual({ 0: 6 });
  });

  test('section 8c, table 7: of 1,3,2,3,4,5 the second 3 is ignored; the density is .2, .6, .2', () => {
    expect(displacementCounts(2, [1, 3, 2, 3, 4, 5])).toEqual({ [-1]: 1, 0: 3, 1: 1 });
  });

  test.each([
    ['3.1, example 1', [2, 1, 4, 5, 3], [-1, 1, -1, -1, 2]],
    ['3.1, example 2', [1, 4, 3, 5, 3], [0, -1, 1, 0]],
    ['3.3, example 3', [1, 4, 3, 5, 3, 8, 7, 6], [0, -1, 1, 0, -2, 0, 2]],
    ['4, example 4', [1, 2, 3, 5, 4, 6], [0, 0, 0, -1, 1, 0]],
    ['4, example 5', [1, 2, 5, 3, 6, 2], [0, 0, -2, 2, 0]],
  ])('section %s: of %j the displacements are %j', (_, seqs, expected) => {
    expect(displacementCounts(4, seqs)).toEqual(tally(expected));
  });

  test('section 6: a rogue 5430 among the first numbers is thrown out and displaces nothing', () => {
    expect(displacementCounts(3, [1, 5430, 2, 3, 4, 5])).toEqual({ 0: 5 });
  });
});

describe('reorder density', () => {
  test('with a threshold beyond the stream is the distribution of receive index less number', () => {
    fc.assert(
      fc.property(fc.oneof(disturbed, anything), (seqs) => {
        expect(displacementCounts(100, seqs)).toEqual(tally(displacements(seqs)));
      }),
    );
  });

  test('with any threshold is what the steps of RFC 5236, section 7.1, come to', () => {
    fc.assert(
      fc.property(fc.oneof(disturbed, anything, permuted), fc.nat(16), (seqs, threshold) => {
        expect(displacementCounts(threshold, seqs)).toEqual(tally(displacementsWithin(threshold, seqs)));
      }),
      { numRuns: 500 },
    );
  });

  test('of a stream without loss has the mean 0: for all that is late, something was early', () => {
    fc.assert(
      fc.property(permuted, (seqs) => {
        const counts = Object.entries(displacementCounts(40, seqs));
        expect(counts.reduce((sum, [displacement, count]) => sum + Number(displacement) * count, 0)).toBe(0);
      }),
    );
  });

  test('does not take a copy of what came early for the message whose turn it is', () => {
    expect(displacementCounts(1, [2, 1, 2, 3, 4])).toEqual({ [-1]: 1, 0: 2, 1: 1 });
  });

  test('jumps over a million lost numbers as fast as over one', () => {
    const seqs = [1, 2, 4e9, 4e9 + 2, 4e9 + 1, 4e9 + 3];
    expect(displacementCounts(3, seqs)).toEqual({ [-1]: 1, 0: 4, 1: 1 });
  });

  test('can begin at another number, and add its counts to those of another stream', () => {
    const one = createReorderDensity(2);
    for (const seq of [1, 2, 3]) one.receive(seq);
    one.end();
    const other = createReorderDensity(2, 11, one.counts);
    for (const seq of [12, 11, 13]) other.receive(seq);
    other.end();
    expect([...one.counts]).toEqual([0, 1, 4, 1, 0]);
  });
});

describe('reorder buffer-occupancy density, examples of RFC 5236', () => {
  test('section 8a, table 4: of 1,4,2,5,3,6,7,8 the density is .625, .25, .125', () => {
    expect(occupancyCounts(4, [1, 4, 2, 5, 3, 6, 7, 8])).toEqual([5, 2, 1, 0, 0]);
    expect(densityOf(Uint32Array.of(5, 2, 1))).toEqual([0.625, 0.25, 0.125]);
  });

  test('section 8b, table 6: of 1,2,4,5,6,7 three are held until the fourth makes 3 lost', () => {
    expect(occupancyCounts(3, [1, 2, 4, 5, 6, 7])).toEqual([3, 1, 1, 1]);
  });

  test('section 8c, table 8: of 1,3,2,3,4,5 the density is .8, .2', () => {
    const density = createOccupancyDensity(2);
    for (const seq of [1, 3, 2, 3, 4, 5]) density.receive(seq);
    expect(densityOf(density.counts)).toEqual([0.8, 0.2, 0]);
  });

  test('section 3.8: of 1,2,4,5,3 the occupancy is 0, 0, 1, 2, 0', () => {
    expect(occupancies([1, 2, 4, 5, 3])).toEqual([0, 0, 1, 2, 0]);
    expect(occupancyCounts(4, [1, 2, 4, 5, 3])).toEqual([3, 1, 1, 0, 0]);
  });
});

describe('reorder buffer-occupancy density', () => {
  test('with a threshold beyond the stream is how many came above the lowest missing number', () => {
    fc.assert(
      fc.property(fc.oneof(disturbed, anything, permuted), (seqs) => {
        expect(occupancyCounts(60, seqs)).toEqual(tallyTo(60, occupancies(seqs)));
      }),
    );
  });

  test('with any threshold is what the steps of RFC 5236, section 7.2, come to', () => {
    fc.assert(
      fc.property(fc.oneof(disturbed, anything, permuted), fc.nat(16), (seqs, threshold) => {
        expect(occupancyCounts(threshold, seqs)).toEqual(
          tallyTo(threshold, occupanciesWithin(threshold, seqs)),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('holds what overflows the buffer, if a further gap keeps it from being released', () => {
    expect(occupancyCounts(2, [2, 3, 5, 4])).toEqual([1, 2, 1]);
  });

  test('can begin at another number, and add its counts to those of another stream', () => {
    const one = createOccupancyDensity(2);
    for (const seq of [1, 2, 3]) one.receive(seq);
    const other = createOccupancyDensity(2, 11, one.counts);
    for (const seq of [12, 11, 13]) other.receive(seq);
    expect([...one.counts]).toEqual([5, 1, 0]);
  });
});

test('the density of nothing is 0 throughout', () => {
  expect(densityOf(new Uint32Array(3))).toEqual([0, 0, 0]);
});
