import { describe, expect, test } from 'vitest';
import { exitStatusOf } from '../../src/cli/exit.ts';
import { judge } from '../../src/gate/evaluate.ts';
import { parseRules } from '../../src/gate/rules.ts';
import type { AttackResult } from '../../src/index.ts';
import { ceiling, invalid, measured, phase } from '../gate/measured.ts';

type Ending = AttackResult['ending'];

/** How a run of one phase ends that is held against these rules. */
function statusOf(of: ReturnType<typeof phase>, rules: string[] = [], ending: Ending = null): number {
  const run = measured(of);
  const verdict = judge(run, parseRules(rules), ending === null ? [] : [ending.reason]);
  return exitStatusOf({ record: { ...run, findings: [], verdict }, ending });
}

const late = 'a.latency.responseMs.p99 < 1ms';
const lost = 'a.ordering.missing == 7';

describe('a phase whose generator was the bottleneck', () => {
  test.for<[string, ReturnType<typeof phase>, string[], number]>([
    ['is 3 where a ceiling was searched for', invalid(phase('a', { ceiling: ceiling() })), [], 3],
    ['is 3 where a rule asks for a time', invalid(phase('a')), [late], 3],
    ['is 0 where nothing was asked of it', invalid(phase('a')), [], 0],
    ['is 0 where a rule asks for what was counted', invalid(phase('a')), ['a.ordering.missing == 0'], 0],
    ['is 99 where a count breaks a rule: the order stands', invalid(phase('a')), [late, lost], 99],
  ])('%s', ([, of, rules, status]) => {
    expect(statusOf(of, rules)).toBe(status);
  });
});

describe('of several statuses the first one wins', () => {
  test.for<[string, Ending, string[], number]>([
    ['a signal before a rule that failed', { kind: 'signal', reason: 'SIGINT' }, [lost], 130],
    ['SIGTERM, too', { kind: 'signal', reason: 'SIGTERM' }, [lost], 143],
    ['a target that is gone before a rule that failed', { kind: 'target', reason: 'gone' }, [lost], 4],
    ['a rule that failed before a death', { kind: 'death', reason: 'a host died' }, [lost], 99],
    ['a death before a pass', { kind: 'death', reason: 'a host died' }, [], 3],
  ])('%s', ([, ending, rules, status]) => {
    expect(statusOf(phase('a'), rules, ending)).toBe(status);
  });
});
