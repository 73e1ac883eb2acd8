import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { parseFault } from '../../../src/model/faults.ts';
import { createFaultCounts } from '../../../src/server/faults/counts.ts';
import { createLane, drawDelayMs } from '../../../src/server/faults/lane.ts';
import { createManualTime } from '../../support/manual-time.ts';
import fc from '../../support/properties.ts';

/** A lane, what has left it, and what it did to its connection. */
function laneWith(faults: string[], random: () => number = createRandom(1, 'lane')) {
  const time = createManualTime();
  const counts = createFaultCounts();
  const left: (number | string)[] = [];
  const lane = createLane<number>(
    {
      send: (message) => left.push(message),
      close: (code) => left.push(`closed ${code}`),
      reset: () => left.push('reset'),
      silence: () => left.push('silent'),
      truncate: (message) => left.push(`half of ${message}`),
    },
    { faults: faults.map(parseFault), counts, random, nowMs: time.nowMs, after: time.after },
  );
  return { lane, left, time, counts, happened: counts.happened };
}

/** Draws that say yes to the fault for the messages of these numbers; with one fault, each message draws once. */
function hitting(...numbers: number[]): () => number {
  let drawn = 0;
  return () => (numbers.includes(++drawn) ? 0 : 0.99);
}

const oneToTen = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe('the way of messages to a client', () => {
  test('without faults is what it was', () => {
    const { lane, left } = laneWith([]);
    for (const n of oneToTen) lane.push(n);
    expect(left).toEqual(oneToTen);
  });

  test('loses what is dropped', () => {
    const { lane, left, happened } = laneWith(['drop:share=0.5'], hitting(3, 10));
    for (const n of oneToTen) lane.push(n);
    expect(left).toEqual([1, 2, 4, 5, 6, 7, 8, 9]);
    expect(happened.drop).toBe(2);
  });

  test('says twice what is duplicated', () => {
    const { lane, left, happened } = laneWith(['duplicate:share=0.5'], hitting(2));
    for (const n of [1, 2, 3]) lane.push(n);
    expect(left).toEqual([1, 2, 2, 3]);
    expect(happened.duplicate).toBe(1);
  });

  test('holds what is reordered until so many later ones have left', () => {
    const { lane, left, happened } = laneWith(['reorder:share=0.5,by=3'], hitting(2));
    for (const n of [1, 2, 3, 4, 5, 6]) lane.push(n);
    expect(left).toEqual([1, 3, 4, 5, 2, 6]);
    expect(happened.reorder).toBe(1);
  });

  test('counts a later one that was held itself once it leaves', () => {
    const { lane, left, happened } = laneWith(['reorder:share=0.5,by=2'], hitting(1, 2));
    for (const n of [1, 2, 3, 4, 5]) lane.push(n);
    expect(left).toEqual([3, 4, 1, 2, 5]);
    expect(happened.reorder).toBe(2);
  });

  test('lets go of what nobody overtakes when the patience is over, and that is no fault', () => {
    const { lane, left, time, happened } = laneWith(['reorder:share=0.5,patience=100ms'], hitting(2));
    lane.push(1);
    lane.push(2);
    time.pass(99);
    expect(left).toEqual([1]);
    time.pass(1);
    expect(left).toEqual([1, 2]);
    expect(happened.reorder).toBe(0);
  });

  test.each([
    ['close:share=0.5,code=4001', 'closed 4001'],
    ['reset:share=0.5', 'reset'],
    ['silence:share=0.5', 'silent'],
    ['truncate:share=0.5', 'half of 3'],
  ])('ends with %s in place of a message', (fault, end) => {
    const { lane, left, counts } = laneWith([fault], hitting(3));
    for (const n of oneToTen) lane.push(n);
    expect(left).toEqual([1, 2, end]);
    expect(Object.values(counts.happened).reduce((sum, count) => sum + count)).toBe(1);
  });

  test('loses what is held when the connection goes', () => {
    const { lane, left, time } = laneWith(['reorder:share=1,patience=10ms', 'delay:by=10ms']);
    lane.push(1);
    lane.end();
    lane.push(2);
    time.pass(1000);
    expect(left).toEqual([]);
  });
});

