import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WsscaleError } from '../base/errors.ts';
import { freePort } from './address.ts';
import { findProgram } from './installed.ts';
import type { Processes } from './processes.ts';
import { startSupervised } from './supervised.ts';

const HOST = '127.0.0.1';

/**
 * Starts the Redis that is installed here: for this run alone, on a port of its own, and without a file.
 *
 * @returns its URL
 * @throws WsscaleError `TARGET` if it is not installed or does not start
 */
export async function startRedis(processes: Processes): Promise<string> {
  const file = findProgram('redis-server');
  if (file === null) throw new WsscaleError('TARGET', 'redis-server is not installed.');
  const port = await freePort(HOST, null);
  const url = `redis://${HOST}:${port}`;
  const redis = processes.start(() => {
    const folder = mkdtempSync(join(tmpdir(), 'wsscale-redis-'));
    return startSupervised('broker', {
      ...{ role: 'redis', name: 'redis-server', file, host: HOST, port, readiness: 'redis', url },
      // Without the name of a configuration, the defaults hold, whatever stands in /etc.
      args: ['--port', String(port), '--bind', HOST, '--dir', folder, '--save', '', '--appendonly', 'no'],
      leftovers: [folder],
    });
  });
  await redis.listening;
  return url;
}
