import { describe, expect, test } from 'vitest';
import { compile } from '../../src/scenario/compile.ts';
import { scenarioOf } from '../../src/scenario/rerun.ts';
import { faultsOf, planOf } from './fixtures.ts';

const TEXT = 'phases: [{name: plain}, {name: quick, rate: 2, baseline: plain}]';

/** With which phase each is compared. */
function baselinesOf(text: string, phases?: string[]): (string | null)[] {
  return planOf(text, phases === undefined ? {} : { phases }).phases.map(({ baseline }) => baseline);
}

describe('a baseline', () => {
  test('is an earlier phase', () => {
    expect(baselinesOf(TEXT)).toEqual([null, 'plain']);
  });

  test.each([
    ['comes later', 'phases: [{name: a, baseline: b}, {name: b}]'],
    ['is the phase itself', 'phases: [{name: b, baseline: b}]'],
    ['is not there', 'phases: [{name: a}, {name: c, baseline: b}]'],
  ])('that %s is a mistake', (_what, text) => {
    expect(faultsOf(text)).toEqual([
      expect.stringContaining('there is no phase "b" before this one to compare it with'),
    ]);
  });

  test('is none where it is not run, and such a run can be repeated', () => {
    const plan = planOf(TEXT, { phases: ['quick'] });
    expect(plan.phases.map(({ baseline }) => baseline)).toEqual([null]);
    const source = { file: null, scenario: scenarioOf(plan), problems: [], placeOf: () => null };
    expect(compile(source, {}, { cores: 4 }, () => 1).phases).toEqual(plan.phases);
  });
});
