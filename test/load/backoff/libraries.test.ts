import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { createBackoff } from '../../../src/load/backoff/index.ts';
import { type BackoffPlan, LIBRARIES, LIBRARY_KINDS, type LibraryKind } from '../../../src/model/backoff.ts';

/** What the libraries' own code draws from these numbers: `proof/lib/library-vectors.mjs` wrote it down. */
const VECTORS = JSON.parse(
  readFileSync(new URL('./library-vectors.json', import.meta.url), 'utf8'),
) as Record<string, { attempt: number; draw: number; delayMs: number | null }[]> & {
  packages: string[];
  actioncable: { attempt: number; quantilesMs: Record<string, number> }[];
};

function plan(kind: LibraryKind, more: Partial<BackoffPlan> = {}): BackoffPlan {
  const { baseMs, capMs, stableMs } = LIBRARIES[kind];
  return { kind, baseMs, capMs, firstMs: 0, stableMs, ...more };
}

test.each(LIBRARY_KINDS)('%s was read in the version that its delays were told by', (kind) => {
  expect(VECTORS.packages).toContain(LIBRARIES[kind].source.replace(/ (?=[^ ]+$)/, '@'));
});

describe('from the same random numbers, the delays are those of the library', () => {
  test.each(['socket.io', 'signalr', 'phoenix', 'centrifuge', 'graphql-ws'] as const)(
    '%s, to the millisecond',
    (kind) => {
      const backoff = createBackoff(plan(kind));
      expect(VECTORS[kind].length).toBeGreaterThan(5);
      for (const { attempt, draw, delayMs } of VECTORS[kind]) {
        expect([attempt, draw, backoff(attempt, 0, () => draw)]).toEqual([attempt, draw, delayMs]);
      }
    },
  );

  test('reconnecting-websocket, one after the other: each grows from the one before', () => {
    const backoff = createBackoff(plan('reconnecting-websocket'));
    let previousMs = 0;
    for (const { attempt, draw, delayMs } of VECTORS['reconnecting-websocket']) {
      const ms = backoff(attempt, previousMs, () => draw) as number;
      // The library takes a power, which is the same product rounded once.
      // It does not wait before its very first try, which is no return.
      expect(ms).toBeCloseTo(delayMs as number, 6);
      previousMs = ms;
    }
  });
});

describe('actioncable, which tells no delay but polls', () => {
  const random = createRandom(3, 'polls');
  const backoff = createBackoff(plan('actioncable'));
  const quantilesOf = (attempt: number) => {
    const all = Array.from({ length: 20_000 }, () => backoff(attempt, 0, random) as number);
    all.sort((a, b) => a - b);
    return (q: number) => all[Math.min(all.length - 1, Math.floor(q * all.length))];
  };

  test('its first try is spread as that of its monitor', () => {
    const [first] = VECTORS.actioncable;
    const quantile = quantilesOf(0);
    for (const q of [0.1, 0.25, 0.5, 0.75, 0.9, 0.99]) {
      const expectedMs = first.quantilesMs[String(q)];
      expect(Math.abs(quantile(q) / expectedMs - 1)).toBeLessThan(0.015);
    }
    expect(quantile(0)).toBeGreaterThanOrEqual(6000);
    expect(quantile(1)).toBeLessThan(18_000);
  });

  test('its later tries, too, but for those that have counted one poll more', () => {
    for (const { attempt, quantilesMs } of VECTORS.actioncable.slice(1)) {
      const quantile = quantilesOf(attempt);
      expect(quantile(0)).toBeCloseTo(quantilesMs['0'], -2);
      expect(Math.abs(quantile(0.5) / quantilesMs['0.5'] - 1)).toBeLessThan(0.02);
    }
  });
});

describe('what is peculiar to one of them', () => {
  const delays = (kind: LibraryKind, attempt: number) => {
    const random = createRandom(1, kind);
    return Array.from({ length: 1000 }, () => createBackoff(plan(kind))(attempt, 0, random));
  };

  test('socket.io has no jitter left from the fifth delay on, for however long', () => {
    expect(new Set(delays('socket.io', 1))).not.toHaveProperty('size', 1);
    for (const attempt of [4, 40, 4000])
      expect(new Set(delays('socket.io', attempt))).toEqual(new Set([5000]));
  });

  test('signalr and graphql-ws give up', () => {
    expect(delays('signalr', 3)[0]).toBe(30_000);
    expect(delays('signalr', 4)[0]).toBeNull();
    expect(delays('graphql-ws', 4)[0]).not.toBeNull();
    expect(delays('graphql-ws', 5)[0]).toBeNull();
  });

  test('a first delay can be said, and a cap: the other delays stay', () => {
    const backoff = createBackoff(plan('signalr', { firstMs: 18_000, capMs: 20_000 }));
    const drawn = [0, 1, 2, 3, 4].map((attempt) => backoff(attempt, 0, () => 0.5));
    expect(drawn).toEqual([9000, 2000, 10_000, 20_000, null]);
  });
});

test.each(LIBRARY_KINDS)('%s keeps within the bounds that its plan tells', (kind) => {
  const random = createRandom(5, kind);
  const backoff = createBackoff(plan(kind));
  for (let client = 0; client < 500; client++) {
    let previousMs = 0;
    for (let attempt = 0; attempt < 40; attempt++) {
      const ms = backoff(attempt, previousMs, random);
      if (ms === null) break;
      expect(ms).toBeGreaterThanOrEqual(LIBRARIES[kind].baseMs);
      expect(ms).toBeLessThanOrEqual(LIBRARIES[kind].capMs);
      previousMs = ms;
    }
  }
});
