/**
 * Alarms as the engine uses them, built: a metronome is a thread, which runs what is in `dist`.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../dist/base/clock.js';
import { type Alarm, createAlarm } from '../../dist/swarm/alarm.js';

const alarms: Alarm[] = [];

afterEach(() => {
  for (const alarm of alarms.splice(0)) alarm.close();
});

const now = () => systemClock.nowMs();

describe.each(['metronome', 'timer'] as const)('a %s', (kind) => {
  /** An alarm, and what resolves with the time when it rings next. */
  function create() {
    let heard: (ms: number) => void = () => {};
    const alarm = createAlarm(kind, () => heard(now()));
    alarms.push(alarm);
    const nextRing = () =>
      new Promise<number>((resolve) => {
        heard = resolve;
      });
    /** As the engine does: what rings before its time is set again. */
    async function rungAt(dueMs: number): Promise<number> {
      for (;;) {
        const ring = nextRing();
        alarm.set(dueMs);
        const ms = await ring;
        if (ms >= dueMs) return ms;
        expect(ms).toBeGreaterThan(dueMs - 5);
      }
    }
    return { alarm, nextRing, rungAt };
  }

  test('rings at its time, again and again', async () => {
    const { rungAt } = create();
    for (const ms of [15, 0.4, 3.7, 1]) {
      const dueMs = now() + ms;
      expect(await rungAt(dueMs)).toBeGreaterThanOrEqual(dueMs);
    }
  });

  test('rings at once where its time is over', async () => {
    const { rungAt } = create();
    const dueMs = now() - 1000;
    expect(await rungAt(dueMs)).toBeGreaterThanOrEqual(dueMs);
  });

  test('that is set for sooner rings sooner', async () => {
    const { alarm, rungAt } = create();
    alarm.set(now() + 3_600_000);
    const dueMs = now() + 5;
    expect(await rungAt(dueMs)).toBeLessThan(dueMs + 3_600_000);
  });

  test('that is set for later does not ring at the time before', async () => {
    const { alarm, rungAt } = create();
    const firstMs = now() + 10;
    alarm.set(firstMs);
    expect(await rungAt(firstMs + 40)).toBeGreaterThanOrEqual(firstMs + 40);
  });

  test('that was closed does not ring any more', async () => {
    const closed = create();
    const other = create();
    let rung = false;
    void closed.nextRing().then(() => {
      rung = true;
    });
    const dueMs = now() + 20;
    closed.alarm.set(dueMs);
    closed.alarm.close();
    await other.rungAt(dueMs + 20);
    expect(rung).toBe(false);
  });

  test('that was closed keeps no process from its end, whatever it was set for', async () => {
    const file = new URL('../../dist/swarm/alarm.js', import.meta.url);
    const script = `
      import { createAlarm } from '${file}';
      const alarm = createAlarm('${kind}', () => process.exit(1));
      alarm.set(performance.now() + 3_600_000);
      alarm.close();
    `;
    const ending = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    await expect(ending).resolves.toMatchObject({ stderr: '' });
  });
});
