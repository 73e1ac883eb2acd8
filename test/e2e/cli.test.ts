import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { HistogramLogReader } from 'hdr-histogram-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WSSCALE_VERSION } from '../../src/collect/host.ts';
import { recordSchema } from '../../src/model/record.ts';
import { calibration } from '../support/calibration.ts';
import { lastLine, readRecordOf, runCli, scratch, startCli } from './cli.ts';
import { allGone, childrenOf } from './processes.ts';
import { type ScriptedServer, startScripted } from './scripted-server.ts';

const FILES = ['junit.xml', 'record.json', 'report.html', 'summary.md'];

let echo: ScriptedServer;
beforeAll(async () => {
  echo = await startScripted();
});
afterAll(() => echo.stop());

const small = ['--clients', '20', '--connect-rate', '100', '--duration', '1s', '--rate', '5'];

describe.concurrent('a run against any echo server', () => {
  test('writes four files and says where, on the last line of stdout', async () => {
    const cwd = scratch();
    const { status, stdout, stderr } = await runCli(['attack', '--target', echo.url, ...small], { cwd });
    expect(status, stderr).toBe(0);
    const folder = lastLine(stdout);
    expect(folder.startsWith(join(cwd, 'reports'))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(FILES);
    const record = readRecordOf(folder);
    expect(recordSchema.parse(record)).toEqual(record);
    expect(record.phases[0]).toMatchObject({ name: 'target', messages: { sent: 100, received: 100 } });
  });

  test('with --json has the record alone on stdout', async () => {
    const { stdout, stderr } = await runCli(['attack', '--target', echo.url, ...small, '--json']);
    expect(recordSchema.parse(JSON.parse(stdout)).run.command).toBe(
      `wsscale attack --target ${echo.url} ${small.join(' ')} --json`,
    );
    expect(lastLine(stderr)).toMatch(/reports/);
  });

  test('can be repeated from its record, with the same seed', async () => {
    const out = scratch();
    await runCli([
      'attack',
      '--target',
      echo.url,
      ...small,
      '--arrival',
      'poisson',
      '--seed',
      '5',
      '--out',
      out,
    ]);
    const again = scratch();
    const { status } = await runCli(['attack', join(out, 'record.json'), '--out', again]);
    expect(status).toBe(0);
    expect(readRecordOf(again).scenario).toEqual(readRecordOf(out).scenario);
    expect(readRecordOf(again).phases[0].messages.sent).toBe(readRecordOf(out).phases[0].messages.sent);
  });

  test('keeps headers, queries and credentials out of all files and of the terminal', async () => {
    const out = scratch();
    const url = `${echo.url.replace('/?', '/')}?token=s3cret-query`;
    const { stdout, stderr } = await runCli([
      ...[
        'attack',
        '--target',
        url,
        '--header',
        'Authorization: Bearer s3cret-header',
        '--header=X-Key:s3cret-key',
      ],
      ...[...small, '--out', out],
    ]);
    const written = FILES.map((name) => readFileSync(join(out, name), 'utf8')).join('\n');
    expect(written + stdout + stderr).not.toMatch(/s3cret/);
    expect(written).toMatch(/Authorization/);
  });
});

describe.concurrent('exit status', () => {
  test('99: a rule failed', async () => {
    const { status, stdout } = await runCli([
      ...['attack', '--target', echo.url, ...small, '--gate', 'target.messages.sent >= 101'],
    ]);
    expect(status).toBe(99);
    expect(stdout).toMatch(/target\.messages\.sent >= 101/);
  });

  test('3: a rule has no data', async () => {
    const { status } = await runCli([
      ...['attack', '--target', echo.url, ...small, '--gate', '*.herds.t99Ms < 10s'],
    ]);
    expect(status).toBe(3);
  });

  test.each([
    ['a rule that cannot be parsed', ['--gate', 'single.latency.responseMs.p99 << 5'], /p99 <</],
    ['a payload too small for the envelope', ['--size', '10'], /--size.*32 bytes/],
    ['an unknown flag', ['--cliensts', '5'], /--clients/],
    ['a number that is none', ['--clients', 'many'], /--clients/],
    ['a public target without anybody to ask', ['--target', 'ws://192.0.2.1:1/'], /--yes/],
    ['a scenario that is not there', ['no-such.yaml'], /no-such\.yaml/],
    ['a folder that cannot be written', ['--target', 'ws://127.0.0.1:9/', '--out', '/dev/null/run'], /--out/],
  ])('2: %s, and nothing is written', async (_name, args, message) => {
    const cwd = scratch();
    const { status, stdout, stderr } = await runCli(['attack', ...args], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('2: a scenario with several errors, each with line and column', async () => {
    const cwd = scratch();
    writeFileSync(
      join(cwd, 'bad.yaml'),
      'phases:\n  - clients: none\n    duration: 10\n    cliants: 3\n  - arrival: random\n',
    );
    const { status, stderr } = await runCli(['attack', 'bad.yaml'], { cwd });
    expect(status).toBe(2);
    for (const place of ['bad.yaml:2:14', 'bad.yaml:3:15', 'bad.yaml:4:5', 'bad.yaml:5:14']) {
      expect(stderr).toContain(place);
    }
  });

  test('4: nothing listens at the target; the reports say so', async () => {
    const out = scratch();
    const { status, stderr } = await runCli([
      'attack',
      '--target',
      'ws://127.0.0.1:9/',
      ...small,
      '--out',
      out,
    ]);
    expect(status).toBe(4);
    expect(stderr).toMatch(/ws:\/\/127\.0\.0\.1:9\/ cannot be reached: ECONNREFUSED/);
    expect(readdirSync(out).sort()).toEqual(FILES);
    expect(readRecordOf(out)).toMatchObject({ phases: [], run: { interrupted: true } });
  });

  test('4: a target that takes the connection and says nothing, within the connect timeout', async () => {
    const silent = await listenSilently();
    const { port } = silent.address() as { port: number };
    const { status, stderr } = await runCli([
      ...['attack', '--target', `ws://127.0.0.1:${port}/`, '--connect-timeout', '500ms', ...small],
    ]);
    silent.close();
    expect(status).toBe(4);
    expect(stderr).toMatch(/TIMEOUT/);
  });
});

describe.concurrent('a run that is ended', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s writes what was measured', async (signal, expected) => {
    const out = scratch();
    const run = startCli(['attack', '--target', echo.url, ...small, '--duration', '60s', '--out', out]);
    await run.said(/hold .* msg\/s/);
    const children = childrenOf(run.pid).map(({ pid }) => pid);
    run.process.kill(signal);
    const { status } = await run.done;
    expect(status).toBe(expected);
    const { run: info, phases } = readRecordOf(out);
    expect(info).toMatchObject({ interrupted: true, interruptedBy: signal });
    expect(phases[0].messages.sent).toBeGreaterThan(0);
    expect(phases[0].ordering.missing).toBe(0);
    expect(readdirSync(out).sort()).toEqual(FILES);
    expect(await allGone(children, 2000)).toBe(true);
  });

  test('by a second Ctrl-C quits at once', async () => {
    const run = startCli(['attack', '--target', echo.url, ...small, '--duration', '60s']);
    await run.said(/hold .* msg\/s/);
    run.process.kill('SIGINT');
    await run.said(/once more quits at once/);
    run.process.kill('SIGINT');
    expect((await run.done).status).toBe(130);
  });

  test('by SIGKILL leaves no process behind', async () => {
    const run = startCli(['attack', '--phases', 'single', '--quick']);
    await run.said(/connected/);
    const children = childrenOf(run.pid).map(({ pid }) => pid);
    expect(children.length).toBeGreaterThanOrEqual(2);
    run.process.kill('SIGKILL');
    await run.done;
    expect(await allGone(children, 5000)).toBe(true);
  });

  test.each([
    ['a host', /wsscale-host/],
    ['the server', /wsscale-node/],
  ])('by the death of %s writes what was measured and is inconclusive', async (_who, entry) => {
    const out = scratch();
    const run = startCli(['attack', ...small, '--duration', '60s', '--out', out]);
    await run.said(/hold .* msg\/s/);
    const victim = childrenOf(run.pid).find(({ command }) => entry.test(command));
    process.kill(victim?.pid as number, 'SIGKILL');
    const { status } = await run.done;
    expect(status).toBe(3);
    const { run: info, phases, verdict } = readRecordOf(out);
    expect(info.interruptedBy).toMatch(/died \(SIGKILL\)|died: SIGKILL/);
    expect(phases[0].messages.sent).toBeGreaterThan(0);
    expect(phases[0].endedEarly).toBe(info.interruptedBy);
    expect(verdict.status).toBe('inconclusive');
  });
});

describe.concurrent('a target that dies', () => {
  test('ends the run early, which says why and is inconclusive', async () => {
    const mortal = await startScripted();
    const out = scratch();
    const args = ['--reconnect', 'fixed:base=200ms', '--duration', '60s', '--out', out];
    const run = startCli(['attack', '--target', mortal.url, ...small, ...args]);
    await run.said(/hold .* msg\/s/);
    await mortal.stop();
    const { status } = await run.done;
    const { phases, run: info } = readRecordOf(out);
    expect(status).toBe(3);
    expect(info.interruptedBy).toMatch(/nothing connects any more: .*ECONNREFUSED/);
    expect(phases[0].endedEarly).toBe(info.interruptedBy);
    expect(phases[0].closes['1006'].count).toBe(20);
  });
});

describe.concurrent('a search for the ceiling', () => {
  test('finds a cap on connections and names it', async () => {
    const capped = await startScripted({ refuseAbove: 130 });
    const out = scratch();
    const { status } = await runCli([
      ...['attack', '--target', capped.url, '--clients', '400', '--connect-rate', '400', '--ceiling'],
      ...['--duration', '1s', '--gate', 'target.ceiling.connections >= 128', '--out', out],
    ]);
    await capped.stop();
    const { ceiling, generator } = readRecordOf(out).phases[0];
    expect(ceiling).toMatchObject({ found: true, limiter: { side: 'server' } });
    expect(ceiling?.connections).toBeGreaterThanOrEqual(128);
    expect(ceiling?.connections).toBeLessThanOrEqual(130);
    expect(ceiling?.limiter.evidence).toMatch(/HTTP_503/);
    // Other tests share the machine: no rule passes where they were in the generator's way.
    expect(status).toBe(generator.valid ? 0 : 3);
  });
});

describe.concurrent('wss', () => {
  test('is refused with an unknown certificate, and works with --ca or --insecure', async () => {
    const folder = scratch();
    const key = join(folder, 'key.pem');
    const cert = join(folder, 'cert.pem');
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...['-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ],
      { stdio: 'ignore' },
    );
    const server = await startScripted({ tls: { key, cert } });
    const args = ['attack', '--target', server.url, ...small];
    const [refused, trusted, blind] = [
      await runCli(args),
      await runCli([...args, '--ca', cert]),
      await runCli([...args, '--insecure']),
    ];
    await server.stop();
    expect(refused.status).toBe(4);
    expect(refused.stderr).toMatch(/--ca/);
    expect(trusted.status, trusted.stderr).toBe(0);
    expect(blind.status, blind.stderr).toBe(0);
    expect(readRecordOf(lastLine(trusted.stdout)).phases[0].messages.received).toBe(100);
  });
});

describe.concurrent('other commands', () => {
  test('attack --dry-run prints plan, cost and preflight, and does nothing', async () => {
    const cwd = scratch();
    const { status, stdout } = await runCli(['attack', '--dry-run'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(/host process/);
    expect(stdout).toMatch(/This machine can open [\d,]+ connections/);
    expect(JSON.parse(stdout.slice(stdout.indexOf('\n{')))).toMatchObject({ name: 'ladder' });
    expect(existsSync(join(cwd, 'reports'))).toBe(false);
  });

  test('serve says where it listens, answers, and stops on Ctrl-C', async () => {
    const run = startCli(['serve', '--port', '0']);
    const url = (await run.said(/listening (\S+)/)).split(' ')[1];
    const health = await fetch(url.replace('ws:', 'http:').replace(/\/?$/, '/health'));
    expect(health.status).toBe(200);
    run.process.kill('SIGINT');
    const { status, stdout } = await run.done;
    expect(status).toBe(130);
    expect(stdout.split('\n')[0]).toBe(`listening ${url}`);
  });

  test('serve on a port in use says so and how to mend it', async () => {
    const taken = await listenSilently();
    const { port } = taken.address() as { port: number };
    const { status, stderr } = await runCli(['serve', '--port', String(port)]);
    taken.close();
    expect(status).toBe(4);
    expect(stderr).toMatch(new RegExp(`${port}`));
    expect(stderr).toMatch(/in use/);
  });

  test('doctor tells what this machine can hold, and which limits are met first and second', async () => {
    const env = { XDG_CACHE_HOME: scratch() };
    const { status, stdout } = await runCli(['doctor'], { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^This machine can open [\d,]+ connections to one address/);
    expect(stdout).toMatch(/accept in one process +│ +[\d,]+ │ \w/);
    expect(stdout).toContain('not calibrated');
    const { limits, answers, calibration } = JSON.parse((await runCli(['doctor', '--json'], { env })).stdout);
    const names = limits.map(({ limit }: { limit: string }) => limit);
    for (const { first, second } of answers) {
      expect(names).toEqual(expect.arrayContaining([first.limit, second.limit]));
    }
    expect(calibration).toBe(null);
  });

  test('attack says how much it used of what the generator can do, where that was measured', async () => {
    const cache = scratch();
    const out = scratch();
    mkdirSync(join(cache, 'wsscale'));
    const [{ model }] = cpus();
    const machine = { cpuModel: model.trim(), cores: availableParallelism(), node: process.version };
    const known = calibration({ machine: { ...machine, wsscale: WSSCALE_VERSION }, messagesPerS: 10_000 });
    writeFileSync(join(cache, 'wsscale', 'calibration.json'), JSON.stringify(known));
    const args = ['attack', '--target', echo.url, ...small, '--duration', '4s', '--out', out];
    const { stdout } = await runCli(args, { env: { XDG_CACHE_HOME: cache } });
    const { generator } = readRecordOf(out).phases[0];
    expect(generator.calibration?.usedRatio).toBeCloseTo(0.01 / generator.workers, 3);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/used of the [\d,]+ messages\/s that it can send/);
  });

  test('report makes the same reports again', async () => {
    const out = scratch();
    await runCli(['attack', '--target', echo.url, ...small, '--out', out]);
    const before = FILES.map((name) => readFileSync(join(out, name), 'utf8'));
    const { status } = await runCli(['report', join(out, 'record.json')]);
    expect(status).toBe(0);
    expect(FILES.map((name) => readFileSync(join(out, name), 'utf8'))).toEqual(before);
  });

  test('report --hlog writes a log that other tools read, with every answer of the hold', async () => {
    const out = scratch();
    await runCli(['attack', '--target', echo.url, ...small, '--out', out]);
    const log = join(out, 'latency.hlog');
    expect((await runCli(['report', join(out, 'record.json'), '--hlog', log])).status).toBe(0);
    const reader = new HistogramLogReader(readFileSync(log, 'utf8'));
    let responses = 0;
    for (let line = reader.nextIntervalHistogram(); line !== null; line = reader.nextIntervalHistogram()) {
      if (line.tag === 'target.response') responses += line.totalCount;
    }
    expect(responses).toBeGreaterThan(0);
    expect(responses).toBe(readRecordOf(out).phases[0].latency.responseMs.count);
  });

  test('report refuses what is no record', async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, 'x'));
    writeFileSync(join(cwd, 'x', 'record.json'), '{"schemaVersion":1}');
    const { status, stderr } = await runCli(['report', 'x/record.json'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/not a record/);
  });

  test('colour obeys NO_COLOR and FORCE_COLOR', async () => {
    const ansi = '\u001b[';
    const args = ['attack', '--target', echo.url, ...small];
    expect((await runCli(args, { env: { FORCE_COLOR: '1', NO_COLOR: '' } })).stdout).toContain(ansi);
    expect((await runCli(args, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain(ansi);
  });
});

function listenSilently(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on('error', () => {})).unref();
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
