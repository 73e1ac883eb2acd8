/** wsscale's latencies beside those of a bare probe, against the same server at the same time. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const server = spawn(here('node_modules/.bin/bun'), [here('servers/echo.bun.js')]);
const [line] = await once(server.stdout, 'data');
const port = Number(line);

const flags = `--clients 2000 --rate 1 --duration 15s --json --quiet --out /tmp/wsscale-bench-latency`;
const attack = run(
  process.execPath,
  [here('../bin/wsscale.js'), 'attack', '--target', `ws://127.0.0.1:${port}/`, ...flags.split(' ')],
  { maxBuffer: 2 ** 26 },
);
// The ramp takes 4 s; the probe measures during the hold.
await new Promise((resolve) => setTimeout(resolve, 6000));
const probe = JSON.parse(
  (await run(process.execPath, [here('probe.mjs'), String(port), '12', '10', '10'])).stdout,
);
const [phase] = JSON.parse((await attack).stdout).phases;
server.kill();

const { responseMs, serviceMs } = phase.latency;
const ms = (value) => Number(value.toFixed(3));
console.table({
  probe: { messages: probe.count, 'p50 ms': ms(probe.p50Ms), 'p99 ms': ms(probe.p99Ms) },
  'wsscale service': { messages: serviceMs.count, 'p50 ms': serviceMs.p50, 'p99 ms': serviceMs.p99 },
  'wsscale response': { messages: responseMs.count, 'p50 ms': responseMs.p50, 'p99 ms': responseMs.p99 },
});
console.log(`service / probe at p50: ${(serviceMs.p50 / probe.p50Ms).toFixed(2)} (promise: at most 3)`);
console.log(
  `response - service at p50: ${(responseMs.p50 - serviceMs.p50).toFixed(2)} ms (promise: at most 1.5)`,
);
const { missing, duplicates, reordered } = phase.ordering;
console.log(
  `established ${phase.clients.established} of 2000; missing ${missing}, duplicates ${duplicates}, reordered ${reordered}; valid: ${phase.generator.valid}`,
);
for (const reason of phase.generator.reasons) console.log(`  ${reason}`);
