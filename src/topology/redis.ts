import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WsscaleError } from '../base/errors.ts';
import { freePort } from './address.ts';
import { findProgram } from './installed.ts';
import type { Processes } from './processes.ts';
import { startSupervised } from './supervised.ts';

export const REDIS_HOST = '127.0.0.1';

/**
 * Starts the Redis that is installed here: for this run alone, on a port of its own, and without a file.
 *
 * @param at the port; null: any
 * @returns its URL
 * @throws WsscaleError `TARGET` if it is not installed or does not start
 */
export async function startRedis(processes: Processes, at: number | null = null): Promise<string> {
  return startRedisServer(processes, 'redis', at ?? (await freePort(REDIS_HOST, null)), []);
}

/**
 * Starts one server.
 *
 * @param settings beside those that each has
 * @returns its URL
 * @throws WsscaleError `TARGET` if it is not installed or does not start
 */
export async function startRedisServer(
  processes: Processes,
  role: string,
  port: number,
  settings: readonly string[],
): Promise<string> {
  const file = findProgram('redis-server');
  if (file === null) throw new WsscaleError('TARGET', 'redis-server is not installed.');
  const url = `redis://${REDIS_HOST}:${port}`;
  const redis = processes.start(() => {
    const folder = mkdtempSync(join(tmpdir(), 'wsscale-redis-'));
    return startSupervised('broker', {
      ...{ role, name: 'redis-server', file, host: REDIS_HOST, port, readiness: 'redis', url },
      // Without the name of a configuration, the defaults hold, whatever stands in /etc.
      args: [
        ...['--port', String(port), '--bind', REDIS_HOST, '--dir', folder],
        ...['--save', '', '--appendonly', 'no', ...settings],
      ],
      leftovers: [folder],
    });
  });
  await redis.listening;
  return url;
}
