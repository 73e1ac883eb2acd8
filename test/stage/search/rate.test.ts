import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { judgeSeconds } from '../../../src/analysis/validity.ts';
import { rateCeilingSchema } from '../../../src/model/ceiling.ts';
import type { UnjudgedRow } from '../../../src/model/record.ts';
import { hold } from '../../../src/stage/hold.ts';
import { ramp } from '../../../src/stage/ramp.ts';
import { searchRate } from '../../../src/stage/search/rate.ts';
import type { FakeConnection, FakeServer } from '../../support/fake-transport.ts';
import { phasePlan } from '../../support/plans.ts';
import { createStageRig, echoServer, played, type StageRig } from '../../support/stages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const CLIENTS = 20;

/** All clients may send so much each; a level must keep what is usual. */
const phase = (ratePerClientPerS: number, said = {}) => ({
  clients: CLIENTS,
  rateCeiling: true,
  messages: { ...phasePlan().messages, ratePerClientPerS },
  objective: { connectFailureRatio: 0.001, connectP99Ms: 1000, responseP99Ms: 1000, lossRatio: 0 },
  ...said,
});

/** A server that answers one message after the other, so many a second, and keeps the others waiting. */
function queueServer(
  answersPerS: number,
): FakeServer & { received(connection: FakeConnection, payload: Buffer): void } {
  let freeMs = 0;
  return {
    connected: (connection) => void setTimeout(() => connection.open(), 2),
    received(connection, payload) {
      freeMs = Math.max(freeMs, Date.now()) + 1000 / answersPerS;
      setTimeout(() => {
        if (connection.state === 'open') connection.deliver(payload);
      }, freeMs - Date.now());
    },
  };
}

async function searched(rig: StageRig) {
  const judge = (rows: UnjudgedRow[]) => judgeSeconds(rows, 2, new Set(rig.results.unusedMs));
  await played(ramp(rig));
  return played(searchRate(rig, judge));
}

