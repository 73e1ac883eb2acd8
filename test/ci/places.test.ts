import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { announceRun } from '../../src/ci/announce.ts';
import { rulePlaces } from '../../src/ci/places.ts';
import { sampleRecord } from '../report/sample-record.ts';

const SCENARIO = `phases:
  - name: single
gate:
  - single.latency.responseMs.p99 < 50ms
  - '*.ordering.missing == 0'
`;

function repository() {
  const root = mkdtempSync(join(tmpdir(), 'wsscale-test-'));
  mkdirSync(join(root, 'load'));
  const file = join(root, 'load/my.yaml');
  writeFileSync(file, SCENARIO);
  return { root, file };
}

describe('the place of a rule', () => {
  it('is its line in the scenario, by the path from the root of the repository', () => {
    const { root, file } = repository();
    const placeOf = rulePlaces(file, root);
    expect(placeOf('single.latency.responseMs.p99 < 50ms')).toEqual({
      file: 'load/my.yaml',
      line: 4,
      column: 5,
    });
    expect(placeOf('*.ordering.missing == 0')).toMatchObject({ line: 5 });
  });

  it('is none for a rule of the command line, a file elsewhere, or one that is gone', () => {
    const { root, file } = repository();
    expect(rulePlaces(file, root)('*.ordering.missing == 1')).toBeNull();
    expect(rulePlaces(file, join(root, 'other'))('*.ordering.missing == 0')).toBeNull();
    expect(rulePlaces(join(root, 'gone.yaml'), root)('*.ordering.missing == 0')).toBeNull();
    expect(rulePlaces(undefined, root)('*.ordering.missing == 0')).toBeNull();
  });
});

describe('announcing a run', () => {
  it('does nothing elsewhere than on GitHub', () => {
    const announced = announceRun(sampleRecord(), { folder: '/r', scenario: undefined, env: {} });
    expect(announced).toEqual({ lines: [], problems: [] });
  });

  it('tells what cannot be written, and changes nothing else', () => {
    const { root } = repository();
    const env = { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: join(root, 'no/such'), GITHUB_STEP_SUMMARY: '' };
    const { lines, problems } = announceRun(sampleRecord(), { folder: '/r', scenario: undefined, env });
    expect(lines.length).toBeGreaterThan(0);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('no/such could not be written');
  });
});
