import { describe, expect, test } from 'vitest';
import { measure } from '../../src/calibration/calibrate.ts';
import type { Trial } from '../../src/calibration/loopback.ts';
import { findHighestRate } from '../../src/calibration/search.ts';
import { createHistogram, recordMs } from '../../src/stats/histogram.ts';

function histogramOf(ms: number) {
  const histogram = createHistogram();
  for (let i = 0; i < 100; i++) recordMs(histogram, ms);
  return histogram;
}

/** A loopback that carries so many messages a second, and is late or slow beyond. */
function loopback({ carries = 30_000, beyond = {} as Partial<Trial>, spoils = 0 } = {}) {
  const loads: number[] = [];
  let toSpoil = spoils;
  return {
    loads,
    connectAll: async () => 8000.4,
    async attempt(messagesPerS: number): Promise<Trial> {
      loads.push(messagesPerS);
      const good = { lateness: histogramOf(0.2), service: histogramOf(0.4) };
      const isSpoilt = messagesPerS > 1000 && toSpoil-- > 0;
      const isBeyond = messagesPerS > carries || isSpoilt;
      const bad = isBeyond ? { lateness: histogramOf(40), ...beyond } : {};
      return { messagesPerS, answeredRatio: 1, ...good, ...bad };
    },
  };
}

describe('the search', () => {
  const passing = (carries: number) => {
    const loads: number[] = [];
    return {
      loads,
      attempt: async (load: number) => {
        loads.push(load);
        return { messagesPerS: load, passed: load <= carries };
      },
    };
  };

  test('doubles the load until it fails, and halves what is between', async () => {
    const { loads, attempt } = passing(11_000);
    const highest = await findHighestRate({ first: 1000, most: 64_000, refinements: 3, attempt });
    expect(loads).toEqual([1000, 2000, 4000, 8000, 16_000, 12_000, 10_000, 11_000]);
    expect(highest).toBe(11_000);
  });

  test('ends at the most that is to be tried', async () => {
    const { loads, attempt } = passing(1e9);
    expect(await findHighestRate({ first: 1000, most: 4000, refinements: 3, attempt })).toBe(4000);
    expect(loads).toEqual([1000, 2000, 4000]);
  });

  test('finds nothing where the first load fails', async () => {
    const { loads, attempt } = passing(0);
    expect(await findHighestRate({ first: 1000, most: 4000, refinements: 3, attempt })).toBe(null);
    expect(loads).toEqual([1000]);
  });
});

describe('what is measured', () => {
  test('is the highest rate that was on time, the connects, and the times at a light load', async () => {
    const measured = await measure(loopback({ carries: 30_000 }), {});
    expect(measured).toMatchObject({ connectsPerS: 8000, messagesPerS: 30_000 });
    expect(measured?.floor.latenessP99Ms).toBeCloseTo(0.2, 2);
    expect(measured?.floor.serviceP50Ms).toBeCloseTo(0.4, 2);
    expect(measured?.floor.messagesPerS).toBe(1000);
  });

  test.for<[string, Partial<Trial>]>([
    ['late', { lateness: histogramOf(2.1) }],
    ['slow to be answered', { lateness: histogramOf(0.2), service: histogramOf(60) }],
    ['not answered', { lateness: histogramOf(0.2), answeredRatio: 0.98 }],
  ])('has no rate whose messages were %s', async ([, beyond]) => {
    const measured = await measure(loopback({ carries: 9000, beyond }), {});
    expect(measured?.messagesPerS).toBe(9000);
  });

  test('is not spoilt by one busy moment of the machine: each load has a second try', async () => {
    expect((await measure(loopback({ carries: 9000, spoils: 1 }), {}))?.messagesPerS).toBe(9000);
  });

  test('is nothing where not even the lightest load was on time', async () => {
    expect(await measure(loopback({ carries: 500 }), {})).toBe(null);
  });

  test('ends with the signal', async () => {
    const stop = new AbortController();
    const steps: string[] = [];
    const onStep = (step: string) => {
      steps.push(step);
      if (steps.length === 4) stop.abort(new Error('SIGINT'));
    };
    await expect(measure(loopback(), { onStep, signal: stop.signal })).rejects.toThrow('SIGINT');
    expect(steps).toHaveLength(4);
  });
});
