import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import type { Limiter } from '../../../src/model/record.ts';
import { createLevelBook, type LevelBook, type Outcome } from '../../../src/stage/search/level-book.ts';
import { relevantBounds } from '../../../src/stats/mlrsearch.ts';
import fc from '../../support/properties.ts';

const SERVERS: Limiter = { resource: 'processor', side: 'server', evidence: '' };
const OURS: Limiter = { resource: 'processor', side: 'generator', evidence: '' };

const held = (load: number): Outcome => ({ passed: true, valid: true, carried: load, limiter: null });
const failed = (carried: number): Outcome => ({ passed: false, valid: true, carried, limiter: SERVERS });
const spoilt = (carried: number): Outcome => ({ passed: false, valid: false, carried, limiter: OURS });

interface Played {
  book: LevelBook;
  /** Each trial's level. */
  tried: number[];
  /** Each level, once for each time that it was come to. */
  levels: number[];
}

/** Searches for the ceiling of a server that is given only as an answer to each level. */
function play(
  max: number,
  answer: (load: number, trial: number) => Outcome,
  { widthRatio = 0.02 } = {},
): Played {
  const book = createLevelBook({ max, widthRatio, trialMs: 1000 });
  const tried: number[] = [];
  for (let load = book.next(); load !== null; load = book.next()) {
    if (tried.length > 500) throw new Error('the search does not end');
    tried.push(load);
    book.add(load, answer(load, book.trials(load) + 1));
  }
  return { book, tried, levels: tried.filter((load, i) => load !== tried[i - 1]) };
}

const server = fc
  .integer({ min: 1, max: 300_000 })
  .chain((max) => fc.record({ max: fc.constant(max), capacity: fc.nat(max + 10) }));

