import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  erlangB,
  erlangC,
  presentAtOnce,
  waitOfMany,
  waitOfOne,
  waitQuantile,
} from '../../src/stats/queueing.ts';

describe('Erlang', () => {
  test.each([
    [2, 1.5, 0.642_857],
    [8, 6, 0.356_98],
    [10, 8, 0.409_18],
  ])('of %d servers with %d of work, has so many arrivals wait: %d', (servers, offered, share) => {
    expect(erlangC(servers, offered)).toBeCloseTo(share, 5);
  });

  test('loses 12.166 % at ten servers with eight of work, where nobody may wait', () => {
    expect(erlangB(10, 8)).toBeCloseTo(0.121_66, 5);
  });

  test('says what the sums of the definition say', () => {
    const loads = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }));
    fc.assert(
      fc.property(loads, ([servers, utilization]) => {
        const offered = servers * utilization;
        let term = 1;
        let sum = 0;
        for (let n = 0; n < servers; n++) {
          sum += term;
          term *= offered / (n + 1);
        }
        const last = term / (1 - utilization);
        expect(erlangC(servers, offered)).toBeCloseTo(last / (sum + last), 9);
      }),
    );
  });

  test('has everybody wait, and for ever, where more arrives than is done', () => {
    expect(erlangC(2, 2)).toBe(1);
    expect(waitOfMany(2, 2, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  test('waits C·S/(c−a)', () => {
    expect(waitOfMany(2, 1.5, 0.01)).toBeCloseTo((0.642_857 * 0.01) / 0.5, 7);
  });
});

describe('one server', () => {
  test.each([
    [0, 2],
    [1, 4],
    [2, 10],
  ])('busy for 80 %% with services that vary by %d, has arrivals wait %d services', (variation, services) => {
    expect(waitOfOne(0.8, variation, 1)).toBeCloseTo(services, 12);
  });

  test('of exponential services is Erlang’s with one server', () => {
    for (const utilization of [0.1, 0.5, 0.95]) {
      expect(waitOfOne(utilization, 1, 3)).toBeCloseTo(waitOfMany(1, utilization, 3), 9);
    }
  });

  test('has quantiles that add up to its mean', () => {
    const steps = 200_000;
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += waitQuantile(0.8, 1, (i + 0.5) / steps);
    expect(sum / steps).toBeCloseTo(waitOfOne(0.8, 1, 1), 3);
    // A stay is exponential with a mean of 5 services; the wait is 0 with a probability of 0.2.
    expect(waitQuantile(0.8, 1, 0.99)).toBeCloseTo(5 * Math.log(80), 9);
    expect(waitQuantile(0.8, 1, 0.1)).toBe(0);
  });

  test('busy all the time is never come round to', () => {
    expect(waitOfOne(1, 1, 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

test('a hundred a second that stay 0.3 s are thirty', () => {
  expect(presentAtOnce(100, 0.3)).toBeCloseTo(30, 12);
});
