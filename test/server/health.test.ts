import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { type HealthReading, judge, watchLag } from '../../src/server/health.ts';

const FIT: HealthReading = {
  eventLoopLagMs: 1.5,
  memoryBytes: 90,
  memoryLimitBytes: 100,
  descriptors: 900,
  descriptorLimit: 1000,
  isDraining: false,
  isBrokerLost: false,
};

describe('health', () => {
  it('tells the result of each check', () => {
    expect(judge(FIT)).toEqual({
      status: 'ok',
      checks: {
        eventLoop: { ok: true, lagMs: 1.5, limitMs: 200 },
        memory: { ok: true, usedBytes: 90, limitBytes: 100 },
        descriptors: { ok: true, used: 900, limit: 1000 },
        accepting: { ok: true, state: 'accepting' },
        broker: { ok: true, state: 'connected' },
      },
    });
  });

  it.each<[string, Partial<HealthReading>]>([
    ['eventLoop', { eventLoopLagMs: 201 }],
    ['memory', { memoryBytes: 96 }],
    ['descriptors', { descriptors: 951 }],
    ['accepting', { isDraining: true }],
    ['broker', { isBrokerLost: true }],
  ])('fails by %s alone', (name, change) => {
    const { status, checks } = judge({ ...FIT, ...change });
    expect(status).toBe('failing');
    const failed = Object.entries(checks).filter(([, { ok }]) => !ok);
    expect(failed.map(([check]) => check)).toEqual([name]);
  });

  it.each<[string, Partial<HealthReading>]>([
    ['descriptors', { descriptors: null }],
    ['their limit', { descriptorLimit: null }],
  ])('does not fail where the system does not tell the %s', (_name, change) => {
    expect(judge({ ...FIT, ...change }).status).toBe('ok');
  });
});

it('sees that a tick is overdue', () => {
  let nowMs = 1000;
  const clock: Clock = { nowMs: () => nowMs, wallTime: () => new Date(0) };
  const watch = watchLag(clock);
  expect(watch.lagMs()).toBe(0);
  nowMs += 250 + 90;
  expect(watch.lagMs()).toBe(90);
  watch.stop();
});
