import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeResults, type JobResult, runJob, type Step } from './ci-steps.ts';
import { runCli, scratch } from './cli.ts';
import { type ScriptedServer, startScripted } from './scripted-server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A job that is written here takes the tool from the registry, and finds this one in its place. */
function linkTool(folder: string): void {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  if (existsSync(join(folder, 'node_modules/wsscale'))) return;
  symlinkSync(ROOT, join(folder, 'node_modules/wsscale'));
  symlinkSync('../wsscale/bin/wsscale.js', join(folder, 'node_modules/.bin/wsscale'));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A team's repository: a server of their own, and a scenario that takes no longer than it must. */
async function teamRepository(rules: string[]): Promise<{ folder: string; base: string; port: number }> {
  const origin = scratch();
  const port = await freePort();
  writeFileSync(
    join(origin, 'server.cjs'),
    `const { WebSocketServer } = require(${JSON.stringify(join(ROOT, 'node_modules/ws'))});
const server = new WebSocketServer({ port: ${port}, host: '127.0.0.1' });
server.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
`,
  );
  writeFileSync(
    join(origin, 'package.json'),
    '{"name":"team","private":true,"scripts":{"start":"node server.cjs"}}',
  );
  writeFileSync(
    join(origin, 'package-lock.json'),
    '{"name":"team","lockfileVersion":3,"requires":true,"packages":{"":{"name":"team"}}}',
  );
  writeFileSync(join(origin, '.gitignore'), 'node_modules\nreports\n');
  writeFileSync(
    join(origin, 'wsscale.yaml'),
    `defaults: { target: 'ws://127.0.0.1:${port}', clients: 5, connectRate: 100, rate: 20, drain: 200ms, duration: 1s }
phases: [{ name: short }]
gate:
${rules.map((rule) => `  - '${rule}'`).join('\n')}
`,
  );
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: origin,
      encoding: 'utf8',
    });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'base');
  const folder = join(scratch(), 'fresh');
  execFileSync('git', ['clone', '-q', origin, folder]);
  return { folder, base: git('rev-parse', 'HEAD').trim(), port };
}

let job: JobResult | null = null;
afterEach(() => {
  job?.stop();
  job = null;
});

describe('the workflow that init --github writes', () => {
  const written = async (rules: string[]) => {
    const team = await teamRepository(rules);
    const { status, stderr } = await runCli(['init', '--github'], { cwd: team.folder });
    expect(status, stderr).toBe(0);
    const workflow = parse(readFileSync(join(team.folder, '.github/workflows/wsscale.yml'), 'utf8'));
    const env = { ...workflow.env, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: team.folder };
    return { ...team, workflow, env };
  };
  // `npm ci` empties node_modules.
  const linked = (folder: string) => (step: Step) => {
    if (step.run?.includes('npx') === true) linkTool(folder);
  };

  test('starts the server, attacks it, and keeps what the last step uploads', {
    timeout: 120_000,
  }, async () => {
    const { folder, workflow, env } = await written(['*.ordering.missing == 0']);
    const uploads: Step[] = [];
    job = await runJob({
      ...{ steps: workflow.jobs.gate.steps, cwd: folder, env, before: linked(folder) },
      uses: (step) => uploads.push(step),
    });
    const log = describeResults(job.results);
    expect(
      job.results.map(({ status }) => status),
      log,
    ).toEqual([0, 0, 0]);
    expect(log).not.toContain('::error');
    expect(job.summary).toContain('PASS');
    const [kept] = uploads.filter(({ uses }) => uses?.startsWith('actions/upload-artifact'));
    const paths = (kept.with?.path ?? '').trim().split('\n');
    for (const path of paths) expect(existsSync(join(folder, path)), path).toBe(true);
    expect(readdirSync(join(folder, 'reports/wsscale')).sort()).toEqual([
      ...['junit.xml', 'record.json', 'report.html', 'summary.md'],
    ]);
  });

  test('fails with 99 where a rule does, and shows it beside its line', { timeout: 120_000 }, async () => {
    const rules = ['*.ordering.missing == 0', 'short.messages.received < 1'];
    const { folder, workflow, env } = await written(rules);
    job = await runJob({ steps: workflow.jobs.gate.steps, cwd: folder, env, before: linked(folder) });
    const { status, log } = job.results.at(-1)!;
    expect(status, log).toBe(99);
    const line = readFileSync(join(folder, 'wsscale.yaml'), 'utf8')
      .split('\n')
      .findIndex((text) => text.includes(rules[1]));
    const errors = log.split('\n').filter((text) => text.startsWith('::error'));
    expect(errors).toEqual([
      `::error file=wsscale.yaml,line=${line + 1},col=5,title=${rules[1]}::observed 100`,
    ]);
    expect(job.summary).toContain('FAIL');
  });

  test('compares a pull request with its base', { timeout: 300_000 }, async () => {
    const { folder, base, workflow, env } = await written(['*.ordering.missing == 0']);
    const { regression } = workflow.jobs;
    expect(regression.if).toBe("github.event_name == 'pull_request'");
    job = await runJob({
      ...{ steps: regression.steps, cwd: folder, env, before: linked(folder) },
      uses: (step) => {
        if (step.with?.path !== 'base') return;
        expect(step.with?.ref).toContain('github.event.pull_request.base.sha');
        execFileSync('git', ['clone', '-q', '.', 'base'], { cwd: folder });
        execFileSync('git', ['-C', join(folder, 'base'), 'checkout', '-q', base]);
      },
    });
    const log = describeResults(job.results);
    // A machine that is too busy to tell is no regression; a certain one between equal servers would be a bug.
    expect(
      job.results.map(({ status }) => status),
      log,
    ).toEqual([0, 0, 0]);
    const comparison = JSON.parse(readFileSync(join(folder, 'reports/compared/comparison.json'), 'utf8'));
    expect(comparison).toMatchObject({ design: 'pairs', base: 'cd base && npm start', head: 'npm start' });
    expect(comparison.metrics.length).toBe(3);
  });
});

