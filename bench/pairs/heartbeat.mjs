/** What heartbeats cost a node of the bundled server: 5,000 idle connections, pinged each second or not at all. */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../dist/base/clock.js';
import { createTopology } from '../../dist/topology/index.js';
import { startAnswerer } from './processes.mjs';

const CONNECTIONS = 5_000;
const SETTLE_MS = 3_000;
const WATCH_MS = 8_000;

/** Processor time of the node in a second, in ms, and the pings that it sent in it. */
async function cost(heartbeatMs) {
  const topology = createTopology(
    { kind: 'single', engine: 'lean' },
    { clock: systemClock, node: { heartbeatMs } },
  );
  const { urls } = await topology.up();
  const clients = await startAnswerer(new URL(urls[0]).port, CONNECTIONS);
  await delay(SETTLE_MS);
  const [before] = await topology.sample();
  await delay(WATCH_MS);
  const [after] = await topology.sample();
  await clients.stop();
  await topology.down();
  if (after.connections !== CONNECTIONS) throw new Error(`${after.connections} connections are left`);
  const seconds = (after.atMs - before.atMs) / 1000;
  const pings = (after.heartbeat?.pings ?? 0) - (before.heartbeat?.pings ?? 0);
  return { cpuMs: ((after.cpuS - before.cpuS) * 1000) / seconds, pings: pings / seconds };
}

const none = await cost(null);
const pinged = await cost(1_000);
const perPingUs = ((pinged.cpuMs - none.cpuMs) * 1000) / pinged.pings;
console.log(
  `heartbeat, ${CONNECTIONS} idle connections: pinged each second ${pinged.cpuMs.toFixed(1)} ms of CPU a second, ` +
    `not at all ${none.cpuMs.toFixed(1)} ms: ${(pinged.cpuMs / none.cpuMs).toFixed(0)}x; ${perPingUs.toFixed(1)} µs a ping`,
);
