import { describe, expect, it } from 'vitest';
import { toJunit } from '../../src/report/junit.ts';
import { hostileRecord } from './hostile-record.ts';
import { invalidPhase } from './sample-phase.ts';
import { emptyRecord, sampleRecord } from './sample-record.ts';
import { assertWellFormed, xmllintMissing } from './tools.ts';

describe('junit.xml', () => {
  it('has a suite for the run, each phase, and the rules for all phases', () => {
    const suites = [...toJunit(sampleRecord()).matchAll(/<testsuite name="([^"]*)" tests="(\d+)"/g)];
    expect(suites.map(([, name, tests]) => [name, tests])).toEqual([
      ['run', '1'],
      ['single', '4'],
      ['*', '1'],
    ]);
  });

  it('tells failures, skips and errors apart and counts them', () => {
    const xml = toJunit(sampleRecord());
    expect(xml).toContain('<testsuites name="wsscale ladder" tests="6" failures="1" errors="0" skipped="1"');
    expect(xml).toContain('name="*.ordering.missing == 0"><failure message="observed 3"/>');
    expect(xml).toContain(
      'name="single.fanout.lastMs.p99 &lt; 200ms"><skipped message="the phase has no fanout"/>',
    );
  });

  it('skips the validity of a phase whose generator was the bottleneck, with its reasons', () => {
    const record = sampleRecord();
    record.phases = [invalidPhase()];
    expect(toJunit(record)).toMatch(
      /name="the load generator kept up"><skipped message="the event loop of worker 1/,
    );
  });

  it('is an error when the run did not carry out its plan', () => {
    const xml = toJunit(emptyRecord());
    expect(xml).toContain('errors="1"');
    expect(xml).toMatch(/<error message="The run ended .*ECONNREFUSED\."\/>/);
  });

  it.each([
    { names: ['v1', 'v1.2'], rule: 'v1.2.ceiling.connections >= 5', suite: 'v1.2' },
    { names: ['v1', 'v1.2'], rule: 'v1.ceiling.connections >= 5', suite: 'v1' },
    { names: [], rule: 'other.ceiling.connections >= 5', suite: 'other' },
  ])('puts $rule into the suite $suite', ({ names, rule, suite }) => {
    const record = sampleRecord();
    record.phases = names.map((name) => ({ ...record.phases[0], name }));
    record.verdict.rules = [{ ...record.verdict.rules[0], rule }];
    const cases = toJunit(record)
      .split('\n')
      .filter((line) => line.includes('ceiling.connections &gt;='));
    expect(cases).toHaveLength(1);
    expect(cases[0]).toContain(`classname="wsscale.${suite}"`);
  });

  it.skipIf(xmllintMissing !== null).each([
    ['the sample', sampleRecord],
    ['a hostile record', hostileRecord],
    ['a run without phases', emptyRecord],
  ])('is well-formed for %s', (_name, make) => {
    assertWellFormed(toJunit(make()));
  });
});
