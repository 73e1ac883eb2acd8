/**
 * How client libraries wait before they connect again, told by their own code: installs them into a folder of its own,
 * lets each draw its delays from random numbers that are known, and writes both down. The tests hold
 * `src/load/backoff/libraries.ts` against that.
 *
 *     node proof/lib/library-vectors.mjs
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGES = [
  ...['socket.io-client@4.8.4', '@microsoft/signalr@10.0.11', 'phoenix@1.8.16', 'centrifuge@5.8.0'],
  ...['reconnecting-websocket@4.4.0', '@rails/actioncable@8.1.400', 'graphql-ws@6.4.2', 'graphql@16'],
];
const OUT = fileURLToPath(new URL('../../test/load/backoff/library-vectors.json', import.meta.url));
const ATTEMPTS = 12;
/** Losses that Action Cable, whose delays depend on when they happen, goes through. */
const LOSSES = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'wsscale-libraries-'));
writeFileSync(join(folder, 'package.json'), '{}');
execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES], {
  cwd: folder,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const require = createRequire(join(folder, 'index.js'));

/** Draws from 0 to 1 that a library is given; the ends and the middle are among them. */
const DRAWS = [0, 0.049, 0.05, 0.1, 0.25, 0.299, 0.5, 0.51, 0.75, 0.89, 0.95, 0.999];

const { random } = Math;
/** What `of` returns, where each random number is `draw`. */
function drawing(draw, of) {
  Math.random = () => draw;
  try {
    return of();
  } finally {
    Math.random = random;
  }
}

/** One row for each attempt and draw. */
function rows(draws, delaysOf) {
  return draws.flatMap((draw) =>
    drawing(draw, () => delaysOf(draw)).map((delayMs, attempt) => ({ attempt, draw, delayMs })),
  );
}

const attempts = Array.from({ length: ATTEMPTS }, (_, attempt) => attempt);

function socketIo() {
  const { Manager } = require('socket.io-client');
  return rows(DRAWS, () => {
    const { backoff } = new Manager('http://127.0.0.1:1', { autoConnect: false });
    return attempts.map(() => backoff.duration());
  });
}

function signalr() {
  const { HubConnectionBuilder } = require('@microsoft/signalr');
  const { reconnectPolicy } = new HubConnectionBuilder()
    .withUrl('http://127.0.0.1:1')
    .withAutomaticReconnect();
  return rows([0.5], () =>
    attempts.map(
      (previousRetryCount) => reconnectPolicy.nextRetryDelayInMilliseconds({ previousRetryCount }) ?? null,
    ),
  );
}

function phoenix() {
  const { Socket } = require('phoenix');
  const socket = new Socket('ws://127.0.0.1:1', { transport: class {} });
  return rows([0.5], () => attempts.map((attempt) => socket.reconnectAfterMs(attempt + 1)));
}

function centrifuge() {
  const { Centrifuge } = require('centrifuge');
  return rows(DRAWS, () => {
    const client = new Centrifuge('ws://127.0.0.1:1', { websocket: class {} });
    return attempts.map(() => client._getReconnectDelay());
  });
}

/** It draws once, when it is loaded. */
function reconnectingWebsocket() {
  return rows(DRAWS, () => {
    delete require.cache[require.resolve('reconnecting-websocket')];
    const Socket = require('reconnecting-websocket');
    const socket = new Socket('ws://127.0.0.1:1', [], { WebSocket: class {}, startClosed: true });
    return attempts.map((attempt) => {
      socket._retryCount = attempt + 1;
      return socket._getNextDelay();
    });
  });
}

/** Its delays are within a function: so it is let connect, and fail, and its timers are listened to. */
async function graphqlWs() {
  const { createClient } = require('graphql-ws');
  const all = [];
  for (const draw of DRAWS) {
    const delays = [];
    const later = globalThis.setTimeout;
    Math.random = () => draw;
    globalThis.setTimeout = (callback, ms) => {
      if (ms > 0) delays.push(ms);
      return later(callback, 0);
    };
    await new Promise((givenUp) => {
      class Refused {
        static CONNECTING = 0;
        static OPEN = 1;
        static CLOSING = 2;
        static CLOSED = 3;
        constructor() {
          queueMicrotask(() => this.onclose?.({ code: 1006, reason: '', wasClean: false }));
        }
        close() {}
      }
      createClient({ url: 'ws://127.0.0.1:1', lazy: false, webSocketImpl: Refused, onNonLazyError: givenUp });
    });
    globalThis.setTimeout = later;
    Math.random = random;
    all.push(...[...delays, null].map((delayMs, attempt) => ({ attempt, draw, delayMs })));
  }
  return all;
}

/** What its monitor does in time that passes as we say: quantiles of the delays before the first tries. */
async function actioncable() {
  const RealDate = Date;
  let nowMs = 0;
  let timers = [];
  globalThis.Date = class {
    getTime() {
      return nowMs;
    }
  };
  const { setTimeout: later, clearTimeout: clear } = globalThis;
  globalThis.setTimeout = (callback, ms) => {
    const timer = { dueMs: nowMs + ms, callback };
    timers.push(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    timers = timers.filter((other) => other !== timer);
  };
  globalThis.addEventListener = () => {};
  const file = join(folder, 'node_modules/@rails/actioncable/app/assets/javascripts/actioncable.esm.js');
  const { ConnectionMonitor } = await import(pathToFileURL(file).href);
  const delays = Array.from({ length: 4 }, () => []);
  for (let loss = 0; loss < LOSSES; loss++) {
    nowMs = 1_000_000;
    timers = [];
    const tries = [];
    const monitor = new ConnectionMonitor({ reopen: () => tries.push(nowMs) });
    monitor.start();
    monitor.recordConnect();
    const lostMs = nowMs + 60_000 + random() * 60_000;
    let pingMs = nowMs + random() * 3000;
    let isLost = false;
    while (tries.length < delays.length) {
      const timer = timers.reduce((first, other) => (other.dueMs < first.dueMs ? other : first));
      const nextMs = isLost ? timer.dueMs : Math.min(timer.dueMs, pingMs, lostMs);
      nowMs = nextMs;
      if (!isLost && nextMs === lostMs) {
        isLost = true;
        monitor.recordDisconnect();
      } else if (!isLost && nextMs === pingMs) {
        monitor.recordMessage();
        pingMs += 3000;
      } else {
        timers = timers.filter((other) => other !== timer);
        timer.callback();
      }
    }
    tries.forEach((atMs, i) => {
      delays[i].push(atMs - (tries[i - 1] ?? lostMs));
    });
  }
  Object.assign(globalThis, { Date: RealDate, setTimeout: later, clearTimeout: clear });
  return delays.map((all, attempt) => {
    all.sort((a, b) => a - b);
    const quantile = (q) => Math.round(all[Math.min(all.length - 1, Math.floor(q * all.length))]);
    const qs = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1];
    return { attempt, losses: LOSSES, quantilesMs: Object.fromEntries(qs.map((q) => [q, quantile(q)])) };
  });
}

const vectors = {
  packages: PACKAGES,
  'socket.io': socketIo(),
  signalr: signalr(),
  phoenix: phoenix(),
  centrifuge: centrifuge(),
  'reconnecting-websocket': reconnectingWebsocket(),
  'graphql-ws': await graphqlWs(),
  actioncable: await actioncable(),
};
rmSync(folder, { recursive: true, force: true });

writeFileSync(OUT, JSON.stringify(vectors));
execFileSync('npx', ['biome', 'format', '--write', OUT], { stdio: 'inherit' });
process.exit(0);