describe('the levels of a search', () => {
  test('find a server’s capacity to within 2 %, or 1, in few steps', () => {
    fc.assert(
      fc.property(server, ({ max, capacity }) => {
        const { book, levels } = play(max, (load) => (load <= capacity ? held(load) : failed(capacity)));
        const { lower, upper } = book.bracket();
        const truth = Math.min(capacity, max);
        expect(lower).toBeLessThanOrEqual(truth);
        expect(truth - lower).toBeLessThanOrEqual(Math.max(1, 0.02 * truth));
        expect(upper === null).toBe(capacity >= max);
        expect(levels.length).toBeLessThanOrEqual(12);
      }),
      { numRuns: 500 },
    );
  });

  test('find one whose failed levels tell nothing of what it holds', () => {
    fc.assert(
      fc.property(server, ({ max, capacity }) => {
        const { book, levels } = play(max, (load) => (load <= capacity ? held(load) : failed(load)));
        const { lower } = book.bracket();
        const truth = Math.min(capacity, max);
        expect(lower).toBeLessThanOrEqual(truth);
        expect(truth - lower).toBeLessThanOrEqual(Math.max(1, 0.02 * truth));
        expect(levels.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 500 },
    );
  });

  test.for([0.005, 0.02, 0.1, 0.5])(
    'end with a bracket of the width that was asked for: %d',
    (widthRatio) => {
      fc.assert(
        fc.property(server, ({ max, capacity }) => {
          const { book } = play(max, (load) => (load <= capacity ? held(load) : failed(load)), {
            widthRatio,
          });
          const { lower, upper } = book.bracket();
          if (upper !== null) expect(upper - lower).toBeLessThanOrEqual(Math.max(1, widthRatio * upper));
        }),
      );
    },
  );

  test('find the capacity of a noisy server, of whose trials one in ten comes out wrong', () => {
    const noisy = fc.record({ capacity: fc.integer({ min: 100, max: 8000 }), seed: fc.nat() });
    let near = 0;
    let runs = 0;
    fc.assert(
      fc.property(noisy, ({ capacity, seed }) => {
        const draw = createRandom(seed, 'noise');
        const { book } = play(8000, (load) => {
          const isWrong = draw() < 0.1;
          return load <= capacity === isWrong ? failed(load) : held(load);
        });
        const { lower } = book.bracket();
        runs++;
        if (Math.abs(lower - capacity) <= 0.1 * capacity) near++;
      }),
      { numRuns: 300 },
    );
    expect(near / runs).toBeGreaterThan(0.75);
  });

  test('end, whatever a server does, and each level that is new lies within what is open', () => {
    const whims = fc.array(
      fc.record({
        kind: fc.constantFrom('held', 'failed', 'spoilt'),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), whims, (max, whimsical) => {
        let asked = 0;
        const known = new Set<number>();
        const book = createLevelBook({ max, widthRatio: 0.02, trialMs: 1000 });
        for (let load = book.next(); load !== null; load = book.next()) {
          const { lower, upper } = book.bracket();
          if (!known.has(load)) {
            expect(load).toBeGreaterThan(lower);
            expect(load).toBeLessThan(upper ?? max + 1);
          }
          known.add(load);
          const { kind, share } = whimsical[asked++ % whimsical.length];
          const carried = Math.round(share * load);
          book.add(load, { held: held(load), failed: failed(carried), spoilt: spoilt(carried) }[kind]);
          expect(asked).toBeLessThanOrEqual(400);
        }
        const { lower, upper } = book.bracket();
        if (upper !== null) expect(lower).toBeLessThan(upper);
      }),
      { numRuns: 500 },
    );
  });

  test('do not creep down when each failed level held one fewer than it should', () => {
    const { levels } = play(100_000, (load) => failed(load - 1));
    expect(levels.length).toBeLessThan(40);
  });

  test('do not creep down when each loses a fixed share', () => {
    const { levels } = play(100_000, (load) => failed(load * 0.97));
    expect(levels.length).toBeLessThan(40);
  });

  test('begin with an eighth of the maximum and grow by half; the last one is confirmed', () => {
    const { tried } = play(8000, held);
    expect(tried).toEqual([1000, 1500, 2250, 3375, 5063, 7595, 8000, 8000]);
  });
});

describe('the answer', () => {
  test('does not rest on one trial: what held once on the way up is tried again', () => {
    const { book, tried } = play(1000, (load) => (load <= 400 ? held(load) : failed(load)));
    const { lower } = book.bracket();
    expect(tried.filter((load) => load === lower).length).toBeGreaterThanOrEqual(2);
  });

  test('is below what held once and then failed twice', () => {
    // 423 held on the way up, by chance: from then on, nothing above 300 holds.
    const { book } = play(1000, (load, trial) =>
      load <= 300 || (load === 423 && trial === 1) ? held(load) : failed(load),
    );
    const { lower, upper } = book.bracket();
    expect(lower).toBeGreaterThanOrEqual(294);
    expect(lower).toBeLessThanOrEqual(300);
    expect(upper).toBeLessThanOrEqual(306);
  });

  test('is not the higher of two levels that hold with one that does not between them', () => {
    const loads = (['lower', 'upper', 'lower', 'undecided'] as const).map((loadClass, i) => ({
      load: 10 * (i + 1),
      loadClass,
    }));
    expect(relevantBounds(loads)).toMatchObject({ lower: { load: 10 }, upper: { load: 20 } });
  });

  test('is the relevant lower bound of RFC 9971, whatever the loads are', () => {
    const load = fc.record({
      load: fc.nat(100),
      loadClass: fc.constantFrom('lower', 'upper', 'undecided'),
    });
    fc.assert(
      fc.property(fc.uniqueArray(load, { selector: (at) => at.load }), (loads) => {
        const { lower, upper } = relevantBounds(loads);
        const uppers = loads.filter(({ loadClass }) => loadClass === 'upper').map((at) => at.load);
        expect(upper?.load ?? Infinity).toBe(Math.min(Infinity, ...uppers));
        const lowers = loads
          .filter(({ loadClass }) => loadClass === 'lower')
          .map((at) => at.load)
          .filter((at) => at < Math.min(Infinity, ...uppers));
        expect(lower?.load ?? -Infinity).toBe(Math.max(-Infinity, ...lowers));
      }),
    );
  });

  test('names what stopped the server at the lowest level that it did not hold', () => {
    const { book } = play(1000, (load) =>
      load <= 300 ? held(load) : { ...failed(load), limiter: { ...SERVERS, evidence: `at ${load}` } },
    );
    const { upper, limiter } = book.bracket();
    expect(limiter?.evidence).toBe(`at ${upper}`);
  });
});

describe('where the generator comes to its own end', () => {
  test('the ceiling is not found, and as much is known of it as the generator could show', () => {
    fc.assert(
      fc.property(server, ({ max, capacity }) => {
        const { book } = play(max, (load) => (load <= capacity ? held(load) : spoilt(capacity)));
        const { lower, upper, limiter } = book.bracket();
        const truth = Math.min(capacity, max);
        expect(truth - lower).toBeLessThanOrEqual(Math.max(1, 0.02 * truth));
        expect(lower).toBeLessThanOrEqual(truth);
        expect(upper).toBeNull();
        expect(limiter?.side ?? null).toBe(capacity >= max ? null : 'generator');
      }),
    );
  });

  test('one below it is found all the same', () => {
    const { book } = play(1000, (load) =>
      load <= 300 ? held(load) : load <= 350 ? failed(load) : spoilt(load),
    );
    const { lower, upper, limiter } = book.bracket();
    expect(lower).toBeGreaterThanOrEqual(294);
    expect(lower).toBeLessThanOrEqual(300);
    expect(upper).toBeGreaterThan(300);
    expect(limiter?.side).toBe('server');
  });

  test('one that is not up to anything is soon believed', () => {
    const { book, levels } = play(100_000, (load) => spoilt(load));
    expect(book.bracket()).toEqual({ lower: 0, upper: null, limiter: OURS });
    expect(levels.length).toBe(4);
  });

  test('a trial that was spoilt once is done again, and says nothing', () => {
    const { book, tried } = play(1000, (load, trial) => (trial === 1 ? spoilt(load) : held(load)));
    expect(book.bracket()).toEqual({ lower: 1000, upper: null, limiter: null });
    expect(tried.slice(0, 2)).toEqual([125, 125]);
  });
});
