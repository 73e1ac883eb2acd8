import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { differencesOf } from '../../src/baseline/differences.ts';
import { loadRecords } from '../../src/baseline/load.ts';
import { loadNoise, saveNoise } from '../../src/baseline/noise.ts';
import { machineId, saveBaseline, slim } from '../../src/baseline/save.ts';
import { judge } from '../../src/gate/evaluate.ts';
import { parseRules } from '../../src/gate/rules.ts';
import type { Noise } from '../../src/model/comparison.ts';
import type { RunRecord } from '../../src/model/record.ts';
import { measured, phase } from '../gate/measured.ts';
import { sampleRecord } from '../report/sample-record.ts';
import { phasePlan } from '../support/plans.ts';

let home: string;
let before: string;
beforeEach(() => {
  before = process.cwd();
  home = mkdtempSync(join(tmpdir(), 'wsscale-baseline-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
  expect(process.cwd()).toBe(before);
});

function record(id: string, more: Partial<RunRecord> = {}): RunRecord {
  const run = measured(phase('a'));
  const scenario = { ...run.scenario, phases: [{ ...phasePlan(), name: 'a' }] };
  const verdict = { status: 'pass' as const, reasons: [], rules: [] };
  return { ...run, scenario, run: { ...run.run, id }, findings: [], verdict, ...more };
}

function write(path: string, data: unknown): string {
  const file = join(home, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof data === 'string' ? data : JSON.stringify(data));
  return file;
}

const idsOf = (places: string[]) => loadRecords(places).map(({ record: { run } }) => run.id);

describe('records', () => {
  test('are read from files, and from folders with all that is below them', () => {
    write('runs/b/record.json', record('b'));
    write('runs/a.json', record('a'));
    const single = write('c.json', record('c'));
    expect(idsOf([join(home, 'runs'), single])).toEqual(['a', 'b', 'c']);
  });

  test('in a folder may have other files beside them', () => {
    write('runs/a.json', record('a'));
    write('runs/noise.json', { kind: 'wsscale-noise' });
    write('runs/summary.md', '# no JSON');
    expect(idsOf([join(home, 'runs')])).toEqual(['a']);
  });

  test('that are named have to be records', () => {
    const other = write('noise.json', { kind: 'wsscale-noise' });
    expect(() => loadRecords([other])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  test('that are broken are not passed over', () => {
    write('runs/a.json', '{ "schemaVersion": 1, "phases": ');
    expect(() => loadRecords([join(home, 'runs')])).toThrow('a.json cannot be read as a record');
    write('runs/a.json', { schemaVersion: 1, phases: [{}] });
    expect(() => loadRecords([join(home, 'runs')])).toThrow('is not a record of version 1');
  });

  test('have to be there', () => {
    expect(() => loadRecords([home])).toThrow('has no record in it');
    expect(() => loadRecords([join(home, 'nowhere')])).toThrow('cannot be read');
  });
});

describe('records in git', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: home,
      encoding: 'utf8',
    });
  /** git looks at where the process is. */
  const inHome = <T>(act: () => T): T => {
    process.chdir(home);
    try {
      return act();
    } finally {
      process.chdir(before);
    }
  };

  beforeEach(() => {
    git('init', '-q', '-b', 'main');
    write('base line/a.json', record('old'));
    write('base line/noise.json', { kind: 'wsscale-noise' });
    git('add', '.');
    git('commit', '-q', '-m', 'old');
    write('base line/a.json', record('new'));
    git('commit', '-q', '-a', '-m', 'new');
  });

  test('are those of the revision, of a file or of a folder', () => {
    inHome(() => {
      expect(idsOf(['git:HEAD:base line/a.json'])).toEqual(['new']);
      expect(idsOf(['git:main~1:./base line/a.json'])).toEqual(['old']);
      expect(idsOf(['git:main~1:base line'])).toEqual(['old']);
      expect(loadRecords(['git:main:base line'])[0].file).toBe('git:main:base line/a.json');
    });
  });

  test('of a revision or a path that is not there are wrong usage', () => {
    inHome(() => {
      expect(() => loadRecords(['git:nowhere:base line'])).toThrow('git ls-tree failed');
      expect(() => loadRecords(['git:main:elsewhere'])).toThrow('git has no elsewhere at main');
      expect(() => loadRecords(['git:--output=x:base line'])).toThrow(
        expect.objectContaining({ code: 'USAGE' }),
      );
      expect(readdirSync(home)).not.toContain('x');
    });
  });

  test('are saved under the commit that is checked out', () => {
    const commit = git('rev-parse', '--short=12', 'HEAD').trim();
    const [file] = inHome(() => saveBaseline('kept', [record('a-run')]));
    expect(file).toBe(join(home, 'kept', `${commit}_${machineId(record('a').host)}_a-run.json`));
  });
});

describe('a baseline', () => {
  test('is a fraction of the record, and is judged as that is', () => {
    const whole = sampleRecord();
    const small = slim(whole);
    expect(JSON.stringify(small).length).toBeLessThan(JSON.stringify(whole).length);
    const rules = parseRules([
      '*.latency.responseMs.p99 < 1s',
      '*.ordering.missing == 0',
      '*.timeline.p99Ms < 1s',
    ]);
    expect(judge(small, rules)).toEqual(judge(whole, rules));
  });

  test('is read again as it was saved, whatever its scenario is called', () => {
    const [file] = saveBaseline(join(home, 'kept'), [record('../a run/of <mine>')]);
    expect(readdirSync(join(home, 'kept'))).toHaveLength(1);
    expect(loadRecords([file])[0].record).toEqual(slim(record('../a run/of <mine>')));
  });
});

describe('two runs', () => {
  const base = record('base');
  const host = (more: object): RunRecord => record('head', { host: { ...base.host, ...more } });
  const phases = (more: object): RunRecord =>
    record('head', { scenario: { ...base.scenario, phases: [{ ...phasePlan(), name: 'a', ...more }] } });

  test('of the same machine and load have nothing between them', () => {
    expect(differencesOf(record('head'), base)).toEqual({ obstacles: [], warnings: [] });
  });

  test.each([
    [host({ cores: 64 }), 'cores 64 instead of 4'],
    [host({ cpuModel: 'another CPU' }), 'processor another CPU instead of a CPU'],
    [phases({ clients: 7 }), 'a: clients 7 instead of'],
  ])('of other machines or loads cannot be compared', (head, difference) => {
    const { obstacles } = differencesOf(head, base);
    expect(obstacles).toEqual([expect.stringContaining(difference)]);
  });

  test.each([
    [host({ node: 'v22.0.0' }), 'Node v22.0.0 instead of v20.20.2'],
    [host({ kernel: '6.2' }), 'kernel 6.2 instead of 6.1'],
    [phases({ topology: { kind: 'target', url: 'ws://127.0.0.1:1' } }), 'a: topology'],
  ])('of other software can, with a warning', (head, difference) => {
    const { obstacles, warnings } = differencesOf(head, base);
    expect(obstacles).toEqual([]);
    expect(warnings.join()).toContain(difference);
  });
});

describe('noise', () => {
  const { host, scenario } = record('a');
  const noise: Noise = {
    ...{ kind: 'wsscale-noise', measuredAt: '2026-01-01T00:00:00.000Z', host, scenario, pairs: 8 },
    ...{ comparisons: 20, vain: 0, alarms: 1, improvements: 0, inconclusive: 3, status: 'pass' },
    metrics: [{ metric: 'a.latency.responseMs.p99', noiseRatio: 0.07, shiftRatios: [0.01] }],
  };

  test('is read as it was saved, in a folder that was not there', () => {
    const file = join(home, 'new', 'noise.json');
    saveNoise(file, noise);
    expect(loadNoise(file)).toEqual(noise);
  });

  test('that nobody measured is none, and what is something else is wrong usage', () => {
    expect(loadNoise(join(home, 'noise.json'))).toBeNull();
    expect(() => loadNoise(write('noise.json', '{}'))).toThrow('is not what wsscale gate --aa writes');
    expect(() => loadNoise(write('noise.json', '{'))).toThrow('cannot be read');
  });

  test('is no record', () => {
    saveNoise(join(home, 'noise.json'), noise);
    expect(() => loadRecords([home])).toThrow('has no record in it');
    expect(JSON.parse(readFileSync(join(home, 'noise.json'), 'utf8'))).not.toHaveProperty('phases');
  });
});
