import { describe, expect, test } from 'vitest';
import type { SavedRecord } from '../../src/baseline/load.ts';
import { parseRules } from '../../src/gate/rules.ts';
import { type GateOptions, gateRecords } from '../../src/gate.ts';
import type { Noise } from '../../src/model/comparison.ts';
import type { Phase, RunRecord } from '../../src/model/record.ts';
import { comparisonLines } from '../../src/report/compared.ts';
import { gateJunit, gateLines } from '../../src/report/gate.ts';
import { phasePlan } from '../support/plans.ts';
import { invalid, measured, phase, summary } from './measured.ts';

const P99 = '*.latency.responseMs.p99';
const NOTHING: GateOptions = { rules: null, baseline: [], metrics: [], noise: null };

/** A run whose response p99 is `ms`. */
function run(id: string, ms: number, more: (phase: Phase) => Phase = (of) => of): SavedRecord {
  const slow = phase('a', { latency: { responseMs: summary(ms), serviceMs: summary(ms), oneWayMs: null } });
  const of = measured(more(slow));
  const record: RunRecord = {
    ...of,
    run: { ...of.run, id },
    scenario: { ...of.scenario, phases: [{ ...phasePlan(), name: 'a' }], gate: [`${P99} < 50ms`] },
    findings: [],
    verdict: { status: 'pass', reasons: [], rules: [] },
  };
  return { file: `${id}.json`, record };
}

const runs = (side: string, ...values: number[]) => values.map((ms, i) => run(`${side}-${i + 1}`, ms));
const BASE = runs('base', 20, 20.4, 19.8, 20.2, 20.1);
const against = (head: SavedRecord[], more: Partial<GateOptions> = {}) =>
  gateRecords(head, { ...NOTHING, baseline: BASE, metrics: [P99], ...more });

describe('a record is judged again', () => {
  test('by its own rules', () => {
    expect(gateRecords([run('fast', 20)], NOTHING)).toMatchObject({ status: 'pass', comparison: null });
    expect(gateRecords([run('slow', 80)], NOTHING).status).toBe('fail');
  });

  test('by other rules in their place', () => {
    const result = gateRecords([run('slow', 80)], { ...NOTHING, rules: parseRules([`${P99} < 90ms`]) });
    expect(result.status).toBe('pass');
    expect(gateLines(result)).toEqual(['PASS  a-run  slow.json', `✓ ${P99} < 90ms  80 ms`]);
  });

  test('with others, each of which has to pass', () => {
    const result = gateRecords([run('fast', 20), run('slow', 80)], NOTHING);
    expect(result.status).toBe('fail');
    expect(result.judged.map(({ record }) => record.verdict.status)).toEqual(['pass', 'fail']);
  });

  test('as inconclusive where it was interrupted', () => {
    const { file, record } = run('cut', 20);
    const cut = {
      file,
      record: { ...record, run: { ...record.run, interrupted: true, interruptedBy: 'SIGINT' } },
    };
    const result = gateRecords([cut], NOTHING);
    expect(result.status).toBe('inconclusive');
    expect(gateLines(result)).toContain('? SIGINT');
  });
});

