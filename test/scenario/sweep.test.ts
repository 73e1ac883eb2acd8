import { describe, expect, test } from 'vitest';
import { backoffInWords } from '../../src/model/backoff.ts';
import { costOf, describePlan } from '../../src/scenario/cost.ts';
import { parseReconnect } from '../../src/scenario/reconnect.ts';
import { faultsOf, LIMITS, planOf } from './fixtures.ts';

const sweepOf = (text: string) => planOf(`phases: [{herds: [drop], sweep: ${text}}]`).phases[0].sweep;

describe('a library by its name', () => {
  test('is a policy, with the delays and the count that the library has', () => {
    expect(planOf('phases: [{reconnect: socket.io}]').phases[0].reconnect).toEqual({
      ...{ kind: 'socket.io', baseMs: 500, capMs: 5000 },
      ...{ firstMs: 0, stableMs: 0 },
    });
    expect(parseReconnect('reconnecting-websocket').stableMs).toBe(5000);
  });

  test('can be given a first delay, a cap and another idea of what is stable', () => {
    expect(parseReconnect('signalr:first=18s,cap=20s,stable=1m')).toMatchObject({
      ...{ firstMs: 18_000, capMs: 20_000, stableMs: 60_000 },
    });
  });

  test('has a base of its own, and no other name', () => {
    expect(faultsOf('phases: [{reconnect: "phoenix:base=1s"}]')).toEqual([
      expect.stringContaining('gives phoenix a base, but its delays are the library’s'.replace('’', "'")),
    ]);
    expect(faultsOf('phases: [{reconnect: socketXio}]')[0]).toContain(
      'must be one of none, fixed, exponential',
    );
  });
});

describe('a sweep', () => {
  test('is policies as --reconnect takes them, and auto', () => {
    expect(sweepOf('[auto, "full-jitter:first=18s", signalr]')).toEqual([
      'auto',
      parseReconnect('full-jitter:first=18s'),
      parseReconnect('signalr'),
    ]);
  });

  test('is said by a flag, too, again and again', () => {
    const plan = planOf('phases: [{}]', { herds: ['drop'], sweep: ['auto', 'phoenix'] });
    expect(plan.phases[0].sweep).toEqual(['auto', parseReconnect('phoenix')]);
  });

  test('needs a herd', () => {
    expect(faultsOf('phases: [{sweep: [auto]}]')).toEqual([
      expect.stringContaining('sweep: repeats herds with other policies, but there is no herd'),
    ]);
  });

  test('tells which of its policies is wrong', () => {
    const faults = faultsOf('phases: [{herds: [drop], sweep: [auto, "fixed:base=1m", often]}]');
    expect(faults).toHaveLength(2);
    expect(faults.join('\n')).toContain('sweep[1]: has a cap below its base');
    expect(faults.join('\n')).toContain('sweep[2]: must be auto, or one of none');
  });

  test('is made short by --quick, as the policy of the phase is', () => {
    const { sweep } = planOf('phases: [{herds: [drop], sweep: [auto, "full-jitter:first=1m"]}]', {
      quick: true,
    }).phases[0];
    expect(sweep).toEqual([
      'auto',
      { ...parseReconnect('full-jitter'), baseMs: 1000, capMs: 2000, firstMs: 1000 },
    ]);
  });

  test('takes a storm for each policy, four for auto, and at the most the wait before each as well', () => {
    const cost = (sweep: string) => {
      const herds = '[{trigger: drop, hold: 1s, observe: 20s}]';
      const plan = planOf(`phases: [{reconnect: "fixed:base=2s", herds: ${herds}, sweep: ${sweep}}]`);
      return costOf(plan.phases[0], plan.workers, LIMITS);
    };
    const without = cost('[]');
    const swept = cost('["full-jitter:first=9s", auto]');
    expect(swept.typicalMs - without.typicalMs).toBe(9000 + 1000 + 4 * (2000 + 1000));
    expect(swept.longestMs - without.longestMs).toBe(5 * 2 * 20_000);
  });

  test('is told before it is run', () => {
    const plan = planOf(
      'phases: [{herds: [drop], sweep: [auto, "full-jitter:first=18s", "fixed:base=2s", none]}]',
    );
    expect(describePlan(plan, LIMITS).join('\n')).toContain(
      'each herd again by auto, full jitter over 18.0 s, fixed 2.00 s, none',
    );
  });
});

test.each([
  ['full-jitter:first=18s', 'full jitter over 18.0 s'],
  ['full-jitter:first=0s,base=500ms', 'full jitter from 500 ms to 30.0 s'],
  ['guide', 'guide from 1.00 s to 30.0 s'],
  ['signalr', 'signalr'],
  ['signalr:first=5s', 'signalr over 5.00 s'],
])('%s reads "%s"', (text, words) => {
  expect(backoffInWords(parseReconnect(text))).toBe(words);
});