describe('the jobs that init --gitlab writes', () => {
  test('attack the server and write both reports', { timeout: 120_000 }, async () => {
    const { folder } = await teamRepository(['*.ordering.missing == 0']);
    const { status, stderr } = await runCli(['init', '--gitlab'], { cwd: folder });
    expect(status, stderr).toBe(0);
    const jobs = parse(readFileSync(join(folder, '.gitlab-ci.yml'), 'utf8'));
    const [install, ...rest]: string[] = jobs.wsscale.script;
    // All commands of a script are one shell's.
    const steps: Step[] = [
      { name: 'install', run: install },
      { name: 'script', run: rest.join('\n') },
      { name: 'after', if: 'always()', run: jobs.wsscale.after_script.join('\n') },
    ];
    const env = variablesOf(jobs);
    job = await runJob({ steps, cwd: folder, env, before: () => linkTool(folder) });
    expect(
      job.results.map((result) => result.status),
      describeResults(job.results),
    ).toEqual([0, 0, 0]);
    const { reports, paths } = jobs.wsscale.artifacts;
    for (const path of [reports.junit, reports.metrics, ...paths])
      expect(existsSync(join(folder, path)), path).toBe(true);
    expect(readFileSync(join(folder, 'metrics.txt'), 'utf8')).toContain(
      'wsscale_response_seconds{phase="short"',
    );
  });

  test('fetch the base of a merge request, and compare as GitHub does', { timeout: 120_000 }, async () => {
    const { folder, base } = await teamRepository(['*.ordering.missing == 0']);
    await runCli(['init', '--gitlab', '--github'], { cwd: folder });
    const jobs = parse(readFileSync(join(folder, '.gitlab-ci.yml'), 'utf8'));
    const github = parse(readFileSync(join(folder, '.github/workflows/wsscale.yml'), 'utf8'));
    const script: string[] = jobs['wsscale-regression'].script;
    const compare = github.jobs.regression.steps.find(({ name }: Step) => name === 'Compare');
    expect(script.at(-1)).toBe(compare.run);
    const steps = [{ name: 'until it compares', run: script.slice(0, -1).join('\n') }];
    const env = { ...variablesOf(jobs), CI_MERGE_REQUEST_DIFF_BASE_SHA: base };
    job = await runJob({ steps, cwd: folder, env });
    expect(job.results[0].status, describeResults(job.results)).toBe(0);
    expect(readFileSync(join(folder, 'base/server.cjs'))).toEqual(readFileSync(join(folder, 'server.cjs')));
  });

  function variablesOf(jobs: Record<string, { variables: Record<string, string | { value: string }> }>) {
    const entries = Object.entries(jobs['.wsscale'].variables);
    return Object.fromEntries(
      entries.map(([name, said]) => [name, typeof said === 'string' ? said : said.value]),
    );
  }
});