describe('the delay', () => {
  test('holds each message, and tells for how long', () => {
    const { lane, left, time, counts } = laneWith(['delay:by=25ms']);
    lane.push(1);
    time.pass(24);
    expect(left).toEqual([]);
    time.pass(1);
    expect(left).toEqual([1]);
    expect(counts.delaysMs).toEqual([25]);
    expect(counts.happened.delay).toBe(1);
  });

  test('lets nobody overtake a slow one', () => {
    const { lane, left, time, counts } = laneWith(['delay:by=5ms,slow=50ms,share=0.5'], hitting(1));
    lane.push(1);
    time.pass(1);
    lane.push(2);
    time.pass(48);
    expect(left).toEqual([]);
    time.pass(1);
    expect(left).toEqual([1, 2]);
    expect(counts.delaysMs).toEqual([50, 49]);
  });

  test('comes before the end of the connection, so that what was on its way arrives', () => {
    const draws = [0.9, 0];
    const { lane, left, time, happened } = laneWith(
      ['close:share=0.5', 'delay:by=5ms'],
      () => draws.shift() ?? 0.9,
    );
    lane.push(1);
    lane.push(2);
    time.pass(5);
    expect(left).toEqual([1, 'closed 1011']);
    expect(happened).toMatchObject({ delay: 1, close: 1 });
  });

  test('has the quantiles of its Pareto distribution', () => {
    const random = createRandom(7, 'pareto');
    const fault = { kind: 'delay', by: 4, share: 0, slow: 0, tail: 2 } as const;
    const drawn = Array.from({ length: 100_000 }, () => drawDelayMs(fault, random)).sort((a, b) => a - b);
    expect(drawn[0]).toBeGreaterThanOrEqual(4);
    for (const q of [0.5, 0.9, 0.99]) {
      const expected = 4 * (1 - q) ** (-1 / 2);
      expect(drawn[Math.floor(q * drawn.length)] / expected).toBeCloseTo(1, 1);
    }
  });
});

describe('whatever happens to messages', () => {
  const share = fc.double({ min: 0, max: 0.4, noNaN: true });
  const given = fc.record({
    ...{ seed: fc.nat(), drop: share, duplicate: share, reorder: share },
    by: fc.integer({ min: 1, max: 6 }),
    messages: fc.integer({ min: 1, max: 200 }),
    gapMs: fc.integer({ min: 0, max: 3 }),
    delayMs: fc.integer({ min: 0, max: 9 }),
  });

  test('what has left and what was counted add up, and each reordered one was overtaken', () => {
    fc.assert(
      fc.property(given, ({ seed, drop, duplicate, reorder, by, messages, gapMs, delayMs }) => {
        const { lane, left, time, happened } = laneWith(
          [
            `drop:share=${drop}`,
            `duplicate:share=${duplicate}`,
            `reorder:share=${reorder},by=${by},patience=50ms`,
            ...(delayMs > 0 ? [`delay:by=1ms,slow=${delayMs}ms,share=0.3`] : []),
          ],
          createRandom(seed, 'lane'),
        );
        for (let n = 1; n <= messages; n++) {
          lane.push(n);
          time.pass(gapMs);
        }
        time.pass(10_000);

        const firsts = left.filter((n, i) => left.indexOf(n) === i) as number[];
        const late = firsts.filter((n, i) => firsts.slice(0, i).some((before) => before > n));
        expect(happened.drop).toBe(messages - firsts.length);
        expect(happened.duplicate).toBe(left.length - firsts.length);
        expect(happened.reorder).toBe(late.length);
      }),
    );
  });

  test('a message that is reordered alone is overtaken by as many as was asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (by, at) => {
        const { lane, left } = laneWith([`reorder:share=0.5,by=${by}`], hitting(at));
        for (const n of oneToTen) lane.push(n);
        expect(left.indexOf(at)).toBe(at - 1 + by);
      }),
    );
  });
});
