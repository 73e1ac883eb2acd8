/**
 * The floor: WebSocket echo over bare node:net with hand-written frames. Usage:
 * probe.mjs <port> <seconds> <connections> <messages per second of each>; prints {count, p50Ms, p99Ms} as JSON.
 */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

const [port, seconds, connections, ratePerS] = process.argv.slice(2).map(Number);
const PAYLOAD_BYTES = 128;
const latenciesMs = [];

for (let i = 0; i < connections; i++) probe((i / connections) * (1000 / ratePerS));
setTimeout(() => {
  latenciesMs.sort((a, b) => a - b);
  const at = (q) => latenciesMs[Math.ceil(q * latenciesMs.length) - 1];
  console.log(JSON.stringify({ count: latenciesMs.length, p50Ms: at(0.5), p99Ms: at(0.99) }));
  process.exit();
}, seconds * 1000);

function probe(offsetMs) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  // A masked binary frame; a mask of zeros leaves the payload as it is.
  const frame = Buffer.alloc(8 + PAYLOAD_BYTES);
  frame[0] = 0x82;
  frame[1] = 0x80 | 126;
  frame.writeUInt16BE(PAYLOAD_BYTES, 2);
  let sentMs = null;
  socket.on('data', () => {
    if (sentMs === null) setTimeout(() => setInterval(send, 1000 / ratePerS), offsetMs);
    else latenciesMs.push(performance.now() - sentMs);
    sentMs ??= 0;
  });
  function send() {
    sentMs = performance.now();
    socket.write(frame);
  }
}
