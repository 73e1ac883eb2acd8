/**
 * A server that leaks, attacked from outside, and looked at when all connections have gone: what it leaks then is
 * counted by the system, not by the clients.
 */

import { serve } from '../../dist/index.js';
import { attack } from './cli.mjs';
import { openForNothing } from './descriptors.mjs';
import { createRandom } from './random.mjs';

/** Returns the server's counts, and what they must equal. */
export async function runLeaks(seed) {
  const random = createRandom(seed);
  const bytes = 1 + Math.floor(5000 * random());
  const share = (0.2 + 0.8 * random()).toFixed(4);
  const faults = [`leak-memory:bytes=${bytes}`, `leak-descriptor:share=${share}`];
  const server = await serve({ kind: 'single', faults, seed });
  try {
    const before = openForNothing();
    const [url] = server.urls;
    const load = { target: url, clients: 20, connectRate: 400, rate: 5, duration: '500ms' };
    const { record } = await attack({ name: 'leaks', phases: [{ name: 'leaks', ...load }] }, seed);
    const metrics = await allGone(url.replace('ws:', 'http:'));
    const countOf = (fault) =>
      metricOf(metrics, `websocket_faults_injected_total{fault="${fault}",server="node"}`);
    return {
      // Before the load, wsscale connects once to see whether the target is there.
      'leak-memory': { server: countOf('leak-memory'), reported: record.phases[0].connect.established + 1 },
      'leak-descriptor': { server: countOf('leak-descriptor'), reported: openForNothing() - before },
    };
  } finally {
    await server.stop();
  }
}

/** The metrics, once no connection is open. */
async function allGone(base) {
  for (;;) {
    const metrics = await (await fetch(`${base}/metrics`)).text();
    if (metricOf(metrics, 'websocket_connections_active{server="node"}') === 0) return metrics;
  }
}

function metricOf(metrics, name) {
  const line = metrics.split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line.slice(name.length + 1));
}
