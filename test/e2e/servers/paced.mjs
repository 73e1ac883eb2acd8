/**
 * An echo server that accepts so many connections a second and no more: so many others wait for their turn, and who
 * finds no room there gets a 503. It counts, and runs in a process of its own.
 *
 *     node paced.mjs '{"perS": 100, "room": 30}'
 */
import http from 'node:http';
import { WebSocketServer } from 'ws';

const { perS, room } = JSON.parse(process.argv[2]);
const counts = { asked: 0, accepted: 0, refused: 0 };
const waiting = [];
const listener = http.createServer();
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});

listener.on('upgrade', (request, socket, head) => {
  counts.asked++;
  socket.on('error', () => {});
  if (waiting.length >= room) {
    counts.refused++;
    socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  waiting.push(() =>
    server.handleUpgrade(request, socket, head, (accepted) => {
      counts.accepted++;
      server.emit('connection', accepted, request);
    }),
  );
});

/** What a coarse timer is late for is caught up with; time in which nobody came is lost. */
let dueMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  for (; dueMs <= nowMs && waiting.length > 0; dueMs += 1000 / perS) waiting.shift()();
  if (waiting.length === 0) dueMs = Math.max(dueMs, nowMs);
}, 2);

process.on('message', () => process.send(counts));
process.on('disconnect', () => process.exit());
listener.listen(0, '127.0.0.1', () => process.send({ url: `ws://127.0.0.1:${listener.address().port}` }));