describe('a search for the highest rate', () => {
  test.for([900, 300, 137])('finds that a server answers %d messages a second', async (capacity) => {
    const rig = createStageRig({ phase: phase(60), server: queueServer(capacity) });
    const ceiling = await searched(rig);
    expect(ceiling.found).toBe(true);
    expect(ceiling.messagesPerS).toBeGreaterThan(0.95 * capacity);
    expect(ceiling.messagesPerS).toBeLessThan(1.02 * capacity);
    expect(ceiling.ratePerClientPerS).toBeCloseTo(ceiling.messagesPerS / CLIENTS, 9);
    expect(ceiling.widthRatio).toBeLessThanOrEqual(0.02);
    expect(ceiling.clients).toBe(CLIENTS);
    expect(ceiling.limiter.side).toBe('server');
    expect(ceiling.objective).toEqual(rig.plan.objective);
    expect(rateCeilingSchema.parse(ceiling)).toEqual(ceiling);
    for (const { passed, reason } of ceiling.steps) expect(reason === null).toBe(passed);
  });

  test('of a server that answers all ends at the rate that was asked for', async () => {
    const ceiling = await searched(createStageRig({ phase: phase(10) }));
    expect(ceiling).toMatchObject({
      found: false,
      messagesPerS: 200,
      ratePerClientPerS: 10,
      lowerBound: 200,
      upperBound: null,
      widthRatio: null,
      limiter: { resource: 'requested maximum', side: 'scenario' },
    });
    expect(ceiling.steps.map(({ messagesPerS }) => messagesPerS)).toEqual([
      25, 38, 57, 86, 129, 194, 200, 200,
    ]);
    expect(ceiling.steps.every(({ passed, lossRatio }) => passed && lossRatio === 0)).toBe(true);
  });

  test('sends in each trial exactly what was asked for, whatever the server does', async () => {
    const rig = createStageRig({ phase: phase(60), server: queueServer(300), workers: 3 });
    const { steps } = await searched(rig);
    // A second to settle, and one that is judged.
    const asked = steps.reduce((sum, { messagesPerS }) => sum + 2 * messagesPerS, 0);
    expect(Math.abs(rig.tally.counters.due - asked)).toBeLessThanOrEqual(3 * steps.length);
    expect(rig.tally.counters.sent).toBe(rig.tally.counters.due);
    // What was late was let come: nothing of a trial is left to the next one.
    expect(rig.tally.owed()).toBe(0);
    expect(rig.tally.counters.unique).toBe(rig.tally.counters.sent);
  });

  test('fails a level by its response times, and says the limit', async () => {
    const slow = phase(20, { objective: { ...phase(1).objective, responseP99Ms: 50 } });
    const rig = createStageRig({ phase: slow, server: echoServer({ echoMs: 80 }) });
    const { found, messagesPerS, steps } = await searched(rig);
    expect({ found, messagesPerS }).toEqual({ found: true, messagesPerS: 0 });
    expect(steps[0].reason).toMatch(/^responses took \d+\.\d ms at p99; responseP99 is 50.0 ms$/);
    expect(steps[0].responseP99Ms).toBeGreaterThanOrEqual(80);
  });

  test('does not take a server that is slow, but keeps up, for one that falls behind', async () => {
    const rig = createStageRig({ phase: phase(10), server: echoServer({ echoMs: 700 }) });
    expect(await searched(rig)).toMatchObject({ found: false, messagesPerS: 200 });
  });

  test('fails a level by what is lost, share for share, and passes what the objective allows', async () => {
    const losing = (): FakeServer => {
      let n = 0;
      const echo = echoServer();
      return {
        ...echo,
        received: (connection, payload) =>
          ++n % 20 === 0 ? undefined : echo.received?.(connection, payload),
      };
    };
    const strict = await searched(createStageRig({ phase: phase(10), server: losing() }));
    // So few that none of a trial is lost may hold.
    expect(strict.found).toBe(true);
    expect(strict.messagesPerS).toBeLessThan(20);
    expect(strict.steps[0].lossRatio).toBeCloseTo(0.05, 1);
    expect(strict.steps[0].reason).toContain('of the messages were lost; losses is 0 %');
    const lenient = { objective: { ...phase(1).objective, lossRatio: 0.06 } };
    const rig = createStageRig({ phase: phase(10, lenient), server: losing() });
    const ceiling = await searched(rig);
    expect(ceiling).toMatchObject({ found: false, messagesPerS: 200 });
    for (const { lossRatio } of ceiling.steps) expect(lossRatio).toBeCloseTo(0.05, 1);
  });

  test('fails a level at which the server closes connections', async () => {
    const reconnect = { kind: 'fixed', baseMs: 50, capMs: 50, firstMs: 0, stableMs: 30_000 } as const;
    const echo = echoServer();
    let n = 0;
    const server: FakeServer = {
      ...echo,
      received(connection, payload) {
        if (++n % 100 === 0) connection.close(1011, 'too much');
        else echo.received?.(connection, payload);
      },
    };
    const { steps, limiter } = await searched(createStageRig({ phase: phase(60, { reconnect }), server }));
    expect(steps[0].reason).toMatch(/^the server closed \d connections$/);
    expect(limiter).toMatchObject({ side: 'server', resource: 'connections kept open' });
  });

  test('does not take one bad moment for the server’s ceiling', async () => {
    const echo = echoServer();
    const startMs = Date.now();
    const server: FakeServer = {
      ...echo,
      // Deaf for a while, in the first trial.
      received: (connection, payload) =>
        Date.now() - startMs < 2500 ? undefined : echo.received?.(connection, payload),
    };
    const ceiling = await searched(createStageRig({ phase: phase(10), server }));
    expect(ceiling).toMatchObject({ found: false, messagesPerS: 200 });
    expect(ceiling.steps.slice(0, 3).map(({ passed, trial }) => ({ passed, trial }))).toEqual([
      { passed: false, trial: 1 },
      { passed: true, trial: 2 },
      { passed: true, trial: 3 },
    ]);
  });

  test('that the generator’s end stops says how much it could show, and throws away the seconds beyond it', async () => {
    let busy = 0;
    const rig = createStageRig({
      phase: phase(60),
      elu: () => busy,
    });
    // It can send 500 a second.
    const { tell } = rig.swarm;
    rig.swarm.tell = (command) => {
      if (command.type === 'flow') {
        const isTooMuch = CLIENTS * (command.ratePerClientPerS ?? 0) > 500;
        setTimeout(
          () => {
            busy = isTooMuch ? 0.97 : 0.3;
          },
          command.startMs - Date.now() + 100,
        );
      }
      tell(command);
    };
    const ceiling = await searched(rig);
    expect(ceiling).toMatchObject({
      found: false,
      upperBound: null,
      limiter: { resource: 'processor', side: 'generator' },
    });
    expect(ceiling.limiter.evidence).toContain('97.0 % busy');
    expect(ceiling.messagesPerS).toBeGreaterThanOrEqual(490);
    expect(ceiling.messagesPerS).toBeLessThanOrEqual(500);
    for (const { messagesPerS, valid } of ceiling.steps) expect(valid).toBe(messagesPerS <= 500);
    const { valid } = judgeSeconds(rig.tally.close(), 2, new Set(rig.results.unusedMs));
    expect(valid).toBe(true);
  });

  test('is followed by a hold at what it found; its own overload is no part of the phase’s latency', async () => {
    const rig = createStageRig({ phase: phase(60, { durationMs: 4000 }), server: queueServer(300) });
    rig.results.rateCeiling = await searched(rig);
    const { messagesPerS } = rig.results.rateCeiling;
    const { due } = rig.tally.counters;
    expect(rig.tally.response.every((count) => count === 0)).toBe(true);
    await played(hold(rig));
    expect(Math.abs(rig.tally.counters.due - due - 4 * messagesPerS)).toBeLessThanOrEqual(messagesPerS);
  });

  test('is over at once when the phase is, with what is known', async () => {
    const rig = createStageRig({ phase: phase(10) });
    await played(ramp(rig));
    const searching = searchRate(rig, () => ({ valid: true, reasons: [] }));
    setTimeout(() => rig.end('SIGINT'), 8000);
    await expect(played(searching)).rejects.toThrow('SIGINT');
    expect(rig.results.rateCeiling).toMatchObject({ found: false, limiter: { resource: 'time' } });
    expect(rig.results.rateCeiling?.lowerBound).toBeGreaterThan(0);
  });
});
