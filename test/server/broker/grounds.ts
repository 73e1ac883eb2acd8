/**
 * Brokers to test, one of each kind: what a test connects to, and what can be done to it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { readLimits } from '../../../src/base/limits.ts';
import { createRandom, freshSeed } from '../../../src/base/random.ts';
import { type ListeningBroker, listenBroker } from '../../../src/server/broker/embedded-server.ts';
import {
  type BrokerOptions,
  DEFAULT_BROKER_PROCESS_OPTIONS,
  type StoreLimits,
} from '../../../src/server/options.ts';
import { candidatePorts } from '../../../src/server/ports.ts';

export interface Ground {
  /** What a node of its own cluster is told. */
  options: BrokerOptions;
  /** Ends the broker as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same address, with nothing in its memory. */
  start(): Promise<void>;
  /** Takes away what it leaves behind once it is killed. */
  remove(): void;
}

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
export async function redisGround(settings: string[] = []): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-redis-'));
  const [port] = candidatePorts(readLimits().ephemeralPorts, createRandom(freshSeed(), 'port'));
  let child: ChildProcess | null = null;
  process.on('exit', () => child?.kill('SIGKILL'));

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings];
    const started = spawn(REDIS_SERVER, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    let log = '';
    for await (const chunk of started.stdout) {
      log += chunk;
      if (log.includes('Ready to accept connections')) break;
    }
    if (!log.includes('Ready to accept connections')) throw new Error(`Redis did not start:\n${log}`);
  }

  await start();
  return {
    options: { kind: 'redis', url: `redis://127.0.0.1:${port}`, prefix: `wsscale-test-${runs++}` },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    start,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
