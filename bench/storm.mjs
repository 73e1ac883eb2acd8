/**
 * How long it takes to simulate the storm of ten million clients with full jitter, and how much memory. The servers
 * refuse whom they have no room for, or, with `--drop`, say nothing, as a kernel does: then clients knock more often
 * than they try.
 */

import { createRandom } from '../dist/base/random.js';
import { timeBackMs } from '../dist/capacity/storm/outcome.js';
import { ORDINARY_SERVER } from '../dist/capacity/storm/server.js';
import { simulateStorm } from '../dist/capacity/storm/simulate.js';

const CLIENTS = 10_000_000;
const SERVERS = 200;
const PER_SERVER_PER_S = 1000;

const overflow = process.argv.includes('--drop') ? 'drop' : 'refuse';
const acceptsPerS = SERVERS * PER_SERVER_PER_S;
const policy = { kind: 'full-jitter', baseMs: 1000, capMs: 30_000, firstMs: 0, stableMs: 30_000 };
const server = { ...ORDINARY_SERVER, acceptsPerS, backlog: SERVERS * ORDINARY_SERVER.backlog, overflow };

const startedMs = performance.now();
const outcome = simulateStorm({ clients: CLIENTS, policy, server, random: createRandom(1, 'bench') });
const tookS = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    ...{ clients: CLIENTS, acceptsPerS, overflow, tookS, cpuS: (user + system) / 1e6 },
    peakBytes: process.resourceUsage().maxRSS * 1024,
    tries: outcome.tries,
    t95S: timeBackMs(outcome, 0.95) / 1000,
    t99S: timeBackMs(outcome, 0.99) / 1000,
  }),
);
