/**
 * Brokers to test, one of each kind: what a test connects to, and what can be done to it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { systemClock } from '../../../src/base/clock.ts';
import { readLimits } from '../../../src/base/limits.ts';
import { createRandom, freshSeed } from '../../../src/base/random.ts';
import type { RedisCarrier } from '../../../src/model/scenario.ts';
import { type ListeningBroker, listenBroker } from '../../../src/server/broker/embedded-server.ts';
import {
  type BrokerOptions,
  DEFAULT_BROKER_PROCESS_OPTIONS,
  type StoreLimits,
} from '../../../src/server/options.ts';
import { candidatePorts } from '../../../src/server/ports.ts';
import { endWithUs } from '../../support/end-with-us.ts';

export interface Ground<Options extends BrokerOptions = BrokerOptions> {
  /** What a node of its own cluster is told. */
  options: Options;
  /** Ends the broker as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same address, with nothing in its memory. */
  start(): Promise<void>;
  /** Takes away what it leaves behind once it is killed. */
  remove(): void;
}

export type RedisOptions = Extract<BrokerOptions, { kind: 'redis' }>;

const REDIS_SERVER = '/usr/bin/redis-server';
export const hasRedis = existsSync(REDIS_SERVER);

export async function embeddedGround(limits: Partial<StoreLimits> = {}): Promise<Ground> {
  const random = createRandom(freshSeed(), 'port');
  const { limits: defaults } = DEFAULT_BROKER_PROCESS_OPTIONS;
  const listenOn = (port: number | null) =>
    listenBroker(
      { role: 'broker', host: '127.0.0.1', port, limits: { ...defaults, ...limits } },
      systemClock,
      random,
    );
  let broker: ListeningBroker = await listenOn(null);
  const { port } = broker;
  return {
    options: { kind: 'embedded', host: '127.0.0.1', port },
    kill: () => broker.close(),
    async start() {
      broker = await listenOn(port);
    },
    remove() {},
  };
}

let runs = 0;

/** A Redis of its own in a folder of its own; it keeps nothing on the disk unless it is asked to. */
export async function redisGround(
  settings: string[] = [],
  carrier: RedisCarrier = 'pubsub',
): Promise<Ground<RedisOptions>> {
  const [port] = freePorts(1);
  const server = createServer(port, settings);
  await server.start();
  return { options: optionsOf(port, carrier), ...server };
}

const MASTERS = 3;
const LAST_SLOT = 16_383;

/** A Redis Cluster of three masters. */
export async function clusterGround(carrier: RedisCarrier): Promise<Ground<RedisOptions>> {
  const ports = freePorts(2 * MASTERS);
  const masters = Array.from({ length: MASTERS }, (_, i) => ({
    port: ports[2 * i],
    busPort: ports[2 * i + 1],
  }));
  const servers = masters.map(({ port, busPort }) =>
    createServer(port, [
      ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
      ...['--cluster-node-timeout', '2000'],
    ]),
  );
  const all = (what: 'start' | 'kill') => Promise.all(servers.map((server) => server[what]()));
  await all('start');
  const shares = masters.map((_, i) => Math.round((i * LAST_SLOT) / MASTERS));
  for (const [i, { port }] of masters.entries()) {
    await command(port, 'CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    await command(port, 'CLUSTER', 'ADDSLOTSRANGE', shares[i], (shares[i + 1] ?? LAST_SLOT + 1) - 1);
    if (i > 0) await command(masters[0].port, 'CLUSTER', 'MEET', '127.0.0.1', port, masters[i].busPort);
  }
  await Promise.all(masters.map(({ port }) => untilWhole(port)));
  return {
    options: optionsOf(masters[0].port, carrier),
    kill: async () => void (await all('kill')),
    start: async () => void (await all('start')),
    remove() {
      for (const server of servers) server.remove();
    },
  };
}

function optionsOf(port: number, carrier: RedisCarrier): RedisOptions {
  return { kind: 'redis', carrier, url: `redis://127.0.0.1:${port}`, prefix: `wsscale-test-${runs++}` };
}

function freePorts(count: number): number[] {
  const ports = candidatePorts(readLimits().ephemeralPorts, createRandom(freshSeed(), 'port'));
  return [...new Set(ports)].slice(0, count);
}

async function untilWhole(port: number): Promise<void> {
  for (;;) {
    const info = String(await command(port, 'CLUSTER', 'INFO'));
    if (info.includes('cluster_state:ok') && info.includes(`cluster_size:${MASTERS}`)) return;
  }
}

/** Asks a server on a connection of its own. */
export async function command(port: number, name: string, ...args: (string | number)[]): Promise<unknown> {
  const redis = new Redis(port, '127.0.0.1');
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

/** A Redis that is not started yet. */
function createServer(port: number, settings: string[]): Omit<Ground, 'options'> {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-redis-'));
  let child: ChildProcess | null = null;

  return {
    async start() {
      const args = [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        ...settings,
      ];
      const started = spawn(REDIS_SERVER, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      child = started;
      endWithUs(started);
      let log = '';
      for await (const chunk of started.stdout) {
        log += chunk;
        if (log.includes('Ready to accept connections')) break;
      }
      if (!log.includes('Ready to accept connections')) throw new Error(`Redis did not start:\n${log}`);
    },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
