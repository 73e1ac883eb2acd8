import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ask,
  enterStage,
  expectLife,
  PhaseOver,
  type StageContext,
  TargetLost,
  until,
  whether,
} from '../../src/stage/context.ts';
import { interval } from '../support/intervals.ts';
import { createStageRig, fakeClock, played } from '../support/stages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether a promise has come to its end, and how. */
function watch(promise: Promise<unknown>): { outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: 'waiting' };
  promise.then(
    (value) => {
      seen.outcome = value;
    },
    (error) => {
      seen.outcome = error;
    },
  );
  return seen;
}

const soon = (ms: number) => fakeClock.nowMs() + ms;
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('until', () => {
  /** A context in which nothing happens by itself. */
  const quiet = () => createStageRig({ workers: 0 });

  test('looks at its condition before it waits', async () => {
    expect(await until(quiet(), () => true, soon(-1))).toBe(true);
  });

  test('is false when the time is over, and not before', async () => {
    const seen = watch(until(quiet(), () => false, soon(1000)));
    await vi.advanceTimersByTimeAsync(999);
    expect(seen.outcome).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.outcome).toBe(false);
  });

  test('looks again after each report', async () => {
    const rig = quiet();
    const seen = watch(until(rig, () => rig.tally.counters.sent >= 2, soon(60_000)));
    rig.tally.addInterval(interval({ counters: { sent: 1 } }));
    await settle();
    expect(seen.outcome).toBe('waiting');
    rig.tally.addInterval(interval({ counters: { sent: 1 } }));
    await settle();
    expect(seen.outcome).toBe(true);
  });

  test('without an end waits for more than the longest timer, and leaves none behind', async () => {
    const rig = quiet();
    const delays = vi.spyOn(globalThis, 'setTimeout').mock.calls;
    let holds = false;
    const seen = watch(until(rig, () => holds, Number.POSITIVE_INFINITY));
    await vi.advanceTimersByTimeAsync(200_000);
    expect(seen.outcome).toBe('waiting');
    holds = true;
    rig.tally.wake();
    await settle();
    expect(seen.outcome).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    // A longer timer would ring at once.
    for (const [, ms] of delays) expect(ms).toBeLessThan(2 ** 31);
  });

  test('ends with the phase, in the words of whoever ended it', async () => {
    const rig = quiet();
    const seen = watch(until(rig, () => false, soon(60_000)));
    rig.end('SIGINT');
    await settle();
    expect(seen.outcome).toBeInstanceOf(PhaseOver);
    expect((seen.outcome as Error).message).toBe('SIGINT');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not begin to wait in a phase that is over, even if its condition holds', async () => {
    const rig = quiet();
    rig.end('SIGTERM');
    await expect(until(rig, () => true, soon(1000))).rejects.toThrow('SIGTERM');
  });

  test('passes on what its condition throws', async () => {
    const thrown = new TargetLost('gone');
    const failing = until(
      quiet(),
      () => {
        throw thrown;
      },
      soon(1000),
    );
    await expect(failing).rejects.toBe(thrown);
  });
});

describe('whether', () => {
  test('is false until the promise is done, and wakes those who wait', async () => {
    const rig = createStageRig({ workers: 0 });
    let finish = () => {};
    const come = whether(
      rig,
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    const seen = watch(until(rig, come, soon(60_000)));
    await settle();
    expect(come()).toBe(false);
    finish();
    await settle();
    expect(come()).toBe(true);
    expect(seen.outcome).toBe(true);
  });
});

describe('ask', () => {
  test('is true when all workers have answered', async () => {
    const rig = createStageRig({ workers: 3 });
    expect(await played(ask(rig, { type: 'calm', atMs: 0 }, 'calmed'))).toBe(true);
  });

  test('is false when one has not answered in time', async () => {
    const rig = createStageRig({ workers: 3, commandMs: 5000 });
    expect(await played(ask(rig, { type: 'calm', atMs: 0 }, 'calmed', soon(1000)))).toBe(false);
  });

  test('ends with the phase', async () => {
    const rig = createStageRig({ commandMs: 5000 });
    const asking = watch(ask(rig, { type: 'calm', atMs: 0 }, 'calmed'));
    rig.end('a worker died');
    await settle();
    expect((asking.outcome as Error).message).toBe('a worker died');
  });
});

test('when a stage has begun, what was seen before it is in the account', async () => {
  const rig = createStageRig({ phase: { clients: 4 } });
  await played(enterStage(rig, 'ramp'));
  rig.swarm.tell({ type: 'grow', clients: 4, ratePerS: 1000, startMs: fakeClock.nowMs() });
  await vi.advanceTimersByTimeAsync(300);
  await played(enterStage(rig, 'hold'));
  expect(rig.tally.counters.established).toBe(4);
  expect(rig.tally.close().map(({ stage }) => stage)).toEqual(['ramp']);
});

describe('a target is lost', () => {
  type Second = { attempts?: number; established?: number; failed?: number; connected?: number };

  /** What happened in each second, the last one being the newest. */
  function lately(seconds: Second[]): StageContext {
    const rig = createStageRig({ workers: 0 });
    seconds.forEach(({ attempts = 0, established = 0, failed = 0, connected = 0 }, row) => {
      rig.tally.addInterval(
        interval({
          row,
          connected,
          counters: { attempts, established },
          failed: failed > 0 ? { ECONNREFUSED: failed } : {},
        }),
      );
    });
    return rig;
  }
  const failing = (seconds: number): Second[] => Array(seconds).fill({ attempts: 10, failed: 10 });

  test('when five seconds long every connect failed and nobody is connected', () => {
    expect(() => expectLife(lately(failing(6)))).toThrow(TargetLost);
    expect(() => expectLife(lately(failing(6)))).toThrow(
      /50 attempts of 10 clients in 5 s.*ECONNREFUSED: 60/,
    );
  });

  test('not before five seconds are over', () => {
    expect(() => expectLife(lately(failing(5)))).not.toThrow();
  });

  test('not while anybody is connected', () => {
    expect(() =>
      expectLife(lately([...failing(5), { attempts: 10, failed: 10, connected: 1 }])),
    ).not.toThrow();
  });

  test('not if anybody connected in that time, though none is left', () => {
    expect(() =>
      expectLife(lately([...failing(3), { attempts: 1, established: 1 }, ...failing(2)])),
    ).not.toThrow();
  });

  test('not if nothing was tried', () => {
    expect(() => expectLife(lately(Array(8).fill({})))).not.toThrow();
  });

  test('not while the connects are still under way: slow is not dead', () => {
    expect(() => expectLife(lately(Array(8).fill({ attempts: 10 })))).not.toThrow();
  });

  test('even if it was alive before', () => {
    const alive = { attempts: 10, established: 10, connected: 10 };
    expect(() => expectLife(lately([alive, alive, ...failing(6)]))).toThrow(TargetLost);
  });

  test('which ends the phase like anything else that ends it', () => {
    expect(new TargetLost('gone')).toBeInstanceOf(PhaseOver);
  });
});
