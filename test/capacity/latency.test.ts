import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { fitOf, MESSAGES } from '../../src/capacity/fits.ts';
import { latencyFit } from '../../src/capacity/latency.ts';
import type { Observation } from '../../src/capacity/observation.ts';

/** Nodes that take 100 µs for a message, so that 10,000 a second are all that one does. */
const SERVICE_S = 100e-6;

function observation(connections: number, messagesPerS: number, p50Ms: number): Observation {
  const rest = { phase: 'a', memoryBytes: null, isWarm: true, connections, messagesPerS };
  return { ...rest, cores: messagesPerS * SERVICE_S, p50Ms, p99Ms: 2 * p50Ms };
}

function fitted(observations: Observation[], quantile: 0.5 | 0.99) {
  const cores = fitOf(observations, ({ cores: used }) => used, [MESSAGES], 'in proportion');
  return latencyFit(observations, cores, quantile);
}

const calm = [1000, 1500, 2000, 2500, 3000].map((n) => observation(1000, n, 0.3));

describe('latency', () => {
  test('is that of calm nodes where nobody waits', () => {
    expect(fitted(calm, 0.5)?.at({ connections: 1000, messagesPerS: 2000 }).value).toBeCloseTo(0.3, 6);
  });

  test('has the wait of a busy one in it, which no calm one has shown', () => {
    // ρ = 0.9: of M/M/1 the median waits S/(1−ρ)·ln(0.9/0.5).
    const { value } = fitted(calm, 0.5)?.at({ connections: 1000, messagesPerS: 9000 }) ?? { value: 0 };
    expect(value).toBeCloseTo(0.3 + 1 * Math.log(1.8), 3);
  });

  test('has no end at a whole core', () => {
    expect(fitted(calm, 0.99)?.at({ connections: 1000, messagesPerS: 10_000 }).value).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  test('grows with each decade of connections', () => {
    const random = createRandom(3, 'latency');
    const decades = [100, 100, 300, 1000, 1000, 3000, 10_000, 10_000].map((n) =>
      observation(n, 2000, (0.1 + 0.1 * Math.log10(n)) * (1 + 0.02 * (random() - 0.5))),
    );
    const { value, low, high } = fitted(decades, 0.5)?.at({ connections: 100_000, messagesPerS: 2000 }) ?? {
      ...{ value: 0, low: 0, high: 0 },
    };
    expect(value).toBeCloseTo(0.6, 1);
    expect(Number(low)).toBeLessThan(0.6);
    expect(Number(high)).toBeGreaterThan(0.6);
  });

  test('is not known where nothing was answered', () => {
    const silent = calm.map((one) => ({ ...one, p50Ms: null }));
    expect(fitted(silent, 0.5)).toBeNull();
  });
});
