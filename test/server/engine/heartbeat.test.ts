import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { type Beating, createHeartbeats, type Heartbeats } from '../../../src/server/engine/heartbeat.ts';
import fc from '../../support/properties.ts';

const clock: Clock = { nowMs: () => Date.now(), wallTime: () => new Date() };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection whose peer answers pings until it is gone. */
class TestPeer implements Beating {
  slot = 0;
  isOpen = true;
  isThere = true;
  heard = 0;
  pingedAtMs: number[] = [];
  givenUpAtMs: number[] = [];

  signs(): number {
    return this.heard;
  }

  ping(): void {
    this.pingedAtMs.push(Date.now());
    // The answer comes in a turn of the event loop after this one.
    if (this.isThere) setTimeout(() => this.heard++, 1);
  }

  giveUp(): void {
    this.givenUpAtMs.push(Date.now());
  }
}

function rig(intervalMs: number, peers = 0) {
  const counters = { pings: 0, pongs: 0, dead: 0 };
  const heartbeats: Heartbeats<TestPeer> = createHeartbeats(clock, intervalMs, counters);
  const all = Array.from({ length: peers }, () => new TestPeer());
  for (const peer of all) heartbeats.add(peer);
  return { counters, heartbeats, peers: all };
}

const gaps = (times: number[]) => times.slice(1).map((time, i) => time - times[i]);

test.each([100, 1000, 1001, 30_000])('with an interval of %i ms, each peer is pinged that often', (ms) => {
  const { peers, counters } = rig(ms, 500);
  vi.advanceTimersByTime(10 * ms);
  for (const { pingedAtMs } of peers) {
    expect(pingedAtMs.length).toBeGreaterThanOrEqual(9);
    for (const gap of gaps(pingedAtMs)) expect(Math.abs(gap - ms)).toBeLessThanOrEqual(2);
  }
  expect(counters.pings).toBe(peers.reduce((sum, { pingedAtMs }) => sum + pingedAtMs.length, 0));
  expect(counters.dead).toBe(0);
});

test('peers that came together are pinged one after the other, by one timer', () => {
  const { peers } = rig(1000, 1000);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1000);
  const atOnce = new Map<number, number>();
  for (const { pingedAtMs } of peers) atOnce.set(pingedAtMs[0], (atOnce.get(pingedAtMs[0]) ?? 0) + 1);
  expect([...atOnce.values()]).toEqual(Array(20).fill(50));
});

test('a peer is given up within two intervals of its last sign of life, whenever that was, and once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 5000 }), fc.integer({ min: 0, max: 40_000 }), (ms, lifeMs) => {
      vi.clearAllTimers();
      const { peers, counters } = rig(ms, 3);
      const [mortal, ...others] = peers;
      vi.advanceTimersByTime(lifeMs);
      mortal.isThere = false;
      // What it said with its last breath.
      mortal.heard++;
      const goneAtMs = Date.now();
      vi.advanceTimersByTime(5 * ms);
      expect(mortal.givenUpAtMs).toHaveLength(1);
      const noticedMs = mortal.givenUpAtMs[0] - goneAtMs;
      expect(noticedMs).toBeGreaterThanOrEqual(ms - 2);
      expect(noticedMs).toBeLessThanOrEqual(2 * ms + 2);
      expect(others.flatMap(({ givenUpAtMs }) => givenUpAtMs)).toEqual([]);
      expect(counters.dead).toBe(1);
    }),
    { numRuns: 50 },
  );
});

test('a peer that came and never said a word is given up after its first ping, not before', () => {
  const { peers } = rig(1000, 40);
  for (const peer of peers) peer.isThere = false;
  vi.advanceTimersByTime(2000);
  for (const { pingedAtMs, givenUpAtMs } of peers) {
    expect(pingedAtMs).toHaveLength(1);
    expect(givenUpAtMs).toEqual([pingedAtMs[0] + 1000]);
  }
});

test('whatever a peer says is a sign of life, not pongs alone', () => {
  const { heartbeats, counters } = rig(1000);
  const peer = new TestPeer();
  peer.isThere = false;
  heartbeats.add(peer);
  for (let i = 0; i < 20; i++) {
    vi.advanceTimersByTime(900);
    peer.heard++;
  }
  expect(counters.dead).toBe(0);
});

test('a pause of the process itself kills nobody, however long it is', () => {
  const { peers, counters } = rig(1000, 200);
  vi.advanceTimersByTime(3000);
  for (const pauseMs of [1000, 60_000]) {
    // Time has passed, and no timer has run, nor was anything read.
    vi.setSystemTime(Date.now() + pauseMs);
    vi.advanceTimersByTime(3000);
  }
  expect(counters.dead).toBe(0);
  const [peer] = peers;
  peer.isThere = false;
  vi.advanceTimersByTime(2001);
  expect(peer.givenUpAtMs).toHaveLength(1);
});

describe('left alone', () => {
  test('is a peer that is gone, or to which the node has said goodbye', () => {
    const { heartbeats, peers, counters } = rig(1000, 2);
    heartbeats.delete(peers[0]);
    peers[1].isOpen = false;
    vi.advanceTimersByTime(5000);
    expect(counters).toEqual({ pings: 0, pongs: 0, dead: 0 });
  });

  test('is everybody once it is stopped', () => {
    const { heartbeats, counters } = rig(1000, 10);
    heartbeats.stop();
    vi.advanceTimersByTime(5000);
    expect(counters.pings).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
