import { describe, expect, test } from 'vitest';
import type { Overrides } from '../../src/scenario/compile.ts';
import { describePlan } from '../../src/scenario/cost.ts';
import { faultsOf, LIMITS, planOf } from './fixtures.ts';

const soakOf = (text: string, flags: Overrides = {}) => planOf(text, flags).phases[0].soak;

describe('a soak', () => {
  test('is not what a phase does unasked', () => {
    expect(soakOf('phases: [{}]')).toBe(null);
    expect(soakOf('defaults: {soak: 12}\nphases: [{soak: 0}]')).toBe(null);
  });

  test('is so many cycles on the bundled server, which tells of itself', () => {
    expect(soakOf('phases: [{soak: 12}]')).toEqual({ cycles: 12, pid: null });
    expect(soakOf('phases: [{topology: cluster}]', { soak: 10 })).toEqual({ cycles: 10, pid: null });
  });

  test('of a target looks at its process', () => {
    expect(soakOf('phases: [{target: "ws://h", soak: 12, pid: 4711}]')).toEqual({ cycles: 12, pid: 4711 });
  });

  test('is told in the description of the plan', () => {
    const [line] = describePlan(planOf('phases: [{soak: 12}]'), LIMITS);
    expect(line).toContain('; disconnect all and look at what the server keeps; that 12 times; ');
    const [ofTarget] = describePlan(planOf('phases: [{target: "ws://h", soak: 12, pid: 47}]'), LIMITS);
    expect(ofTarget).toContain('what process 47 keeps');
  });
});

describe('what is wrong with a soak is told where it was said', () => {
  test.for<[string, Overrides, string]>([
    [
      'phases: [{soak: 9}]',
      {},
      's.yaml:1:17: phases[0].soak: is 9; a leak is told by 10 cycles or more: the first two warm the server up, and a trend over fewer than eight may be chance',
    ],
    ['phases: [{}]', { soak: 3 }, '--soak: is 3; a leak is told by 10 cycles or more'],
    [
      'phases: [{soak: 12, ceiling: true}]',
      {},
      's.yaml:1:17: phases[0].soak: closes all connections after each load, which leaves nothing for ceiling',
    ],
    [
      'phases: [{ceiling: true, herds: [drop]}]',
      { soak: 12 },
      '--soak: closes all connections after each load, which leaves nothing for ceiling and herds; leave one out',
    ],
    [
      'phases: [{target: "ws://h", soak: 12}]',
      {},
      's.yaml:1:35: phases[0].soak: has to see the server: the bundled one, or a target on this machine whose process is named by pid (--pid <n>)',
    ],
    [
      'phases: [{soak: 12, pid: 7}]',
      {},
      's.yaml:1:26: phases[0].pid: says nothing here: it needs a target and a soak',
    ],
    ['phases: [{target: "ws://h"}]', { pid: 7 }, '--pid: says nothing here: it needs a target and a soak'],
    ['phases: [{}]', { soak: 1.5 }, '--soak: must be a whole number, but it is 1.5'],
  ])('%s %o', ([text, flags, message]) => {
    expect(faultsOf(text, flags)).toEqual([expect.stringContaining(message)]);
  });
});
