import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { createWanLine, lostMs, pathBetween, type WanPath } from '../../../src/server/wan/line.ts';
import { createManualTime } from '../../support/manual-time.ts';
import fc from '../../support/properties.ts';

const path = fc.record({
  rttMs: fc.double({ min: 0, max: 400, noNaN: true }),
  jitterRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  lossRatio: fc.double({ min: 0, max: 0.5, noNaN: true }),
});
const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 60 });

/** What enters after each gap, with how long each took, in the order in which they came out. */
function carry(wan: WanPath, gapsMs: number[], seed: number) {
  const time = createManualTime(1000);
  const line = createWanLine(wan, { ...time, random: createRandom(seed, 'line') });
  const arrived: { i: number; tookMs: number; atMs: number }[] = [];
  for (const [i, gapMs] of gapsMs.entries()) {
    time.pass(gapMs);
    line.carry((tookMs) => arrived.push({ i, tookMs, atMs: time.nowMs() }));
  }
  time.pass(1e9);
  return arrived;
}

describe('a line between two regions', () => {
  test('loses nothing, keeps the order, and is never shorter than half a round trip', () => {
    fc.assert(
      fc.property(path, gaps, fc.nat(), (wan, gapsMs, seed) => {
        const arrived = carry(wan, gapsMs, seed);
        expect(arrived.map(({ i }) => i)).toEqual(gapsMs.map((_, i) => i));
        for (const { tookMs } of arrived) expect(tookMs).toBeGreaterThanOrEqual(wan.rttMs / 2 - 1e-6);
      }),
    );
  });

  test('without jitter and loss takes half a round trip, exactly', () => {
    const arrived = carry({ rttMs: 80, jitterRatio: 0, lossRatio: 0 }, [0, 1, 0, 500, 3], 1);
    expect(arrived.map(({ tookMs }) => tookMs)).toEqual([40, 40, 40, 40, 40]);
  });

  test('of no length lets things through at once', () => {
    const time = createManualTime();
    const line = createWanLine({ rttMs: 0, jitterRatio: 1, lossRatio: 0.5 }, { ...time, random: () => 0 });
    let arrived = 0;
    line.carry(() => arrived++);
    expect(arrived).toBe(1);
  });

  test('takes with jitter on the average a half of it more, where messages are far apart', () => {
    const wan = { rttMs: 100, jitterRatio: 0.2, lossRatio: 0 };
    const took = carry(
      wan,
      Array.from({ length: 4000 }, () => 1000),
      1,
    ).map(({ tookMs }) => tookMs);
    const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
    expect(mean).toBeGreaterThan(54.8);
    expect(mean).toBeLessThan(55.2);
    expect(Math.max(...took)).toBeLessThan(60);
  });

  test('takes a timeout longer for what is lost, where nothing follows', () => {
    const wan = { rttMs: 100, jitterRatio: 0, lossRatio: 0.1 };
    const took = carry(
      wan,
      Array.from({ length: 20_000 }, () => 100_000),
      1,
    ).map(({ tookMs }) => tookMs);
    const lost = (times: number) => took.filter((ms) => ms === 50 + (2 ** times - 1) * 300).length;
    expect(lost(0) + lost(1) + lost(2) + lost(3) + lost(4) + lost(5) + lost(6)).toBe(took.length);
    expect(lost(0) / took.length).toBeCloseTo(0.9, 2);
    expect(lost(1) / took.length).toBeCloseTo(0.09, 2);
    expect(lost(2) / took.length).toBeCloseTo(0.009, 2);
  });

  test('takes a round trip longer where much follows, and what is behind it waits', () => {
    // The eleventh of twenty messages is lost, once.
    const draws = Array.from({ length: 60 }, () => 0.9);
    let drawn = 0;
    const lossAt = 10 * 2;
    const time = createManualTime(1000);
    const random = () => {
      const at = drawn++;
      return at === lossAt ? 0 : (draws[at] ?? 0.9);
    };
    const line = createWanLine({ rttMs: 100, jitterRatio: 0, lossRatio: 0.5 }, { ...time, random });
    const took: number[] = [];
    for (let i = 0; i < 20; i++) {
      line.carry((ms) => took.push(ms));
      time.pass(10);
    }
    time.pass(10_000);
    expect(took.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 50));
    expect(took.slice(10)).toEqual([150, 140, 130, 120, 110, 100, 90, 80, 70, 60]);
  });

  test.each([
    { losses: 0, isDense: false, ms: 0 },
    { losses: 1, isDense: false, ms: 300 },
    { losses: 2, isDense: false, ms: 900 },
    { losses: 1, isDense: true, ms: 100 },
    { losses: 2, isDense: true, ms: 400 },
    { losses: 3, isDense: true, ms: 1000 },
  ])('costs $ms ms for $losses losses on a round trip of 100, dense: $isDense', ({ losses, isDense, ms }) => {
    expect(lostMs(100, losses, isDense)).toBe(ms);
  });

  test('is as long as the plan says for its pair', () => {
    const wan = {
      rttMs: [
        [0, 87],
        [87, 0],
      ],
      jitterRatio: 0.02,
      lossRatio: 0.001,
    };
    expect(pathBetween(wan, 0, 1)).toEqual({ rttMs: 87, jitterRatio: 0.02, lossRatio: 0.001 });
    expect(pathBetween(wan, 1, 1).rttMs).toBe(0);
  });
});
