import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { createRandom, type Random } from '../../src/base/random.ts';
import { createBackoff } from '../../src/load/backoff/index.ts';
import { BACKOFF_KINDS, type BackoffPlan, isLibrary } from '../../src/model/backoff.ts';
import { reconnectSnippet } from '../../src/report/snippet.ts';

const JITTER: BackoffPlan = {
  kind: 'full-jitter',
  baseMs: 1000,
  capMs: 36_000,
  firstMs: 18_000,
  stableMs: 30_000,
};
const KINDS = BACKOFF_KINDS.filter((kind) => kind !== 'none' && !isLibrary(kind));

type KeepConnected = (url: string, onSocket: (socket: WebSocket) => void, protocols?: string[]) => () => void;

interface World {
  WebSocket: unknown;
  random: Random;
  setTimeout: (callback: () => void, ms: number) => unknown;
  clearTimeout?: (timer: never) => void;
  nowMs: () => number;
}

/** The snippet as a page would have it, in a world of ours. */
function run(policy: BackoffPlan, world: World): KeepConnected {
  const page = new Function(
    ...['WebSocket', 'Math', 'setTimeout', 'clearTimeout', 'performance'],
    `'use strict';\n${reconnectSnippet(policy)}\nreturn keepConnected;`,
  );
  const math = Object.create(Math, { random: { value: world.random } });
  return page(world.WebSocket, math, world.setTimeout, world.clearTimeout ?? (() => {}), {
    now: world.nowMs,
  });
}

/** A world without a network, in which a test says what becomes of each socket, and time is a number. */
function stage(policy: BackoffPlan, random: Random) {
  const sockets: Socket[] = [];
  const delays: number[] = [];
  let due: (() => void) | null = null;
  const world = { nowMs: 0 };
  class Socket {
    private readonly handlers: Record<string, (event: { code?: number }) => void> = {};
    closedWith: number | null = null;
    constructor() {
      sockets.push(this);
    }
    addEventListener(name: string, handler: (event: { code?: number }) => void) {
      this.handlers[name] = handler;
    }
    close(code: number) {
      this.closedWith = code;
      this.handlers.close({ code });
    }
    open() {
      this.handlers.open({});
    }
    end(code = 1006) {
      this.handlers.close({ code });
    }
  }
  const keepConnected = run(policy, {
    WebSocket: Socket,
    random,
    setTimeout(callback, ms) {
      delays.push(ms);
      due = callback;
    },
    clearTimeout() {
      due = null;
    },
    nowMs: () => world.nowMs,
  });
  const stop = keepConnected('ws://server', () => {});
  return {
    sockets,
    delays,
    stop,
    last: () => sockets[sockets.length - 1],
    pass(ms: number) {
      world.nowMs += ms;
    },
    /** The timer fires. */
    fire() {
      const callback = due;
      due = null;
      callback?.();
      return callback !== null;
    },
  };
}

describe.each(KINDS)('the snippet of %s', (kind) => {
  test.each([0, 18_000])(
    'draws what the swarm draws, number for number, with a first window of %i ms',
    (firstMs) => {
      const policy = { ...JITTER, kind, firstMs };
      for (let seed = 1; seed <= 20; seed++) {
        const page = stage(policy, createRandom(seed, 'draws'));
        page.last().open();
        page.pass(60_000);
        page.last().end();
        for (let i = 0; i < 11; i++) {
          page.fire();
          page.last().end();
        }
        const backoff = createBackoff(policy);
        const random = createRandom(seed, 'draws');
        let previousMs = 0;
        const expected = Array.from({ length: 12 }, (_, attempt) => {
          previousMs = backoff(attempt, previousMs, random) as number;
          return previousMs;
        });
        expect(page.delays).toEqual(expected);
      }
    },
  );
});

