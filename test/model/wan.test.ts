import { expect, test } from 'vitest';
import { roundTripMs } from '../../src/model/wan.ts';

const REGIONS = [
  ...['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1'],
  ...['sa-east-1', 'ap-northeast-1', 'ap-southeast-1', 'ap-southeast-2'],
];

test('the table knows each pair of its regions, the same in both directions', () => {
  for (const from of REGIONS) {
    for (const to of REGIONS.filter((other) => other !== from)) {
      expect(roundTripMs(from, to), `${from} ${to}`).toBeGreaterThan(0);
      expect(roundTripMs(from, to)).toBe(roundTripMs(to, from));
    }
  }
});

test.each([
  ['us-east-1', 'us-west-2', 87],
  ['us-east-1', 'eu-west-1', 80],
  ['us-east-1', 'eu-central-1', 89],
  ['us-east-1', 'sa-east-1', 120],
  ['us-east-1', 'ap-northeast-1', 145],
  ['us-east-1', 'ap-southeast-1', 217],
  ['us-east-1', 'ap-southeast-2', 230],
  ['eu-west-1', 'ap-southeast-1', 239],
  ['ap-northeast-1', 'ap-southeast-1', 74],
  ['ap-southeast-2', 'eu-central-1', 323],
])('between %s and %s it has %i ms', (from, to, ms) => {
  expect(roundTripMs(from, to)).toBe(ms);
});

test('no detour costs less than half of the direct way, so that no value is out of place', () => {
  for (const from of REGIONS) {
    for (const to of REGIONS) {
      for (const over of REGIONS) {
        if (new Set([from, to, over]).size < 3) continue;
        const detour = (roundTripMs(from, over) ?? 0) + (roundTripMs(over, to) ?? 0);
        expect(detour, `${from} ${over} ${to}`).toBeGreaterThan(0.5 * (roundTripMs(from, to) ?? 0));
      }
    }
  }
});

test.each([
  ['us-east-1', 'us-east-1'],
  ['us-east-1', 'the-moon'],
  ['mars', 'the-moon'],
])('of %s and %s it knows nothing', (from, to) => {
  expect(roundTripMs(from, to)).toBeNull();
});
