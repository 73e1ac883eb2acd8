import { describe, expect, test } from 'vitest';
import { type ConnectWindow, createConnectWindow } from '../../src/swarm/connect-window.ts';
import fc from '../support/properties.ts';

const LEAST = 8;
const MOST = 8192;
const FAST_MS = 2;
/** A queue of that length. */
const SLOW_MS = 500;

/** One handshake after the other, as many as may be under way at first, each as fast as said. */
function openWindowful(window: ConnectWindow, latencyMs: number): void {
  for (let i = window.size; i > 0; i--) window.opened(latencyMs);
}

describe('the window', () => {
  test('begins with room for some', () => {
    expect(createConnectWindow().size).toBe(64);
  });

  test('grows by half with each windowful that is fast', () => {
    const window = createConnectWindow();
    openWindowful(window, FAST_MS);
    expect(window.size).toBe(96);
    openWindowful(window, FAST_MS);
    expect(window.size).toBe(144);
  });

  test('shrinks by a quarter with each windowful that is slow', () => {
    const window = createConnectWindow();
    window.opened(FAST_MS);
    openWindowful(window, SLOW_MS);
    expect(window.size).toBe(48);
    openWindowful(window, SLOW_MS);
    expect(window.size).toBe(36);
  });

  test('takes the distance for no queue: what is always slow is fast', () => {
    const window = createConnectWindow();
    openWindowful(window, SLOW_MS);
    expect(window.size).toBe(96);
  });

  test('lets handshakes take twice as long as the fastest, and 50 ms, before it takes them for slow', () => {
    const sizeAfter = (latencyMs: number) => {
      const window = createConnectWindow();
      window.opened(FAST_MS);
      openWindowful(window, latencyMs);
      return window.size;
    };
    expect(sizeAfter(54)).toBeGreaterThan(64);
    expect(sizeAfter(55)).toBeLessThan(64);
  });

  test('remembers the fastest, however long ago that was', () => {
    const window = createConnectWindow();
    window.opened(FAST_MS);
    for (let i = 0; i < 10_000; i++) window.opened(SLOW_MS);
    expect(window.size).toBe(LEAST);
  });

  test('is halved by a failure', () => {
    const window = createConnectWindow();
    window.failed();
    expect(window.size).toBe(32);
  });

  test('opens again as fast after failures as it did at first', () => {
    const window = createConnectWindow();
    for (let i = 0; i < 1000; i++) window.failed();
    expect(window.size).toBe(LEAST);
    for (let windowfuls = 0; windowfuls < 6; windowfuls++) openWindowful(window, FAST_MS);
    expect(window.size).toBeGreaterThan(64);
  });

  test('finds the pace of a server that takes one after the other, and keeps its queue short', () => {
    const window = createConnectWindow();
    const serviceMs = 1;
    const sizes: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      // Little's law: of so many that wait, each waits for all of them.
      window.opened(Math.max(serviceMs, window.size * serviceMs));
      sizes.push(window.size);
    }
    const settled = sizes.slice(10_000);
    expect(Math.min(...settled)).toBeGreaterThan(50);
    expect(Math.max(...settled)).toBeLessThan(200);
  });

  test('is never less than so much that it can open again, and never without a bound, whatever happens', () => {
    const event = fc.oneof(
      { weight: 3, arbitrary: fc.double({ min: 0, max: 60_000, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(null) },
    );
    const times = fc.record({ event, times: fc.integer({ min: 1, max: 20_000 }) });
    fc.assert(
      fc.property(fc.array(times, { maxLength: 20 }), (happened) => {
        const window = createConnectWindow();
        for (const { event, times } of happened) {
          for (let i = 0; i < times; i++) {
            if (event === null) window.failed();
            else window.opened(event);
          }
          expect(window.size).toBeGreaterThanOrEqual(LEAST);
          expect(window.size).toBeLessThanOrEqual(MOST);
          expect(Number.isInteger(window.size)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('is only opened by what is fast and only closed by what is not', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(1000))), (happened) => {
        const window = createConnectWindow();
        let fastest = Number.POSITIVE_INFINITY;
        for (const latencyMs of happened) {
          const before = window.size;
          if (latencyMs === null) window.failed();
          else window.opened(latencyMs);
          fastest = Math.min(fastest, latencyMs ?? fastest);
          const isFast = latencyMs !== null && latencyMs <= 2 * fastest + 50;
          if (isFast) expect(window.size).toBeGreaterThanOrEqual(before);
          else expect(window.size).toBeLessThanOrEqual(before);
        }
      }),
    );
  });
});
