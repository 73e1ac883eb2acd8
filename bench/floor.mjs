/**
 * The floor: the least that Node's own sockets need for the job that the tools are compared with. Frames are written
 * by hand, one timer sends everything, and nothing is measured but the mean round trip. What the protocol asks of a
 * client is all there: a mask of its own for each message, the 101 awaited, goodbyes said and waited for.
 *
 * floor.mjs <url> <connections> <connects/s> <messages/s of each> <seconds>; prints JSON.
 */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';

const [url, ...numbers] = process.argv.slice(2);
const [connections, connectsPerS, messagesPerS, seconds] = numbers.map(Number);
const { protocol, hostname, port } = new URL(url);
const PAYLOAD = new Int32Array(64 / 4).fill(0x2e2e2e2e);
const CLOSE = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 1000 >> 8, 1000 & 255]);
const REQUEST =
  `GET / HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** After so many, what has arrived is read first. */
const MAX_BURST = 1000;

const total = connections * messagesPerS * seconds;
const place = { host: hostname, port, noDelay: true, rejectUnauthorized: false };
/** With a context of its own, a connection would take half as much again. */
if (protocol === 'wss:') place.secureContext = createSecureContext();
const sockets = [];
const sentMs = new Float64Array(connections);
const counts = { connections: 0, sent: 0, received: 0, meanMs: 0 };
let beganMs = performance.now();
let phase = 'connecting';
let frame = createFrame();

const onread = {
  buffer: Buffer.allocUnsafeSlow(2 ** 16),
  callback(bytes) {
    if (this.isOpen) read(this, bytes);
    else open(this);
    return true;
  },
};
const timer = setInterval(tick, 1);

function tick() {
  const elapsedS = (performance.now() - beganMs) / 1000;
  if (phase === 'connecting') {
    while (sockets.length < Math.min(connections, elapsedS * connectsPerS)) sockets.push(dial());
    if (counts.connections < connections) return;
    phase = 'talking';
    beganMs = performance.now();
    return;
  }
  const due = Math.min((elapsedS / seconds) * total, total, counts.sent + MAX_BURST);
  while (counts.sent < due) send(sockets[counts.sent % connections]);
  if (elapsedS > seconds) leave();
}

/** The process ends with the last socket. */
function leave() {
  clearInterval(timer);
  phase = 'leaving';
  for (const socket of sockets) socket.write(CLOSE);
  process.on('exit', () =>
    console.log(JSON.stringify({ ...counts, meanMs: counts.meanMs / counts.received })),
  );
}

function dial() {
  const connect = protocol === 'wss:' ? connectTls : connectTcp;
  const socket = connect({ ...place, onread });
  socket.number = sockets.length;
  socket.isOpen = false;
  socket.write(REQUEST);
  return socket;
}

function open(socket) {
  if (!onread.buffer.latin1Slice(0, 12).startsWith('HTTP/1.1 101')) throw new Error('refused');
  socket.isOpen = true;
  counts.connections++;
}

/** Frames so short come whole. */
function read(socket, bytes) {
  for (let at = 0; at < bytes; at += 2 + onread.buffer[at + 1]) {
    if (onread.buffer[at] !== 0x82) continue;
    counts.received++;
    counts.meanMs += performance.now() - sentMs[socket.number];
  }
}

function send(socket) {
  const { wire, words } = frame;
  const key = (Math.random() * 2 ** 32) | 0;
  words[1] = key;
  for (let i = 0; i < PAYLOAD.length; i++) words[2 + i] = PAYLOAD[i] ^ key;
  sentMs[socket.number] = performance.now();
  counts.sent++;
  socket.write(wire);
  // What the kernel has not taken yet is the socket's.
  if (socket.writableLength > 0) frame = createFrame();
}

/** A binary frame behind two bytes of padding, so that its key and payload are whole words. */
function createFrame() {
  const bytes = Buffer.allocUnsafeSlow(8 + 64);
  bytes.writeUInt16BE(0x82c0, 2);
  return { wire: bytes.subarray(2), words: new Int32Array(bytes.buffer) };
}