describe('action.yml', () => {
  const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  const defaults = Object.fromEntries(
    Object.entries<{ default: string }>(action.inputs).map(([name, input]) => [name, input.default]),
  );
  let echo: ScriptedServer;
  beforeAll(async () => {
    echo = await startScripted();
    return () => echo.stop();
  });

  const run = (folder: string, inputs: Record<string, string>, uses?: (step: Step) => void) => {
    linkTool(folder);
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder, GITHUB_ACTION_PATH: ROOT };
    const steps: Step[] = action.runs.steps;
    return runJob({ steps, cwd: folder, env, inputs: { ...defaults, ...inputs }, ...(uses && { uses }) });
  };
  const short = '--clients 5 --connect-rate 100 --rate 20 --duration 1s --drain 200ms';

  test('passes on its inputs as they are, and tells how it went', { timeout: 120_000 }, async () => {
    const folder = scratch();
    const uploads: Step[] = [];
    job = await run(
      folder,
      {
        target: echo.url,
        args: `${short} --header 'X-Name: $(touch hacked) "q"'`,
        gate: '*.ordering.missing == 0\n\n*.messages.received >= 1\n',
      },
      (step) => uploads.push(step),
    );
    expect(
      job.results.map(({ status }) => status),
      describeResults(job.results),
    ).toEqual([0, 0]);
    expect(existsSync(join(folder, 'hacked'))).toBe(false);
    const out = join(folder, 'reports/wsscale/run-1');
    expect(job.outputs.attack).toEqual({ status: 'pass', folder: out });
    const record = JSON.parse(readFileSync(join(out, 'record.json'), 'utf8'));
    expect(record.scenario.gate).toEqual(['*.ordering.missing == 0', '*.messages.received >= 1']);
    expect(Object.keys(record.scenario.phases[0].handshake.headers)).toEqual(['X-Name']);
    expect(uploads.map(({ uses }) => uses)).toEqual(['actions/upload-artifact@v6']);
  });

  test('fails where a rule does, and still uploads', { timeout: 120_000 }, async () => {
    const uploads: Step[] = [];
    const inputs = { target: echo.url, args: short, gate: '*.messages.received < 1' };
    job = await run(scratch(), inputs, (step) => uploads.push(step));
    expect(
      job.results.map(({ status }) => status),
      describeResults(job.results),
    ).toEqual([0, 99]);
    expect(job.outputs.attack.status).toBe('fail');
    expect(uploads).toHaveLength(1);
  });

  test('compares with records, in as many runs as that takes', { timeout: 240_000 }, async () => {
    const folder = scratch();
    job = await run(folder, { target: echo.url, args: short, upload: '' });
    const record = join(folder, 'reports/wsscale/run-1/record.json');
    mkdirSync(join(folder, 'before'));
    for (let i = 0; i < 5; i++) cpSync(record, join(folder, `before/${i}.json`));
    const compared = await run(folder, { target: echo.url, args: short, baseline: 'before', upload: '' });
    const log = describeResults(compared.results);
    compared.stop();
    // Whether one run repeated is like five is chance; that they were compared is not.
    expect([0, 99], log).toContain(compared.results.at(-1)!.status);
    expect(log).toContain('head against base, 5 runs of each side');
    expect(readdirSync(join(folder, 'reports/wsscale'))).toHaveLength(5);
  });
});

describe('init', () => {
  test('replaces nothing without --force, and says so with status 2', async () => {
    const cwd = scratch();
    expect((await runCli(['init', '--yes', '--target', 'ws://127.0.0.1:81'], { cwd })).status).toBe(0);
    const before = readFileSync(join(cwd, 'wsscale.yaml'), 'utf8');
    expect(before).toContain('target: "ws://127.0.0.1:81"');
    const { status, stderr } = await runCli(['init', '--clients', '3'], { cwd });
    expect([status, stderr]).toEqual([2, expect.stringContaining('wsscale.yaml is there already; --force')]);
    expect(readFileSync(join(cwd, 'wsscale.yaml'), 'utf8')).toBe(before);
    expect((await runCli(['init', '--clients', '3', '--force'], { cwd })).status).toBe(0);
    expect(readFileSync(join(cwd, 'wsscale.yaml'), 'utf8')).toContain('clients: 3');
  });

  test.each([
    [['--github'], '--serve-command: '],
    [['--target', 'http://127.0.0.1'], '--target: http://127.0.0.1 is no URL'],
    [['--clients', '0'], '--clients: 0 is no whole number above 0'],
  ])('%j is wrong, and writes nothing', async (args, complaint) => {
    const cwd = scratch();
    const { status, stderr } = await runCli(['init', ...args], { cwd });
    expect([status, stderr]).toEqual([2, expect.stringContaining(complaint)]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('asks on a terminal', async () => {
    const cwd = scratch();
    const tool = `${process.execPath} ${join(ROOT, 'bin/wsscale.js')} init`;
    const child = spawn('script', ['-qec', tool, '/dev/null'], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
    const answers: [question: string, answer: string][] = [
      ['Where does your server listen? [ws://127.0.0.1:8080] ', 'ws://127.0.0.1:82'],
      ['How many clients? [100] ', '7'],
    ];
    let shown = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
      if (answers.length > 0 && shown.includes(answers[0][0])) child.stdin.write(`${answers.shift()?.[1]}\n`);
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(answers, shown).toEqual([]);
    const scenario = readFileSync(join(cwd, 'wsscale.yaml'), 'utf8');
    expect(scenario).toContain('target: "ws://127.0.0.1:82"');
    expect(scenario).toContain('clients: 7');
  });
});
