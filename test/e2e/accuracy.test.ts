import { describe, type TestContext, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { readRecordOf, scratch, startCli } from './cli.ts';
import { childrenOf } from './processes.ts';
import { type Script, type ScriptedServer, startScripted } from './scripted-server.ts';

/** Each test has a server of its own, since they run side by side. */
async function scripted({ onTestFinished }: TestContext, script: Script): Promise<ScriptedServer> {
  const server = await startScripted(script);
  onTestFinished(() => server.stop());
  return server;
}

async function attackScripted(context: TestContext, script: Script, flags: string[]) {
  const { expect } = context;
  const server = await scripted(context, script);
  const out = scratch();
  const { status, stderr } = await startCli(['attack', '--target', server.url, '--out', out, ...flags]).done;
  expect(status, stderr).toBe(0);
  return { phase: readRecordOf(out).phases[0], server } satisfies { phase: Phase; server: ScriptedServer };
}

/** Low loads, so that several such runs fit on a small machine at once. */
const few = (seconds: number) => [
  '--clients',
  '50',
  '--connect-rate',
  '200',
  '--rate',
  '4',
  '--duration',
  `${seconds}s`,
];

describe.concurrent('against a server whose faults are known', () => {
  test.for(['text', 'binary'])(
    'drops, repeats and swaps of %s messages are counted exactly',
    async (payload, context) => {
      const { expect } = context;
      const script = { every: { drop: 7, repeat: 5, swap: 6 } };
      const { phase, server } = await attackScripted(context, script, [
        ...few(5),
        '--payload',
        payload,
        '--drain',
        '1s',
      ]);
      const { counts } = await server.account();

      expect(counts.received).toBe(50 * 4 * 5);
      expect(counts.dropped).toBeGreaterThan(0);
      expect(phase.messages.sent).toBe(counts.received);
      expect(phase.ordering).toMatchObject({
        expected: counts.received,
        missing: counts.dropped,
        duplicates: counts.repeated,
        reordered: counts.swapped,
      });
      expect(phase.ordering.maxExtent).toBeGreaterThanOrEqual(1);
    },
  );

  test('a clean server shows no fault', async (context) => {
    const { expect } = context;
    const { phase } = await attackScripted(context, {}, few(3));
    expect(phase.clients).toMatchObject({ requested: 50, established: 50, peak: 50, atEnd: 50 });
    expect(phase.ordering).toMatchObject({
      received: 600,
      missing: 0,
      duplicates: 0,
      reordered: 0,
      streams: 50,
    });
    expect(phase.messages).toMatchObject({ sent: 600, received: 600, dropped: 0, foreign: 0 });
  });

  test('a delay of 25 ms comes back as one of 25 ms', async (context) => {
    const { expect } = context;
    const { phase, server } = await attackScripted(context, { delayMs: 25 }, few(5));
    const { medianDelayMs } = await server.account();
    const { p50 } = phase.latency.serviceMs;
    expect(p50).toBeGreaterThan((medianDelayMs as number) - 0.1);
    expect(p50).toBeLessThan((medianDelayMs as number) + 2);
  });

  test('a stall of the server of 1.4 s is in the response time in full', async (context) => {
    const { expect } = context;
    const { phase } = await attackScripted(context, { stall: { atMs: 8000, forMs: 1400 } }, few(20));
    expect(phase.messages.sent).toBe(4000);
    expect(phase.latency.responseMs.p99).toBeGreaterThan(1100);
    expect(phase.latency.responseMs.p99).toBeLessThan(1400);
  });

  test('a stall of the generator of 1.4 s is told apart from one of the server', async (context) => {
    const { expect } = context;
    const server = await scripted(context, {});
    const out = scratch();
    const run = startCli(['attack', '--target', server.url, '--out', out, '--ceiling', ...few(20)]);
    await run.said(/hold +\d+ s .* msg\/s/);
    const host = childrenOf(run.pid).find(({ command }) => command.includes('wsscale-host'));
    process.kill(host?.pid as number, 'SIGSTOP');
    // The pause is what is tested; there is no event to wait for.
    await new Promise((resolve) => setTimeout(resolve, 1400));
    process.kill(host?.pid as number, 'SIGCONT');
    const { status } = await run.done;

    const { phases, verdict, findings } = readRecordOf(out);
    const { latency, generator } = phases[0];
    expect(latency.responseMs.p99).toBeGreaterThan(1000);
    expect(latency.serviceMs.p99).toBeLessThan(100);
    expect(generator.valid).toBe(false);
    expect(generator.reasons.join()).toMatch(/sent late/);
    // Whoever was stopped stood still; on a busy machine, who had the cores is told before that.
    expect(generator.reasons.join()).toMatch(/did not come round|stood still/);
    expect(generator.markedSeconds).toBeGreaterThan(0.05 * (generator.judgedSeconds as number));
    expect(findings.map(({ kind }) => kind)).toContain('generator');
    expect(verdict.status).toBe('inconclusive');
    expect(status).toBe(3);
  });
}, 60_000);
