/**
 * A Redis Cluster of the Redis that is installed here: three masters, the fewest that a cluster has, and no replicas.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import { WsscaleError } from '../base/errors.ts';
import { freePort } from './address.ts';
import type { Processes } from './processes.ts';
import { REDIS_HOST, startRedisServer } from './redis.ts';

const SLOTS = 16_384;
const MASTERS = 3;

/** A master that is silent for so long counts as gone. */
const NODE_TIMEOUT_MS = 2_000;

/** Masters that have just begun take two seconds until they take part. */
const FORMING_TIMEOUT_MS = 15_000;
const POLL_MS = 50;

/** Where a master takes commands, and where the others reach it. */
interface Master {
  port: number;
  busPort: number;
}

/**
 * Starts the masters, gives each its share of the slots, and waits until they know one another.
 *
 * @returns the URL of one of them, which tells of the others
 * @throws WsscaleError `TARGET` if it is not installed, does not start, or does not become a cluster
 */
export async function startRedisCluster(processes: Processes): Promise<string> {
  const ports = new Set<number>();
  while (ports.size < 2 * MASTERS) ports.add(await freePort(REDIS_HOST, null));
  const free = [...ports];
  const masters = Array.from({ length: MASTERS }, (_, i) => ({
    port: free[2 * i],
    busPort: free[2 * i + 1],
  }));
  const urls = await Promise.all(masters.map((master, i) => startMaster(processes, master, i)));
  const [first] = masters;
  for (const [i, { port, busPort }] of masters.entries()) {
    const [from, to] = [i, i + 1].map((share) => Math.floor((share * SLOTS) / MASTERS));
    await ask(port, `CLUSTER SET-CONFIG-EPOCH ${i + 1}`);
    await ask(port, `CLUSTER ADDSLOTSRANGE ${from} ${to - 1}`);
    if (i > 0) await ask(first.port, `CLUSTER MEET ${REDIS_HOST} ${port} ${busPort}`);
  }
  await untilWhole(masters);
  return urls[0];
}

function startMaster(processes: Processes, { port, busPort }: Master, i: number): Promise<string> {
  return startRedisServer(processes, `redis-${i}`, port, [
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
    ...['--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', String(NODE_TIMEOUT_MS)],
  ]);
}

async function untilWhole(masters: readonly Master[]): Promise<void> {
  const signal = AbortSignal.timeout(FORMING_TIMEOUT_MS);
  for (const { port } of masters) {
    while (!isWhole(await ask(port, 'CLUSTER INFO'))) {
      if (signal.aborted) throw new WsscaleError('TARGET', 'The Redis servers did not become a cluster.');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function isWhole(info: string): boolean {
  return info.includes('cluster_state:ok') && info.includes(`cluster_size:${MASTERS}`);
}

/** One command in the form that a person types; its answer as it stands. */
async function ask(port: number, command: string): Promise<string> {
  const socket = connect({ host: REDIS_HOST, port });
  try {
    await once(socket, 'connect');
    socket.write(`${command}\r\n`);
    const [answer] = await once(socket, 'data');
    if (String(answer).startsWith('-')) throw new Error(String(answer).slice(1).trim());
    return String(answer);
  } catch (error) {
    throw new WsscaleError('TARGET', `The Redis at port ${port} does not become part of a cluster: ${error}`);
  } finally {
    socket.on('error', () => {}).destroy();
  }
}
