/**
 * A reconnect policy as code that a web page can take over: plain JavaScript without dependencies. It draws the same
 * delays as `load/backoff` does from the same random numbers; a test holds the two against each other.
 */

import {
  type BackoffKind,
  type BackoffPlan,
  backoffInWords,
  isLibrary,
  type LibraryKind,
} from '../model/backoff.ts';

type FormulaKind = Exclude<BackoffKind, LibraryKind | 'none'>;

/** The delay of an attempt in ms, where `grown` is the doubled base up to the cap, and whether `previousMs` is used. */
const FORMULAS: Record<FormulaKind, string> = {
  fixed: 'BASE_MS',
  exponential: 'grown',
  'equal-jitter': 'grown / 2 + Math.random() * (grown / 2)',
  'full-jitter': 'Math.random() * grown',
  decorrelated:
    'Math.min(CAP_MS, BASE_MS + Math.random() * (3 * Math.max(BASE_MS, attempt === 0 ? 0 : previousMs) - BASE_MS))',
  guide: 'grown + Math.random() * 1000',
};

/** The code; null where there is nothing to write: a library does it by itself, or nobody comes back. */
export function reconnectSnippet(policy: BackoffPlan): string | null {
  const { kind } = policy;
  if (kind === 'none' || isLibrary(kind)) return null;
  const { baseMs, capMs, firstMs, stableMs } = policy;
  const formula = FORMULAS[kind];
  const isGrowing = formula.includes('grown');
  const lines = [
    `// Reconnects by ${backoffInWords(policy)}.`,
    ...(firstMs > 0
      ? [`const FIRST_MS = ${firstMs}; // the first delay after a loss is random, from 0 to this`]
      : []),
    `const BASE_MS = ${baseMs};`,
    `const CAP_MS = ${capMs}; // no delay grows beyond this`,
    `const STABLE_MS = ${stableMs}; // a connection that lasted so long counts as a success`,
    '',
    '/** How long to wait before the next try; attempt 0 is the first one after a loss. */',
    `function reconnectDelayMs(attempt${kind === 'decorrelated' ? ', previousMs' : ''}) {`,
    ...(firstMs > 0 ? ['  if (attempt === 0) return Math.random() * FIRST_MS;'] : []),
    ...(isGrowing ? ['  const grown = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 1023));'] : []),
    `  return ${formula};`,
    '}',
    '',
    LIFE.replace('ARGUMENTS', kind === 'decorrelated' ? 'attempt, delayMs' : 'attempt'),
  ];
  return lines.join('\n');
}

/** Around the delay, which is all that the policies differ in. */
const LIFE = `/**
 * Keeps a WebSocket connected. onSocket is called with each new socket, to put its handlers on it.
 * Returns a function that ends it.
 */
function keepConnected(url, onSocket, protocols = []) {
  let attempt = 0; // tries since the loss
  let delayMs = 0;
  let isOver = false;
  let socket;
  let timer;

  function open() {
    let openedMs = null;
    socket = new WebSocket(url, protocols);
    socket.addEventListener('open', () => {
      openedMs = performance.now();
    });
    socket.addEventListener('close', ({ code }) => {
      if (isOver || code === 1008) return; // 1008: the server does not want us
      if (openedMs === null) attempt = Math.max(1, attempt);
      else if (performance.now() - openedMs >= STABLE_MS) attempt = 0;
      if (code === 1012) attempt = 0; // the server restarts, and all of us come back
      delayMs = reconnectDelayMs(ARGUMENTS);
      if (code === 1013) delayMs = Math.max(delayMs, Math.random() * CAP_MS); // try again later
      timer = setTimeout(() => {
        attempt += 1; // counted as it begins: a server that accepts and drops is backed off from, too
        open();
      }, delayMs);
    });
    onSocket(socket);
  }

  open();
  return () => {
    isOver = true;
    clearTimeout(timer);
    socket.close(1000);
  };
}`;