describe('a page with the snippet', () => {
  const half = () => 0.5;

  test('counts anew only after a connection that lasted', () => {
    const page = stage(JITTER, half);
    for (const lastingMs of [60_000, 29_999, 30_000]) {
      page.last().open();
      page.pass(lastingMs);
      page.last().end();
      page.fire();
    }
    expect(page.delays).toEqual([9000, 1000, 9000]);
  });

  test('is told that the server restarts (1012): the random first delay, however short the connection was', () => {
    const page = stage(JITTER, half);
    page.last().end();
    page.fire();
    page.last().open();
    page.last().end(1012);
    expect(page.delays).toEqual([1000, 9000]);
  });

  test('is told to try again later (1013): at a random time up to the cap', () => {
    const page = stage({ ...JITTER, firstMs: 0 }, half);
    page.last().open();
    page.pass(60_000);
    page.last().end(1013);
    expect(page.delays).toEqual([18_000]);
  });

  test('that is not wanted (1008) stays away, and so does one that has ended it', () => {
    const unwanted = stage(JITTER, half);
    unwanted.last().open();
    unwanted.last().end(1008);
    expect(unwanted.fire()).toBe(false);
    const over = stage(JITTER, half);
    over.last().open();
    over.stop();
    expect(over.last().closedWith).toBe(1000);
    expect(over.fire()).toBe(false);
  });

  test('that ends it while it waits does not come back', () => {
    const page = stage(JITTER, half);
    page.last().end();
    page.stop();
    expect(page.fire()).toBe(false);
    expect(page.sockets).toHaveLength(1);
  });
});

test('there is none where a library does it, or nobody comes back', () => {
  expect(reconnectSnippet({ ...JITTER, kind: 'none' })).toBeNull();
  expect(reconnectSnippet({ ...JITTER, kind: 'socket.io' })).toBeNull();
});

test('docs/herds.md has the code as it is made', () => {
  expect(readFileSync('docs/herds.md', 'utf8')).toContain(`\`\`\`js\n${reconnectSnippet(JITTER)}\n\`\`\``);
});

describe('with a real server', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  test('that breaks its connections and is away for a while, all come back, within the window', async () => {
    const CLIENTS = 30;
    const policy: BackoffPlan = { kind: 'full-jitter', baseMs: 50, capMs: 200, firstMs: 400, stableMs: 100 };
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sockets = new WebSocketServer({ server });
    ends.push(() => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      server.close();
    });
    const delays: number[] = [];
    const random = createRandom(9, 'pages');
    const keepConnected = run(policy, {
      WebSocket,
      random,
      setTimeout(callback, ms) {
        delays.push(ms);
        return setTimeout(callback, ms);
      },
      clearTimeout,
      nowMs: () => performance.now(),
    });
    const connected = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if ([...sockets.clients].filter(({ readyState }) => readyState === WebSocket.OPEN).length < count)
            return;
          sockets.off('connection', look);
          resolve();
        };
        sockets.on('connection', look);
        look();
      });
    let opened = 0;
    const stops = Array.from({ length: CLIENTS }, () =>
      keepConnected(`ws://127.0.0.1:${port}`, (socket) => {
        socket.on('error', () => {});
        socket.on('open', () => opened++);
      }),
    );
    ends.push(() => {
      for (const stop of stops) stop();
    });
    await connected(CLIENTS);

    for (const client of sockets.clients) client.terminate();
    await connected(CLIENTS);
    expect(delays).toHaveLength(CLIENTS);
    expect(Math.max(...delays)).toBeLessThan(policy.firstMs);
    expect(new Set(delays).size).toBe(CLIENTS);

    // It refuses whom it does not want yet: those try again, later and later.
    let refused = 0;
    const refuse = (_request: unknown, socket: { destroy: () => void }) => {
      refused++;
      socket.destroy();
    };
    const [upgrade] = server.listeners('upgrade') as ((...args: unknown[]) => void)[];
    server.removeAllListeners('upgrade').on('upgrade', refuse);
    for (const client of sockets.clients) client.close(1012, 'the server restarts');
    while (refused < 2 * CLIENTS) await once(server, 'upgrade');
    server.removeAllListeners('upgrade').on('upgrade', upgrade);
    await connected(CLIENTS);
    expect(delays).toHaveLength(2 * CLIENTS + refused);
    await vi.waitFor(() => expect(opened).toBe(3 * CLIENTS));
  });
});
