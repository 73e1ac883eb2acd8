/**
 * Says that it is ready, and at a word opens TCP connections as fast as they come, 64 at a time. It says how many a
 * second, and holds them until its input ends.
 * connector.mjs <port> <connections> <system|bind|explicit> <source address>
 */
import { connect } from 'node:net';

const [port, connections, ports, localAddress] = process.argv.slice(2);
const WINDOW = 64;
const FIRST_PORT = 10_000;
/** What each way of choosing a source port says to `connect`; with an address but no port, `bind` chooses. */
const PLACE = {
  system: () => ({}),
  bind: () => ({ localAddress }),
  explicit: (number) => ({ localAddress, localPort: FIRST_PORT + number }),
};

const sockets = [];
let open = 0;
let beganMs = 0;
process.stdin.once('data', begin).on('end', reset);
console.log('"ready"');

function begin() {
  beganMs = performance.now();
  for (let i = 0; i < WINDOW; i++) dial();
}

function dial() {
  if (sockets.length === Number(connections)) return;
  const place = PLACE[ports](sockets.length);
  const socket = connect({ host: '127.0.0.1', port: Number(port), ...place });
  sockets.push(socket);
  socket.once('connect', () => {
    if (++open < Number(connections)) dial();
    if (open === Number(connections)) finish();
  });
}

function finish() {
  console.log(JSON.stringify(open / ((performance.now() - beganMs) / 1000)));
}

/** No TIME_WAIT: the next run may want the same ports. */
function reset() {
  for (const socket of sockets) socket.resetAndDestroy();
}
