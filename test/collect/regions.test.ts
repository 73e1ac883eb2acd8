import { expect, test } from 'vitest';
import { createRegionTally } from '../../src/collect/regions.ts';
import { serverSample } from '../support/server-sample.ts';

test('connections are told by region, at the peak and in the end, before all have left', () => {
  const tally = createRegionTally();
  const seen = (here: number[], there: number[]) =>
    tally.add([
      ...here.map((connections) => serverSample({ region: 'here', connections })),
      ...there.map((connections) => serverSample({ region: 'there', connections })),
      serverSample({ connections: 99 }),
    ]);
  seen([1, 0], [2]);
  seen([10, 5], [20]);
  seen([30], []);
  seen([0, 0], [0]);
  expect(tally.close(['here', 'there', 'nowhere'], [])).toEqual({
    connections: [
      { region: 'here', atPeak: 15, atLast: 30 },
      { region: 'there', atPeak: 20, atLast: 0 },
      { region: 'nowhere', atPeak: 0, atLast: 0 },
    ],
    failovers: [],
  });
});
