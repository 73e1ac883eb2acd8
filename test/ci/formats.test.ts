import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/ci/formats.ts';
import { type RunRecord, recordSchema } from '../../src/model/record.ts';
import { HOSTILE, hostileRecord } from '../report/hostile-record.ts';
import { invalidPhase } from '../report/sample-phase.ts';
import { emptyRecord, ladderRecord, sampleRecord } from '../report/sample-record.ts';
import { assertWellFormed, missing, xmllintMissing } from '../report/tools.ts';

const PROMTOOL = '/usr/bin/promtool';
const promtoolMissing = missing('promtool', PROMTOOL);

const RECORDS: [string, () => RunRecord][] = [
  ['the sample', sampleRecord],
  ['a ladder', ladderRecord],
  ['a hostile record', hostileUninterrupted],
  ['a run without phases', emptyRecord],
];

/** What ended early has no figures, and hostile text must get as far as it can. Phases have names of their own. */
function hostileUninterrupted(): RunRecord {
  const record = hostileRecord();
  const phases = record.phases.map((phase, i) => ({ ...phase, name: `${phase.name}${i}` }));
  return { ...record, phases, run: { ...record.run, interrupted: false } };
}

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads OpenMetrics as strictly as the standard has it, for the kinds of lines that we write. */
function readOpenMetrics(text: string): { types: Map<string, string>; samples: Sample[] } {
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n').slice(0, -2)) {
    const about = /^# (HELP|TYPE|UNIT) ([a-z_]+) (.+)$/.exec(line);
    if (about !== null) {
      const [, kind, name, said] = about;
      // A family is told of once, and its lines stand together.
      if (kind === 'HELP') expect(types.has(name)).toBe(false);
      if (kind === 'TYPE') types.set(name, said);
      if (kind === 'UNIT') expect(name.endsWith(`_${said}`)).toBe(true);
      continue;
    }
    const [, name, labels, value] = /^([a-z_]+)\{(.*)\} (-?[0-9.e+-]+)$/.exec(line) as RegExpExecArray;
    expect([...types.keys()].at(-1)).toBe(name);
    const pairs = [...labels.matchAll(/([a-z]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g)];
    expect(pairs.map(([whole]) => whole).join('')).toBe(labels);
    const read = pairs.map(([, key, text]) => [key, text.replace(/\\(.)/g, '$1')]);
    samples.push({ name, labels: Object.fromEntries(read), value: Number(value) });
  }
  return { types, samples };
}

