/**
 * An echo server with a limit that it does not tell of. It runs in a process of its own and is started with its script
 * as JSON:
 *
 *   host                     where it listens; 127.0.0.1 unless said
 *   backlog                  so many connections may wait to be accepted
 *   acceptMs                 it sleeps for so long before it accepts the next one
 *   handshakeMs              it is busy for so long with each handshake
 *   refuseAbove, status      connections beyond so many get this status
 *   closeAbove, code         connections beyond so many are closed with this code
 *   silentAbove              connections beyond so many get no answer
 *   keep: { heap, buffers }  so many bytes of each connection are kept, on the heap or outside of it
 *   diary                    a file that it writes its memory into, before each connection
 *
 * It counts what it did, and tells when it is asked.
 */
import { openSync, writeSync } from 'node:fs';
import http from 'node:http';
import { performance } from 'node:perf_hooks';
import { WebSocketServer } from 'ws';

const script = JSON.parse(process.argv[2] ?? '{}');
const counts = { refused: 0, closed: 0, peak: 0 };
const handshakesMs = [];
const kept = [];
const diary = script.diary === undefined ? null : openSync(script.diary, 'w');
const sleeper = new Int32Array(new SharedArrayBuffer(4));
let open = 0;

const listener = http.createServer();
const server = new WebSocketServer({
  server: listener,
  perMessageDeflate: false,
  verifyClient: (_info, done) => {
    if (open >= (script.silentAbove ?? Number.POSITIVE_INFINITY)) return;
    if (open >= (script.refuseAbove ?? Number.POSITIVE_INFINITY)) {
      counts.refused++;
      return done(false, script.status);
    }
    const untilMs = performance.now() + (script.handshakeMs ?? 0);
    while (performance.now() < untilMs);
    done(true);
  },
});
if (script.acceptMs) listener.on('connection', () => Atomics.wait(sleeper, 0, 0, script.acceptMs));

server.on('connection', (socket) => {
  handshakesMs.push(performance.now());
  socket.on('error', () => {});
  if (open >= (script.closeAbove ?? Number.POSITIVE_INFINITY)) {
    counts.closed++;
    return socket.close(script.code);
  }
  open++;
  counts.peak = Math.max(counts.peak, open);
  keepSome(script.keep ?? {});
  socket.on('close', () => open--);
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});

function keepSome({ heap, buffers }) {
  if (diary !== null) writeSync(diary, String(process.memoryUsage.rss()).padEnd(20), 0);
  if (heap) kept.push(Array.from({ length: heap / 8 }, (_, i) => i + 0.5));
  if (buffers) kept.push(Buffer.alloc(buffers, 1));
}

/** Handshakes a second, of the first so many; one alone comes before, to see whether there is a server. */
function paceOf(first) {
  const some = handshakesMs.slice(1, 1 + first);
  return some.length < 2 ? 0 : ((some.length - 1) * 1000) / (some[some.length - 1] - some[0]);
}

const host = script.host ?? '127.0.0.1';
listener.listen({ host, port: 0, backlog: script.backlog ?? 511 }, () => {
  const { port } = listener.address();
  process.send({ url: `ws://${host.includes(':') ? `[${host}]` : host}:${port}/` });
});
process.on('message', (first) => process.send({ ...counts, handshakesPerS: paceOf(first) }));
process.on('disconnect', () => process.exit());
