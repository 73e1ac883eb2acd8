/**
 * What clients do whose library was left as it is. Each function is the library's own formula, read in the file that
 * stands above it; the versions are in the model's `LIBRARIES`. None of them waits for a random time at first, save
 * where the comment says so.
 */

import type { LibraryKind } from '../../model/backoff.ts';
import type { Backoff } from './policy.ts';

/** Beyond it, nothing changes any more, and numbers stay numbers. */
const MANY = 1000;

/**
 * min(5 s, 1 s * 2^attempt * (1 ± U(0, 0.5))), where one draw is both the width and, by its first decimal, the sign.
 * The cap comes after the jitter, so that from attempt 4 on each delay is exactly 5 s: the jitter is gone.
 *
 * `build/esm/contrib/backo2.js` (`duration`) with the defaults of `build/esm/manager.js`: randomizationFactor 0.5,
 * and no end of attempts.
 */
const socketIo: Backoff = (attempt, _previousMs, random) => {
  const ms = 1000 * 2 ** Math.min(attempt, MANY);
  const draw = random();
  const deviation = Math.floor(draw * 0.5 * ms);
  const isLess = (Math.floor(draw * 10) & 1) === 0;
  return Math.floor(Math.min(isLess ? ms - deviation : ms + deviation, 5000));
};

/**
 * 0, 2, 10, 30 s, and never again: no chance, and whoever was away for 42 s stays away until the page is loaded anew.
 *
 * `dist/esm/DefaultReconnectPolicy.js`, which `withAutomaticReconnect()` takes; without that, it never comes back.
 */
const signalr: Backoff = (attempt) => [0, 2000, 10_000, 30_000][attempt] ?? null;

/**
 * 10, 50, 100, 150, 200, 250, 500 ms, 1, 2 s, then 5 s, without chance: the whole crowd is there within 10 ms.
 *
 * `assets/js/phoenix/socket.js` (`reconnectAfterMs`) and `timer.js`.
 */
const phoenix: Backoff = (attempt) => [10, 50, 100, 150, 200, 250, 500, 1000, 2000][attempt] ?? 5000;

/**
 * min(20 s, 0.5 s + U(0, min(20 s, 0.5 s * 2^attempt))), in whole ms: full jitter on top of half a second.
 *
 * `build/index.js` (`backoff`, `randomInt`) with its defaults minReconnectDelay and maxReconnectDelay.
 */
const centrifuge: Backoff = (attempt, _previousMs, random) => {
  const widthMs = Math.min(20_000, 500 * 2 ** Math.min(attempt, 31));
  return Math.min(20_000, 500 + Math.floor(random() * (widthMs + 1)));
};

/**
 * min(10 s, m * 1.3^attempt) with m = U(1 s, 5 s): a client's own speed, and no chance after that. The library draws m
 * when its page is loaded; here, with each loss.
 *
 * `dist/reconnecting-websocket-mjs.js` (`DEFAULT`, `_getNextDelay`); `minUptime` is the 5 s of its `stable`.
 */
const reconnectingWebsocket: Backoff = (attempt, previousMs, random) =>
  attempt === 0 || previousMs < 1000 ? 1000 + random() * 4000 : Math.min(10_000, previousMs * 1.3);

/**
 * It does not wait from the loss: a poll, every 6 to 12 s, looks whether the last ping is older than 6 s, and opens
 * the connection again if the loss is, too. So the first try comes 6 to 18 s after the loss, spread by where in their
 * intervals the polls happen to be; the later ones 6 s * 1.15^n * (1 + U(0, 0.15)) apart, where n counts the polls that
 * found it stale, to 10.
 *
 * `src/connection_monitor.js`; that the server pings every 3 s is `BEAT_INTERVAL` of Action Cable. The one poll more
 * that some clients have counted before their first try is left out of the later delays.
 */
const actioncable: Backoff = (attempt, _previousMs, random) => {
  if (attempt > 0) return pollMs(Math.min(attempt, 10), random);
  // A loss is more likely to fall into a long interval than into a short one, and somewhere within it.
  const intervalMs = 1000 * Math.sqrt(36 + random() * (144 - 36));
  const firstPollMs = random() * intervalMs;
  const sincePingMs = random() * 3000;
  if (firstPollMs >= STALE_MS) return firstPollMs;
  // Within 6 s of the loss, it looks, counts, and lets be.
  return firstPollMs + pollMs(sincePingMs + firstPollMs > STALE_MS ? 1 : 0, random);
};

const STALE_MS = 6000;

function pollMs(attempts: number, random: () => number): number {
  return STALE_MS * 1.15 ** attempts * (1 + (attempts === 0 ? 1 : 0.15) * random());
}

/**
 * 1 s * 2^attempt + U(0.3 s, 3 s), in whole ms, five times, and never again.
 *
 * `dist/client.js` (`retryWait`, `retryAttempts`).
 */
const graphqlWs: Backoff = (attempt, _previousMs, random) =>
  attempt < 5 ? 2 ** attempt * 1000 + Math.floor(random() * (3000 - 300) + 300) : null;

export const LIBRARY_BACKOFFS: Record<LibraryKind, Backoff> = {
  'socket.io': socketIo,
  signalr,
  phoenix,
  centrifuge,
  'reconnecting-websocket': reconnectingWebsocket,
  actioncable,
  'graphql-ws': graphqlWs,
};
