import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Comparison } from '../../src/model/comparison.ts';
import { type RunRecord, recordSchema } from '../../src/model/record.ts';
import { runCli, scratch, startCli } from './cli.ts';
import { allGone, descendantsOf } from './processes.ts';

const BIN = fileURLToPath(new URL('../../bin/wsscale.js', import.meta.url));
const serve = (...faults: string[]) =>
  [process.execPath, BIN, 'serve', ...faults.flatMap((fault) => ['--fault', fault])].join(' ');

const load = [
  '--clients',
  '10',
  '--connect-rate',
  '200',
  '--duration',
  '1s',
  '--drain',
  '500ms',
  '--rate',
  '10',
];
const P50 = ['--metric', '*.latency.responseMs.p50'];

describe('a saved record', () => {
  let folder: string;
  let record: string;
  beforeAll(async () => {
    folder = scratch();
    const { status, stderr } = await runCli([
      'attack',
      ...load,
      '--seed',
      '1',
      '--gate',
      '*.ordering.missing == 0',
      '--out',
      folder,
    ]);
    expect(status, stderr).toBe(0);
    record = join(folder, 'record.json');
  });

  const gate = (args: string[], cwd = scratch()) => runCli(['gate', record, ...args], { cwd });

  test('is judged by its own rules, with a table', async () => {
    const { status, stdout } = await gate([]);
    expect(stdout).toContain('✓ *.ordering.missing == 0  0');
    expect(status).toBe(0);
  });

  test('is judged by other rules: 99 if one fails, 3 if one has no data, 99 before 3', async () => {
    const failing = ['--gate', 'single.latency.responseMs.p99 < 0.001ms'];
    const dataless = ['--gate', '*.herds.t99Ms < 5s'];
    expect((await gate(failing)).status).toBe(99);
    expect((await gate(dataless)).status).toBe(3);
    expect((await gate([...failing, ...dataless])).status).toBe(99);
  });

  test('is judged by a rules file, and by what is wrong in it nothing is', async () => {
    const cwd = scratch();
    writeFileSync(join(cwd, 'rules'), '# ours\n*.ordering.missing == 0\n');
    const good = await gate(['--rules', 'rules'], cwd);
    expect(good.status, good.stderr).toBe(0);
    writeFileSync(join(cwd, 'rules'), '# ours\n*.ordering.mising == 0\n');
    const { status, stderr, stdout } = await gate(['--rules', 'rules'], cwd);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('rules:2:12: ordering has no "mising"; did you mean missing?');
  });

  test('gives JSON and JUnit', async () => {
    const cwd = scratch();
    const { stdout } = await gate(['--json', '--junit', 'junit.xml'], cwd);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ status: 'pass', comparison: null },
      judged: [{ file: record, verdict: { status: 'pass', rules: [{ rule: '*.ordering.missing == 0' }] } }],
    });
    expect(readFileSync(join(cwd, 'junit.xml'), 'utf8')).toContain('name="*.ordering.missing == 0"');
  });

  test('is kept as a baseline, which is a record, and too few of them compare nothing', async () => {
    const cwd = scratch();
    const { status, stderr } = await gate(['--save-baseline'], cwd);
    expect(status).toBe(0);
    const [file] = readdirSync(join(cwd, 'baseline'));
    expect(stderr).toContain(file);
    expect(file).toMatch(/^no-commit_[0-9a-f]{8}_.*\.json$/);
    recordSchema.parse(JSON.parse(readFileSync(join(cwd, 'baseline', file), 'utf8')));
    const few = await gate(['--baseline', 'baseline', ...P50], cwd);
    expect(few.status).toBe(2);
    expect(few.stderr).toContain('it takes 4 of each side');
  });

  test.each([
    ['nothing to judge', ['gate'], 'Name a record'],
    ['a file that is none', ['gate', BIN], 'cannot be read as a record'],
    ['--aa without a server', ['gate', '--aa', '5'], '--compare'],
    [
      'rules for servers',
      ['gate', '--compare', 'base=x', 'head=y', '--gate', 'a.clients.peak > 1'],
      '--gate: for records',
    ],
    ['one side', ['gate', '--compare', 'base=x'], 'say head='],
    ['too few pairs', ['gate', '--compare', 'base=x', 'head=y', '--pairs', '6'], 'it takes 7'],
    [
      'a target beside the sides',
      ['gate', '--compare', 'base=x', 'head=y', '--target', 'ws://127.0.0.1:1'],
      '--target',
    ],
    [
      'an unknown metric',
      ['gate', '--compare', 'base=x', 'head=y', '--metric', '*.latncy.p99'],
      'did you mean latency',
    ],
    ['a public side', ['gate', '--compare', 'base=ws://8.8.8.8', 'head=y'], 'is a public address'],
  ])('with %s is wrong usage', async (_what, args, words) => {
    const cwd = scratch();
    const { status, stderr, stdout } = await runCli(args, { cwd });
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('two servers', () => {
  test('of which one is much slower: 99, with all records kept, each side in its turn', {
    timeout: 180_000,
  }, async () => {
    const cwd = scratch();
    const sides = [`base=${serve()}`, `head=${serve('delay:by=200ms')}`];
    const { status, stdout, stderr } = await runCli(
      ['gate', '--compare', ...sides, ...load, ...P50, '--pairs', '6', '--out', 'runs', '--json'],
      { cwd },
    );
    const { comparison }: { comparison: Comparison } = JSON.parse(stdout);
    expect(comparison.metrics[0], stderr).toMatchObject({ change: 'worse', status: 'fail' });
    expect(comparison.metrics[0].shiftRatio).toBeGreaterThan(1);
    expect(status).toBe(99);
    const records = readdirSync(join(cwd, 'runs')).filter((name) => name !== 'comparison.json');
    expect(records).toHaveLength(12);
    const startOf = (name: string): string =>
      (JSON.parse(readFileSync(join(cwd, 'runs', name), 'utf8')) as RunRecord).run.startedAt;
    expect(startOf('base-01.json') < startOf('head-01.json')).toBe(true);
    expect(startOf('head-02.json') < startOf('base-02.json')).toBe(true);
  });

  test('of which one does not start, or cannot be reached: 4', async () => {
    const broken = await runCli(['gate', '--compare', 'base=exit 7', 'head=exit 7', ...load, ...P50]);
    expect(broken.stderr).toContain('the command of base ended (exit code 7) before it was ready');
    expect(broken.status).toBe(4);
    const gone = await runCli([
      'gate',
      '--compare',
      'base=ws://127.0.0.1:9',
      'head=ws://127.0.0.1:9',
      ...load,
      ...P50,
    ]);
    expect(gone.stderr).toContain('base: ');
    expect(gone.status).toBe(4);
  });

  test('are gone after Ctrl-C, and after the tool was killed', async () => {
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const run = startCli(['gate', '--compare', `base=${serve()}`, `head=${serve()}`, ...load, ...P50]);
      await run.said(/pair 1 of 8, base/);
      const pids = descendantsOf(run.pid).map(({ pid }) => pid);
      run.process.kill(signal);
      const { status } = await run.done;
      if (signal === 'SIGINT') expect(status).toBe(130);
      expect(await allGone(pids, 10_000)).toBe(true);
    }
  });
});

test('a server compared with itself has its noise kept, and the next comparison reads it', {
  timeout: 180_000,
}, async () => {
  const cwd = scratch();
  const sides = ['--compare', `base=${serve()}`];
  const { status, stdout } = await runCli(
    ['gate', '--aa', '1', ...sides, ...load, ...P50, '--pairs', '6', '--out', 'runs', '--json'],
    { cwd },
  );
  const noise = JSON.parse(stdout);
  expect(noise).toMatchObject({
    ...{ kind: 'wsscale-noise', pairs: 6, comparisons: 1 },
    metrics: [{ metric: 'target.latency.responseMs.p50' }],
  });
  // One comparison does not tell that a setup is good.
  expect(status).toBe(3);
  expect(JSON.parse(readFileSync(join(cwd, 'baseline', 'noise.json'), 'utf8'))).toEqual(noise);
  const runs = (side: string) => [1, 2, 3, 4].map((pair) => `runs/${side}-0${pair}.json`);
  const next = await runCli(
    [
      'gate',
      ...runs('head'),
      '--baseline',
      ...runs('base'),
      ...P50,
      '--noise',
      'baseline/noise.json',
      '--json',
    ],
    { cwd },
  );
  const { comparison }: { comparison: Comparison } = JSON.parse(next.stdout);
  expect(comparison.metrics[0].noiseRatio).toBe(noise.metrics[0].noiseRatio);
});
