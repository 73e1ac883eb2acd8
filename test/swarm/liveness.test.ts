import { describe, expect, test } from 'vitest';
import { createLiveness } from '../../src/swarm/liveness.ts';
import type { Connection } from '../../src/transport/transport.ts';

const LIVENESS_MS = 2000;
const TICK_MS = 10;

/** So many clients, each of which may be heard of, and pinged. */
function rig(clients: number) {
  const read = new Array<number>(clients).fill(100);
  const epochs = new Array<number>(clients).fill(0);
  const isOpen = new Array<boolean>(clients).fill(true);
  const pings = new Array<number>(clients).fill(0);
  const silent: { client: number; atMs: number }[] = [];
  let nowMs = 50_000;
  const tick = createLiveness({
    ...{ clients, livenessMs: LIVENESS_MS },
    isOpen: (client) => isOpen[client],
    epoch: (client) => epochs[client],
    connection: (client) =>
      ({ bytesRead: () => read[client], ping: () => pings[client]++ }) as unknown as Connection,
    onSilent(client) {
      silent.push({ client, atMs: nowMs });
      isOpen[client] = false;
    },
  });
  return {
    ...{ read, epochs, isOpen, pings, silent },
    now: () => nowMs,
    /** Time passes, tick by tick; `happens` before each. */
    pass(ms: number, happens: () => void = () => {}, tickMs = TICK_MS) {
      for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
        nowMs += tickMs;
        happens();
        tick(nowMs);
      }
    },
  };
}

describe('a client that hears nothing', () => {
  test.each([1, 7, 500, 5000])('of %i, takes its connection for dead when its time is over', (clients) => {
    const { pass, silent, pings, now } = rig(clients);
    const begun = now();
    pass(2 * LIVENESS_MS);
    expect(new Set(silent.map(({ client }) => client)).size).toBe(clients);
    expect(silent).toHaveLength(clients);
    for (const { atMs } of silent) {
      expect(atMs - begun).toBeGreaterThanOrEqual(LIVENESS_MS);
      expect(atMs - begun).toBeLessThanOrEqual(1.11 * LIVENESS_MS);
    }
    // It has asked, once.
    expect(pings).toEqual(new Array(clients).fill(1));
  });

  test('is only the one that does', () => {
    const { pass, silent, read, now } = rig(100);
    const begun = now();
    pass(20_000, () => {
      if ((now() - begun) % 500 === 0) for (let client = 1; client < 100; client++) read[client]++;
    });
    expect(silent.map(({ client }) => client)).toEqual([0]);
  });
});

describe('nobody parts', () => {
  test('while the server answers pings', () => {
    const { pass, silent, read, pings } = rig(200);
    let answered = new Array<number>(200).fill(0);
    pass(60_000, () => {
      pings.forEach((count, client) => {
        if (count > answered[client]) read[client] += 2;
      });
      answered = [...pings];
    });
    expect(silent).toEqual([]);
    expect(Math.min(...pings)).toBeGreaterThan(20);
  });

  test('who is not connected, or has been for a short time only', () => {
    const { pass, silent, isOpen, epochs, now } = rig(20);
    const begun = now();
    isOpen.fill(false);
    pass(10_000, () => {
      // The first connects anew each second; its socket has read as much as the one before.
      isOpen[0] = true;
      if ((now() - begun) % 1000 === 0) epochs[0]++;
    });
    expect(silent).toEqual([]);
  });

  test('because the process stood still: what came meanwhile is read before anybody is judged', () => {
    const { pass, silent } = rig(50);
    pass(1000);
    pass(5000, () => {}, 5000);
    pass(LIVENESS_MS - 100);
    expect(silent).toEqual([]);
    pass(400);
    expect(silent).toHaveLength(50);
  });
});
