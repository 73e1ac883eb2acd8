import { describe, expect, test } from 'vitest';
import { readLoadFlags } from '../../src/cli/load-flags.ts';
import { planSchema } from '../../src/model/plan.ts';
import type { Overrides } from '../../src/scenario/compile.ts';
import { faultsOf, planOf } from './fixtures.ts';

const only = (text: string, overrides: Overrides = {}) => planOf(text, overrides).phases[0];

describe('what a search looks at', () => {
  test('is connects, where nothing is said', () => {
    expect(only('phases: [{ceiling: true}]')).toMatchObject({
      rateCeiling: false,
      objective: { connectFailureRatio: 0.001, connectP99Ms: 1000, responseP99Ms: null, lossRatio: null },
      search: { widthRatio: 0.02, trialMs: 1000 },
    });
  });

  test.for([
    ['responseP99: 200ms', { responseP99Ms: 200, lossRatio: 0 }],
    ['losses: 0.01', { responseP99Ms: null, lossRatio: 0.01 }],
    ['losses: 0', { responseP99Ms: null, lossRatio: 0 }],
    ['connectP99: 3s', { connectP99Ms: 3000, responseP99Ms: null, lossRatio: null }],
    ['connectFailures: 0.5', { connectFailureRatio: 0.5, lossRatio: null }],
  ] as const)('is messages, too, where something is said of them: %s', ([said, objective]) => {
    expect(only(`phases: [{ceiling: true, objective: {${said}}}]`).objective).toMatchObject(objective);
  });

  test('for the highest rate is messages: 1 s at p99, and none lost', () => {
    expect(only('phases: [{rateCeiling: true, rate: 5}]')).toMatchObject({
      ...{ ceiling: false, rateCeiling: true },
      objective: { responseP99Ms: 1000, lossRatio: 0 },
    });
    expect(
      only('phases: [{rateCeiling: true, objective: {responseP99: 20ms}}]').objective.responseP99Ms,
    ).toBe(20);
  });

  test('is said limit by limit: what is nearer takes back none of the others', () => {
    const text = 'defaults: {objective: {connectP99: 2s, losses: 0.1}}\nphases: [{objective: {losses: 0.2}}]';
    const overrides = { objective: { responseP99: '50ms' } };
    expect(only(text, overrides).objective).toEqual({
      ...{ connectFailureRatio: 0.001, connectP99Ms: 2000, responseP99Ms: 50, lossRatio: 0.2 },
    });
  });

  test('may be typed, limit by limit', () => {
    const typed = { objective: ['connectP99=2s', 'losses=0.01', 'connectFailures=1e-2'] };
    expect(readLoadFlags(typed)).toEqual({
      objective: { connectP99: '2s', losses: 0.01, connectFailures: 0.01 },
    });
  });

  test.for([
    ['phases: [{objective: {losses: 2}}]', /losses.*at most 1/],
    ['phases: [{objective: {connectP99: 0s}}]', /connectP99 must be longer than 0/],
    ['phases: [{objective: {conectP99: 1s}}]', /did you mean connectP99/],
    ['phases: [{trial: 0s}]', /trial.*longer than 0/],
    ['phases: [{rateCeiling: true, trial: 1500ms}]', /whole seconds/],
    ['phases: [{searchWidth: 0}]', /searchWidth.*above 0/],
    ['phases: [{ceiling: true, rateCeiling: true}]', /a phase of its own/],
    ['phases: [{rateCeiling: true, rate: 0}]', /rate.*one a second/],
    ['phases: [{rateCeiling: true, soak: 10}]', /leaves nothing for rateCeiling/],
  ] as const)('and is refused where it makes no sense: %s', ([text, fault]) => {
    expect(faultsOf(text).join('\n')).toMatch(fault);
  });

  test('without messages a trial may take any time', () => {
    expect(only('phases: [{ceiling: true, trial: 1500ms}]').search.trialMs).toBe(1500);
  });

  test('is what it was in plans of before', () => {
    const [{ rateCeiling: _, objective: __, search: ___, ...before }] = planOf('phases: [{}]').phases;
    const plan = { ...planOf('phases: [{}]'), phases: [before] };
    expect(planSchema.parse(plan)).toEqual(planOf('phases: [{}]'));
  });
});
