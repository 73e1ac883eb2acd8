import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { CONNECTIONS, fitOf, type Load, MESSAGES, SPREAD } from '../../src/capacity/fits.ts';
import { measurementsOf } from '../../src/capacity/measured.ts';
import type { Observation } from '../../src/capacity/observation.ts';
import { normalQuantile } from '../../src/stats/normal.ts';
import { DESIGN, LAW, measuredRecord } from './measured-record.ts';

const ASKED = { connections: 10_000, messagesPerS: 2000 };

function observation(connections: number, messagesPerS: number, cores: number): Observation {
  const rest = { phase: `${connections}`, memoryBytes: null, p50Ms: null, p99Ms: null, isWarm: true };
  return { ...rest, connections, messagesPerS, cores };
}

const coresOf = ({ cores }: Observation) => cores;

describe('a fit', () => {
  test('of exact phases is the law itself', () => {
    const law = ({ connections, messagesPerS }: Load) => 0.01 + 2e-7 * connections + 1e-5 * messagesPerS;
    const observations = [
      [100, 500],
      [100, 2000],
      [3000, 500],
      [3000, 2000],
      [1500, 900],
    ].map(([connections, messagesPerS]) =>
      observation(connections, messagesPerS, law({ connections, messagesPerS })),
    );
    const fit = fitOf(observations, coresOf, [MESSAGES, CONNECTIONS], 'in proportion');
    const { value, low, high } = fit?.at(ASKED) ?? { value: 0, low: null, high: null };
    expect(value).toBeCloseTo(law(ASKED), 8);
    // Of the 7,000 connections beyond those that were measured, a fifth may be wrong.
    expect(Number(high) - value).toBeCloseTo(0.2 * 2e-7 * 7000, 6);
    expect(value - Number(low)).toBeCloseTo(0.2 * 2e-7 * 7000, 6);
    const inside = fit?.at({ connections: 2000, messagesPerS: 1000 });
    expect(inside?.high).toBeCloseTo(Number(inside?.low), 6);
  });

  test('leaves out a term that the phases cannot tell from another', () => {
    // Each client sends as much as any other, so messages are connections.
    const observations = [100, 200, 400, 800, 1600].map((n) => observation(n, n, 0.01 + 1e-5 * n));
    const fit = fitOf(observations, coresOf, [MESSAGES, CONNECTIONS], 'in proportion');
    expect(fit?.at(ASKED).words).toBe('a fit of 5 phases by messages');
    expect(fit?.at(ASKED).value).toBeCloseTo(0.01 + 1e-5 * 2000, 8);
  });

  test('of one phase is in proportion, and how sure it is is not known', () => {
    const fit = fitOf([observation(100, 1000, 0.05)], coresOf, [MESSAGES], 'in proportion');
    expect(fit?.at(ASKED)).toMatchObject({ value: 0.1, low: null, high: null, from: ['100'] });
  });

  test('of phases that say nothing is none', () => {
    expect(fitOf([], coresOf, [MESSAGES], 'in proportion')).toBeNull();
  });

  test('is wider the farther one goes, and beyond four times as many times more', () => {
    const random = createRandom(7, 'fit');
    const observations = DESIGN.map(({ clients, sentPerS }) =>
      observation(
        clients / 4,
        sentPerS / 2,
        LAW.cores(clients / 4, sentPerS / 2) * (1 + 0.04 * (random() - 0.5)),
      ),
    );
    const fit = fitOf(observations, coresOf, [MESSAGES, SPREAD], 'in proportion');
    const widthAt = (messagesPerS: number) => {
      const { value, high } = fit?.at({ connections: 2500, messagesPerS }) ?? { value: 1, high: null };
      return (Number(high) - value) / value;
    };
    // Measured were up to 3,000 messages/s: 12,000 are four times of it.
    const atFour = widthAt(12_000);
    expect(widthAt(2000)).toBeLessThan(atFour);
    expect(widthAt(24_000)).toBeGreaterThan(1.9 * atFour);
    expect(widthAt(24_000)).toBeLessThan(2.6 * atFour);
  });
});

test('nine of ten new phases are inside of the interval, four times farther than was measured', () => {
  const random = createRandom(11, 'coverage');
  const scatter = 0.05;
  let inside = 0;
  let all = 0;
  for (let run = 0; run < 20; run++) {
    const measured = measurementsOf(measuredRecord(DESIGN, random, scatter));
    const draw = (value: number) => value * (1 + scatter * normalQuantile(0.001 + 0.998 * random()));
    const { connections, messagesPerS } = ASKED;
    const asked = [
      [measured?.cores, LAW.cores],
      [measured?.memory, LAW.memoryBytes],
      [measured?.p50Ms, LAW.p50Ms],
    ] as const;
    for (const [fit, law] of asked) {
      const { low, high } = fit?.at(ASKED) ?? { low: null, high: null };
      for (let i = 0; i < 20; i++) {
        const value = draw(law(connections, messagesPerS));
        all++;
        if (value >= Number(low) && value <= Number(high)) inside++;
      }
    }
  }
  expect(inside / all).toBeGreaterThan(0.86);
  expect(inside / all).toBeLessThan(0.95);
});