describe('OpenMetrics', () => {
  it.each(RECORDS)('of %s is read back', (_name, make) => {
    const { samples } = readOpenMetrics(FORMATS.openmetrics(make()));
    for (const { value } of samples) expect(value).toBeGreaterThanOrEqual(0);
    const series = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
    expect(new Set(series).size).toBe(series.length);
  });

  it('has the values of the record, in base units', () => {
    const record = sampleRecord();
    const { samples, types } = readOpenMetrics(FORMATS.openmetrics(record));
    const { latency, clients, server } = record.phases[0];
    const of = (name: string, labels: Record<string, string> = {}) =>
      samples.find(
        (sample) =>
          sample.name === name &&
          Object.entries({ phase: 'single', ...labels }).every(
            ([key, value]) => sample.labels[key] === value,
          ),
      )?.value;
    expect(of('wsscale_response_seconds', { quantile: '0.99' })).toBeCloseTo(
      (latency.responseMs.p99 as number) / 1000,
      9,
    );
    expect(of('wsscale_response_seconds', { quantile: '0.999' })).toBeCloseTo(
      (latency.responseMs.p999 as number) / 1000,
      9,
    );
    expect(types.get('wsscale_response_seconds')).toBe('summary');
    expect(of('wsscale_clients_peak')).toBe(clients.peak);
    expect(of('wsscale_server_resident_memory_bytes')).toBe(server?.rssBytes);
    const rules = samples.filter(({ name }) => name === 'wsscale_rules');
    expect(rules.reduce((sum, { value }) => sum + value, 0)).toBe(record.verdict.rules.length);
  });

  it.skipIf(promtoolMissing !== null).each(RECORDS)('of %s satisfies promtool', (_name, make) => {
    execFileSync(PROMTOOL, ['check', 'metrics'], {
      input: FORMATS.openmetrics(make()),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  });
});

describe('github-action-benchmark', () => {
  it.each(['customSmallerIsBetter', 'customBiggerIsBetter'])('%s is a list of named values', (format) => {
    for (const [, make] of RECORDS) {
      const list = JSON.parse(FORMATS[format](make()));
      for (const each of list) {
        expect(Object.keys(each)).toEqual(['name', 'unit', 'value']);
        expect(each).toEqual({
          name: expect.any(String),
          unit: expect.any(String),
          value: expect.any(Number),
        });
      }
    }
  });

  it('has each figure in the tool that knows its direction', () => {
    const names = (format: string) =>
      JSON.parse(FORMATS[format](sampleRecord())).map(({ name }: { name: string }) => name);
    const smaller = names('customSmallerIsBetter');
    const bigger = names('customBiggerIsBetter');
    expect(smaller).toContain('single.latency.responseMs.p99');
    expect(smaller).toContain('single.ordering.missing');
    expect(bigger).toContain('single.ceiling.connections');
    expect(smaller.filter((name: string) => bigger.includes(name))).toEqual([]);
  });
});

describe('Bencher', () => {
  it('has a benchmark for each phase, a measure for each figure, and an object with its value', () => {
    const record = ladderRecord();
    const benchmarks = JSON.parse(FORMATS.bencher(record));
    expect(Object.keys(benchmarks)).toEqual(record.phases.map(({ name }) => name));
    for (const measures of Object.values<Record<string, unknown>>(benchmarks)) {
      expect(Object.keys(measures).length).toBeGreaterThan(0);
      for (const [name, measure] of Object.entries(measures)) {
        expect(name.length).toBeLessThanOrEqual(64);
        expect(measure).toEqual({ value: expect.any(Number) });
      }
    }
  });

  it('has names that are neither empty, padded nor too long', () => {
    const record = sampleRecord();
    for (const name of ['', '  a  ', 'x'.repeat(2000), HOSTILE]) {
      record.phases[0].name = name;
      const [written] = Object.keys(JSON.parse(FORMATS.bencher(record)));
      expect(written).toMatch(/^\S/);
      expect(written).toMatch(/\S$/);
      expect(written.length).toBeLessThanOrEqual(1024);
    }
  });
});

describe('what is left out', () => {
  const paths = (record: RunRecord) =>
    [...FORMATS.openmetrics(record).matchAll(/^wsscale_(\w+)\{/gm)].map(([, name]) => name);

  it('is times and capacities of a generator that was the bottleneck', () => {
    const record = sampleRecord();
    record.phases = [invalidPhase()];
    expect(paths(record)).toContain('clients_peak');
    expect(paths(record).filter((name) => /response|connect_|ceiling|herd_recovery/.test(name))).toEqual([]);
  });

  it('is a ceiling that was not found', () => {
    const record = sampleRecord();
    expect(paths(record)).toContain('ceiling_connections');
    record.phases[0].ceiling = { ...record.phases[0].ceiling!, found: false, upperBound: null };
    expect(paths(recordSchema.parse(record))).not.toContain('ceiling_connections');
  });

  it('is everything of a run that was cut short', () => {
    const record = sampleRecord();
    record.run.interrupted = true;
    expect(JSON.parse(FORMATS.customSmallerIsBetter(record))).toEqual([]);
    expect(JSON.parse(FORMATS.bencher(record))).toEqual({});
  });
});

it.skipIf(xmllintMissing !== null)('JUnit of a hostile record is well-formed', () => {
  assertWellFormed(FORMATS.junit(hostileRecord()));
});