describe('records are compared with a baseline', () => {
  test('and fail where they are slower', () => {
    const { status, comparison } = against(runs('head', 23, 23.4, 22.8, 23.1, 22.9));
    expect(status).toBe('fail');
    expect(comparison).toMatchObject({ design: 'samples', status: 'fail' });
    expect(comparison?.metrics[0]).toMatchObject({
      metric: 'a.latency.responseMs.p99',
      change: 'worse',
      p: 2 / 252,
    });
  });

  test('and pass where they are not', () => {
    expect(against(runs('head', 20.3, 19.9, 20, 20.1, 20.2)).status).toBe('pass');
  });

  test('but not with so few that nothing could be found', () => {
    expect(() => against(runs('head', 30))).toThrow('it takes 4 of each side');
  });

  test('but not if they are of another machine or load', () => {
    const head = runs('head', 20, 20, 20, 20, 20).map(({ file, record }) => ({
      file,
      record: { ...record, host: { ...record.host, cores: 64 } },
    }));
    expect(() => against(head)).toThrow(
      expect.objectContaining({ code: 'USAGE', details: ['cores 64 instead of 4'] }),
    );
  });

  test('without the runs whose generator was the bottleneck', () => {
    const valid = runs('head', 20.3, 19.9, 20, 20.1, 20.2);
    const { comparison, status } = against([...valid, run('busy', 900, invalid)], {
      rules: parseRules(['*.clients.peak > 1']),
    });
    expect(comparison?.metrics[0].head).toHaveLength(5);
    expect(comparison?.discarded).toEqual([
      'busy: the generator was the bottleneck: its event loop was busy',
    ]);
    expect(status).toBe('pass');
  });

  test('and tell nothing if no run is left', () => {
    const { comparison } = against(Array.from({ length: 5 }, (_, i) => run(`busy-${i}`, 900, invalid)));
    expect(comparison?.metrics[0]).toMatchObject({
      status: 'inconclusive',
      reason: 'no run of one side counts',
    });
  });

  const { host, scenario } = BASE[0].record;
  const noise = (more: Partial<Noise> = {}): Noise => ({
    ...{
      kind: 'wsscale-noise',
      measuredAt: '',
      host,
      scenario,
      pairs: 8,
      comparisons: 20,
      alarms: 0,
      improvements: 0,
      vain: 0,
    },
    ...{ inconclusive: 0, status: 'pass' },
    metrics: [{ metric: 'a.latency.responseMs.p99', noiseRatio: 0.3, shiftRatios: [] }],
    ...more,
  });
  const SLOWER = runs('head', 23, 23.4, 22.8, 23.1, 22.9);

  test('and do not fail within the noise of the setup', () => {
    const { comparison } = against(SLOWER, { noise: noise() });
    expect(comparison).toMatchObject({ status: 'pass', warnings: [] });
    expect(comparison?.metrics[0]).toMatchObject({ noiseRatio: 0.3, limitRatio: 0.3 });
  });

  test('but by noise of another machine they are not judged', () => {
    const { comparison } = against(SLOWER, { noise: noise({ host: { ...host, cores: 64 } }) });
    expect(comparison?.status).toBe('fail');
    expect(comparison?.warnings).toEqual([
      'the noise was measured with something else: cores 4 instead of 64',
    ]);
  });

  test('and say that noise was never measured, or that the setup raises false alarms', () => {
    expect(against(SLOWER).comparison?.warnings).toEqual([expect.stringContaining('--aa')]);
    const failed = against(SLOWER, { noise: noise({ status: 'fail', alarms: 5 }) });
    expect(failed.comparison?.warnings).toEqual([expect.stringContaining('5 false alarms in 20')]);
  });
});

describe('a comparison in words', () => {
  const lines = (head: SavedRecord[]) => comparisonLines(against(head).comparison!);

  test('says what is worse, by how much, and how sure that is', () => {
    expect(lines(runs('head', 23, 23.4, 22.8, 23.1, 22.9)).slice(0, 5)).toEqual([
      'FAIL  head against base, 5 runs of each side at the least',
      '  base  5 records from base-1.json on',
      '  head  5 records from head-1.json on',
      '✗ a.latency.responseMs.p99  worse: +14.5 %',
      expect.stringMatching(
        /^ {4}20\.1 ms → 23\.0 ms, \+14\.5 % \(\+1[23]\.\d % to \+1[67]\.\d % at 95\.0 %\), p 0\.0079$/,
      ),
    ]);
  });

  test('says what could not be told, and what could have been', () => {
    const [, , , answer] = lines(runs('head', 15, 40, 18, 25, 60));
    expect(answer).toMatch(
      /^\? a\.latency\.responseMs\.p99 {2}cannot tell; a change of \d+ % would have been seen$/,
    );
  });

  test('tells the first runs that do not count, and how many more there are', () => {
    const busy = Array.from({ length: 5 }, (_, i) => run(`busy-${i}`, 900, invalid));
    expect(lines([...runs('head', 20.3, 19.9, 20, 20.1, 20.2), ...busy])).toEqual(
      expect.arrayContaining([expect.stringMatching(/^not counted: busy-2: /), 'not counted: 2 more']),
    );
  });

  test('cannot steer the terminal', () => {
    const hostile = runs('\u001b[2J', 23, 23.4, 22.8, 23.1, 22.9);
    expect(lines(hostile).join()).not.toContain('\u001b');
  });
});

describe('as JUnit', () => {
  test('a comparison is a suite, a regression a failure in it', () => {
    const result = against(runs('head', 23, 23.4, 22.8, 23.1, 22.9));
    const xml = gateJunit({ judged: [], comparison: result.comparison });
    expect(xml).toContain('<testsuites name="wsscale gate" tests="1" failures="1" errors="0" skipped="0"');
    expect(xml).toContain('<testsuite name="comparison with the baseline"');
    expect(xml).toContain(
      'name="a.latency.responseMs.p99 is not worse"><failure message="worse: +14.5 %: 20.1 ms',
    );
  });

  test('what cannot be told is skipped', () => {
    const xml = gateJunit({ judged: [], comparison: against(runs('head', 15, 40, 18, 25, 60)).comparison });
    expect(xml).toContain('failures="0" errors="0" skipped="1"');
  });

  test('suites of several records have the names of their runs', () => {
    const one = gateJunit(gateRecords([run('fast', 20)], NOTHING));
    expect(one).toContain('<testsuite name="a"');
    const two = gateJunit(gateRecords([run('fast', 20), run('slow', 80)], NOTHING));
    expect(two).toContain('<testsuite name="fast a"');
    expect(two).toContain('<testsuite name="slow a"');
  });
});
