import { describe, expect, test } from 'vitest';
import { judge } from '../../src/gate/evaluate.ts';
import { parseRules } from '../../src/gate/rules.ts';
import { CONNECT_OBJECTIVE } from '../../src/model/objective.ts';
import type { Limiter, RateCeiling } from '../../src/model/record.ts';
import { invalid, measured, phase } from './measured.ts';

const OURS: Limiter = { resource: 'processor', side: 'generator', evidence: '2 of 2 cores busy' };
const ASKED: Limiter = { resource: 'requested maximum', side: 'scenario', evidence: '' };

const rateCeiling = (said: Partial<RateCeiling> = {}): RateCeiling => ({
  ...{ messagesPerS: 12_000, ratePerClientPerS: 120, clients: 100 },
  ...{ lowerBound: 12_000, upperBound: 12_200, found: true, widthRatio: 0.0164 },
  objective: CONNECT_OBJECTIVE,
  limiter: { resource: 'processor', side: 'server', evidence: '' },
  steps: [],
  ...said,
});

const notFound = (limiter: Limiter) =>
  rateCeiling({ found: false, upperBound: null, widthRatio: null, limiter });

const judged = (ceiling: RateCeiling | null, ...rules: string[]) =>
  judge(measured(phase('a', { rateCeiling: ceiling })), parseRules(rules));

describe('a rule about the highest rate', () => {
  test.for([
    ['found and high enough', rateCeiling(), 'a.rateCeiling.messagesPerS >= 10000', 'pass'],
    ['found and too low', rateCeiling(), 'a.rateCeiling.messagesPerS >= 13000', 'fail'],
    ['not found, and at least as high', notFound(ASKED), 'a.rateCeiling.messagesPerS >= 10000', 'pass'],
    [
      'not found, and perhaps as high',
      notFound(ASKED),
      'a.rateCeiling.messagesPerS >= 13000',
      'inconclusive',
    ],
    [
      'not found, and perhaps too high',
      notFound(ASKED),
      'a.rateCeiling.messagesPerS < 13000',
      'inconclusive',
    ],
    ['of each client, not found', notFound(ASKED), 'a.rateCeiling.ratePerClientPerS >= 100', 'pass'],
    ['with the unit of a rate', rateCeiling(), 'a.rateCeiling.messagesPerS >= 10000/s', 'pass'],
    ['that was never searched for', null, 'a.rateCeiling.messagesPerS >= 1', 'inconclusive'],
  ] as const)('%s', ([, ceiling, rule, status]) => {
    expect(judged(ceiling, rule).rules[0]).toMatchObject({ status });
  });

  test('says how much is known', () => {
    const { reason } = judged(notFound(ASKED), 'a.rateCeiling.messagesPerS >= 13000').rules[0];
    expect(reason).toBe('the ceiling was not found; at least 12,000 messages/s are answered in time');
  });

  test('is inconclusive where the generator was the bottleneck of the phase', () => {
    const run = measured(invalid(phase('a', { rateCeiling: rateCeiling() })));
    const { status, rules } = judge(run, parseRules(['a.rateCeiling.messagesPerS >= 1']));
    expect([status, rules[0].status]).toEqual(['inconclusive', 'inconclusive']);
  });
});

describe('a search for the highest rate that the generator’s own end stopped', () => {
  test('is inconclusive, with what is known', () => {
    const { status, reasons } = judged(notFound(OURS));
    expect(status).toBe('inconclusive');
    expect(reasons).toEqual([
      'a: the ceiling was not found, at least 12,000 messages/s; the generator stopped the search: 2 of 2 cores busy',
    ]);
  });

  test('passes where a rule asked for no more than that', () => {
    expect(judged(notFound(OURS), 'a.rateCeiling.messagesPerS >= 10000').status).toBe('pass');
    expect(judged(notFound(OURS), 'a.rateCeiling.messagesPerS >= 13000').status).toBe('inconclusive');
  });

  test('is not what a search that came to the requested maximum is', () => {
    expect(judged(notFound(ASKED)).status).toBe('pass');
  });
});
