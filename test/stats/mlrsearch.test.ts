import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyLoad, type Trial } from '../../src/stats/mlrsearch.ts';

const goal = (finalS: number, sumS: number, lossPercent: number, exceedRatio: number) => ({
  finalTrialMs: finalS * 1000,
  sumMs: sumS * 1000,
  lossRatio: lossPercent / 100,
  exceedRatio,
});

const trials = (count: number, durationS: number, lossPercent: number): Trial[] =>
  Array.from({ length: count }, () => ({ durationMs: durationS * 1000, lossRatio: lossPercent / 100 }));

describe('the example of RFC 9971', () => {
  const first = [...trials(59, 1, 0), ...trials(1, 1, 1)];
  const second = [...first, ...trials(60, 1, 0), ...trials(60, 1, 1)];
  const third = [...second, ...trials(1, 60, 0.1), ...trials(1, 60, 0)];

  test('one lossy second of sixty: no throughput of RFC 2544', () => {
    expect(classifyLoad(first, goal(60, 60, 0, 0))).toBe('upper');
  });

  test('says nothing to a goal that asks for longer trials', () => {
    expect(classifyLoad(first, goal(60, 120, 0, 0.5))).toBe('undecided');
  });

  test('many short trials settle a goal that takes short ones', () => {
    expect(classifyLoad(second, goal(1, 120, 0.5, 0.5))).toBe('lower');
  });

  test('two long trials, one of them good, settle one that takes half', () => {
    expect(classifyLoad(third, goal(60, 120, 0, 0.5))).toBe('lower');
  });
});

describe('trials of the same length, half of which may fail', () => {
  const three = goal(1, 3, 0, 0.5);

  test.each([
    ['nothing', '', 'undecided'],
    ['one that passed', 'p', 'undecided'],
    ['one that failed', 'f', 'undecided'],
    ['two that passed', 'pp', 'lower'],
    ['two that failed', 'ff', 'upper'],
    ['one of each', 'pf', 'undecided'],
    ['two of three that passed', 'pfp', 'lower'],
    ['two of three that failed', 'fpf', 'upper'],
  ] as const)('after %s', (_words, marks, answer) => {
    expect(
      classifyLoad(
        [...marks].flatMap((mark) => trials(1, 1, mark === 'p' ? 0 : 1)),
        three,
      ),
    ).toBe(answer);
  });

  test('are decided by their majority, as soon as the rest cannot change it', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (passed) => {
        const all = passed.flatMap((one) => trials(1, 1, one ? 0 : 1));
        const answer = passed.filter(Boolean).length >= 2 ? 'lower' : 'upper';
        expect(classifyLoad(all, three)).toBe(answer);
        // What was said before all of them were there was never taken back.
        for (let i = 0; i < 3; i++)
          expect(['undecided', answer]).toContain(classifyLoad(all.slice(0, i), three));
      }),
    );
  });
});
