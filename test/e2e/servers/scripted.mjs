/**
 * An echo server that does wrong on purpose, by script, and counts what it did. It runs in a process of its own and
 * is started with its script as JSON:
 *
 *   every: { drop, repeat, swap }   each n-th message of a connection is dropped, sent twice, or sent after the next
 *   delayMs                         each answer leaves this much later, by the high-resolution clock
 *   stall: { atMs, forMs }          once, so long after the first message, the whole process stands still
 *   answersPerS                     answers leave one after the other, so many a second; the others wait
 *   refuseAbove                     connections beyond so many get a 503
 *   closeWith: { code, reason }     each connection is closed after its first message
 *   keep: { bytes, everyDescriptor }   so many bytes of each connection are kept, and a descriptor of each n-th one
 *   tls: { key, cert }              files; the server speaks wss
 */
import { openSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { performance } from 'node:perf_hooks';
import { WebSocketServer } from 'ws';

const script = JSON.parse(process.argv[2] ?? '{}');
const counts = { received: 0, dropped: 0, repeated: 0, swapped: 0, refused: 0, peak: 0 };
const delaysMs = [];
let open = 0;
let closed = 0;
const kept = [];
let firstAtMs = null;

const listener = script.tls
  ? https.createServer({ key: readFileSync(script.tls.key), cert: readFileSync(script.tls.cert) })
  : http.createServer();
const server = new WebSocketServer({
  server: listener,
  perMessageDeflate: false,
  verifyClient: (_info, done) => {
    if (script.refuseAbove === undefined || open < script.refuseAbove) return done(true);
    counts.refused++;
    done(false, 503);
  },
});

server.on('connection', (socket) => {
  open++;
  counts.peak = Math.max(counts.peak, open);
  socket.on('close', () => {
    open--;
    keepSome();
  });
  socket.on('error', () => {});
  let n = 0;
  let held = null;
  const answer = (data, binary) => later(() => socket.send(data, { binary }));
  socket.on('message', (data, binary) => {
    n++;
    counts.received++;
    stallOnce();
    const { drop, repeat, swap } = script.every ?? {};
    if (script.closeWith) return socket.close(script.closeWith.code, script.closeWith.reason);
    if (drop && n % drop === 0) {
      counts.dropped++;
    } else if (swap && n % swap === 0 && held === null) {
      held = { data, binary };
      return;
    } else {
      answer(data, binary);
      if (repeat && n % repeat === 0) {
        counts.repeated++;
        answer(data, binary);
      }
      if (held !== null) {
        counts.swapped++;
        answer(held.data, held.binary);
        held = null;
      }
    }
  });
});

function keepSome() {
  const { bytes, everyDescriptor } = script.keep ?? {};
  closed++;
  if (bytes) kept.push(Buffer.alloc(bytes, closed));
  if (everyDescriptor && closed % everyDescriptor === 0) openSync('/dev/null');
}

/** Answers that wait for their turn, and when the next one has it. */
const queue = [];
let turnMs = 0;

function inTurn(send) {
  turnMs = Math.max(turnMs, performance.now()) + 1000 / script.answersPerS;
  queue.push({ atMs: turnMs, send });
  if (queue.length === 1) setTimeout(answerInTurn, 1);
}

/** A timer is coarse: it sends all whose turn has come. */
function answerInTurn() {
  const nowMs = performance.now();
  let sent = 0;
  while (sent < queue.length && queue[sent].atMs <= nowMs) queue[sent++].send();
  queue.splice(0, sent);
  if (queue.length > 0) setTimeout(answerInTurn, 1);
}

function later(send) {
  if (script.answersPerS) return inTurn(send);
  if (!script.delayMs) return send();
  const receivedMs = performance.now();
  // The timer is coarse: it ends a little early, and the rest is waited for by looking at the clock.
  setTimeout(
    function look() {
      const elapsedMs = performance.now() - receivedMs;
      if (elapsedMs < script.delayMs) return setImmediate(look);
      delaysMs.push(elapsedMs);
      send();
    },
    Math.max(0, script.delayMs - 2),
  );
}

function stallOnce() {
  firstAtMs ??= performance.now();
  if (!script.stall || performance.now() - firstAtMs < script.stall.atMs) return;
  const untilMs = performance.now() + script.stall.forMs;
  script.stall = undefined;
  while (performance.now() < untilMs);
}

listener.listen(0, '127.0.0.1', () =>
  process.send({ url: `${script.tls ? 'wss' : 'ws'}://127.0.0.1:${listener.address().port}/` }),
);
process.on('message', () => {
  delaysMs.sort((a, b) => a - b);
  process.send({ counts, medianDelayMs: delaysMs[delaysMs.length >> 1] ?? null });
});
process.on('disconnect', () => process.exit());
