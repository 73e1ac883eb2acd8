import { describe, expect, type TestContext, test } from 'vitest';
import type { RunRecord } from '../../src/model/record.ts';
import { readRecordOf, scratch, startCli } from './cli.ts';
import { type Script, type ScriptedServer, startScripted } from './scripted-server.ts';

async function attack(flags: string[]): Promise<RunRecord> {
  const out = scratch();
  const { status, stderr } = await startCli(['attack', '--out', out, ...flags]).done;
  expect(status, stderr).toBe(0);
  return readRecordOf(out);
}

async function attackScripted({ onTestFinished }: TestContext, script: Script, flags: string[]) {
  const server: ScriptedServer = await startScripted(script);
  onTestFinished(() => server.stop());
  const record = await attack(['--target', server.url, ...flags]);
  return { record, phase: record.phases[0], counts: (await server.account()).counts };
}

const few = (clients: number) => ['--clients', String(clients), '--connect-rate', '500', '--duration', '2s'];

describe('a search for the highest rate', () => {
  test('finds what a server answers a second to within 10 %, and both ends count the same', async (context) => {
    const width = ['--search-width', '0.05'];
    const flags = [...few(50), '--rate', '40', '--rate-ceiling', ...width];
    const { phase, counts } = await attackScripted(context, { answersPerS: 1000 }, flags);
    const { rateCeiling } = phase;
    expect(rateCeiling).toMatchObject({ found: true, clients: 50, limiter: { side: 'server' } });
    expect(rateCeiling?.messagesPerS).toBeGreaterThan(900);
    expect(rateCeiling?.messagesPerS).toBeLessThan(1100);
    expect(rateCeiling?.widthRatio).toBeLessThanOrEqual(0.05);
    expect(rateCeiling?.ratePerClientPerS).toBeCloseTo((rateCeiling?.messagesPerS ?? 0) / 50, 9);
    expect(phase.messages.sent).toBe(counts.received);
    expect(phase.messages.received).toBe(counts.received);
    expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  }, 240_000);
});

// These say nothing of speed, and can share the machine.
describe.concurrent('a search for the highest rate', () => {
  test('finds no ceiling where nothing is wrong, and a rule passes by the lower bound', async () => {
    const rule = 'single.rateCeiling.messagesPerS >= 100';
    const flags = [...few(20), '--rate', '5', '--rate-ceiling', '--gate', rule];
    const { phases, verdict } = await attack(flags);
    expect(phases[0].rateCeiling).toMatchObject({
      found: false,
      messagesPerS: 100,
      lowerBound: 100,
      upperBound: null,
      limiter: { resource: 'requested maximum', side: 'scenario' },
    });
    expect(verdict).toMatchObject({ status: 'pass', rules: [{ rule, status: 'pass', observed: 100 }] });
  }, 120_000);

  test('under an objective that the server’s delay is beyond finds nothing that holds, and says why', async () => {
    const delay = ['--fault', 'delay:by=80ms', '--objective', 'responseP99=50ms'];
    const [{ rateCeiling }] = (await attack([...few(10), '--rate', '1', '--rate-ceiling', ...delay])).phases;
    expect(rateCeiling).toMatchObject({ found: true, messagesPerS: 0, upperBound: 1 });
    for (const { reason, responseP99Ms } of rateCeiling?.steps ?? []) {
      expect(reason).toMatch(/^responses took .* at p99; responseP99 is 50.0 ms$/);
      expect(responseP99Ms).toBeGreaterThanOrEqual(80);
    }
  }, 120_000);
});

describe.concurrent('a search for connections whose objective speaks of messages', () => {
  test('finds how many a server takes to within 2 %, and each level was answered', async (context) => {
    const flags = [...few(200), '--ceiling', '--rate', '1', '--objective', 'responseP99=500ms'];
    const { phase } = await attackScripted(context, { refuseAbove: 150 }, flags);
    expect(phase.ceiling).toMatchObject({ found: true, limiter: { resource: 'admission limit' } });
    expect(phase.ceiling?.connections).toBeGreaterThanOrEqual(147);
    expect(phase.ceiling?.connections).toBeLessThanOrEqual(150);
    expect(phase.ceiling?.objective).toMatchObject({ responseP99Ms: 500, lossRatio: 0 });
    for (const { passed, lossRatio, responseP99Ms } of phase.ceiling?.steps ?? []) {
      if (!passed) continue;
      expect(lossRatio).toBe(0);
      expect(responseP99Ms).toBeLessThanOrEqual(500);
    }
  }, 240_000);

  test('fails a level by what the server loses, and passes it where the objective allows as much', async () => {
    const losing = [...few(16), '--ceiling', '--rate', '10', '--fault', 'drop:share=0.1'];
    const strict = await attack([...losing, '--objective', 'losses=0.01']);
    expect(strict.phases[0].ceiling?.steps[0]).toMatchObject({
      passed: false,
      valid: true,
      reason: expect.stringMatching(/ % of the messages were lost; losses is 1.00 %$/),
    });
    const lenient = await attack([...losing, '--objective', 'losses=0.5']);
    expect(lenient.phases[0].ceiling).toMatchObject({ found: false, connections: 16 });
    const shares = lenient.phases[0].ceiling?.steps.map(({ lossRatio }) => lossRatio ?? 0) ?? [];
    expect(Math.max(...shares)).toBeGreaterThan(0.03);
  }, 240_000);
});
