/**
 * Opens WebSocket connections, 64 at a time, and answers pings, which is all that it does. It says when all are open,
 * and holds them until its input ends.
 * answerer.mjs <port> <connections>
 */
import { connect } from 'node:net';

const [port, connections] = process.argv.slice(2).map(Number);
const WINDOW = 64;
const REQUEST =
  'GET / HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
/** Without a payload, masked with zeros. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

const sockets = [];
let open = 0;
for (let i = 0; i < WINDOW; i++) dial();
process.stdin.on('end', reset).resume();

function dial() {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  sockets.push(socket);
  socket.write(REQUEST);
  // The first that comes is the answer to the request; what comes then, or behind it, are pings, two bytes each.
  socket.once('data', (answer) => {
    answerAll(socket, answer.length - answer.indexOf('\r\n\r\n') - 4);
    socket.on('data', (pings) => answerAll(socket, pings.length));
    open++;
    if (sockets.length < connections) dial();
    if (open === connections) console.log('"open"');
  });
}

function answerAll(socket, bytes) {
  for (let at = 0; at < bytes; at += 2) socket.write(PONG);
}

function reset() {
  for (const socket of sockets) socket.resetAndDestroy();
}
