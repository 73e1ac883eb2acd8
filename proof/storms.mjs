/**
 * Does the simulator say what storms are like? The bundled server accepts 500 connections a second, and no more; all of
 * its clients lose their connections at once and come back by five policies. Each storm is run for real and simulated,
 * with what was measured or can be read for input. And a storm that keeps itself alive does so in both.
 *
 *     node proof/storms.mjs [--clients 2000,5000,10000] [--runs 3]
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../dist/base/random.js';
import { amplificationOf, peakAttemptsPerS, timeBackMs } from '../dist/capacity/storm/outcome.js';
import { ORDINARY_SERVER } from '../dist/capacity/storm/server.js';
import { simulateStorm } from '../dist/capacity/storm/simulate.js';
import { attack } from './lib/cli.mjs';
import { provenance, table, write } from './lib/report.mjs';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '2000,5000,10000' },
    runs: { type: 'string', default: '3' },
  },
});

const ACCEPTS_PER_S = 500;
const T95_TOLERANCE = 0.15;
const AMPLIFICATION_TOLERANCE = 0.2;
const SEEDS = 20;
const TEN_MILLION = fileURLToPath(new URL('../bench/storm.mjs', import.meta.url));
const MAX_S = 20;
const MAX_BYTES = 2 * 2 ** 30;

const bounds = { baseMs: 500, capMs: 8000, firstMs: 0, stableMs: 1000 };
/** What clients do, by name, for so many of them. */
const POLICIES = {
  guide: () => ({ kind: 'guide', ...bounds }),
  'equal jitter': () => ({ kind: 'equal-jitter', ...bounds }),
  'full jitter': () => ({ kind: 'full-jitter', ...bounds }),
  decorrelated: () => ({ kind: 'decorrelated', ...bounds }),
  'full jitter, first over N/µ': (clients) => {
    const windowMs = (clients / ACCEPTS_PER_S) * 1000;
    return { kind: 'full-jitter', ...bounds, firstMs: windowMs, capMs: Math.max(bounds.capMs, 2 * windowMs) };
  },
};
const STORM = { backlog: 511, timeoutMs: 3000, observeS: 120 };

/** A queue that is longer than the clients are patient. */
const TRAP = { clients: 5000, backlog: 4095, timeoutMs: 2000, observeS: 60 };
const longBounds = { baseMs: 1000, capMs: 60_000, firstMs: 0, stableMs: 1000 };
const TRAPPED = {
  fixed: { kind: 'fixed', ...longBounds },
  'full jitter, first over N/µ': { kind: 'full-jitter', ...longBounds, firstMs: 10_000 },
};

const startedMs = performance.now();
let last;

/** One storm, run for real. */
async function measure(clients, policy, { backlog, timeoutMs, observeS }, seed) {
  const { kind, ...times } = policy;
  const said = { base: times.baseMs, cap: times.capMs, first: times.firstMs, stable: times.stableMs };
  const reconnect = `${kind}:${Object.entries(said).map(([name, ms]) => `${name}=${ms}ms`)}`;
  const phase = {
    ...{
      name: 'storm',
      clients,
      connectRate: 2 * ACCEPTS_PER_S,
      connectTimeout: `${timeoutMs}ms`,
      reconnect,
    },
    ...{ rate: 0, duration: '1s', drain: '1s' },
    faults: [`accept-rate:perS=${ACCEPTS_PER_S},backlog=${backlog}`],
    herds: [{ trigger: 'drop', hold: '2s', observe: `${observeS}s` }],
  };
  const { record } = await attack({ name: 'storm', phases: [phase] }, seed);
  last = record;
  const [{ herds, connect, server, timeline }] = record.phases;
  const [{ t50Ms, t95Ms, t99Ms, amplification, peakAttemptsPerS: peakPerS, neverReturned, curve }] = herds;
  return {
    ...{ t50S: inS(t50Ms), t95S: inS(t95Ms), t99S: inS(t99Ms), amplification, peakPerS, neverReturned },
    wasted: server.faults['accept-rate'] - connect.established,
    acceptsPerS: rampPerS(timeline),
    backAt: (s) => curve.returned[Math.min(curve.returned.length, (s * 1000) / curve.stepMs) - 1],
  };
}

/** What the server accepts: half of the seconds of the ramp had more. Clients were ready to come twice as fast. */
function rampPerS(timeline) {
  return median(
    timeline.filter(({ stage, whole }) => stage === 'ramp' && whole).map((row) => row.established),
  );
}

/** The same, simulated; a list of what each seed gave. */
function simulate(clients, policy, { backlog, timeoutMs, observeS }, acceptsPerS) {
  const server = {
    ...ORDINARY_SERVER,
    ...{ acceptsPerS, backlog: backlog + 1, clientTimeoutMs: timeoutMs, path: 'loopback' },
  };
  return Array.from({ length: SEEDS }, (_, seed) => {
    const random = createRandom(seed, 'storms');
    const outcome = simulateStorm({ clients, policy, server, random, maxMs: observeS * 1000, binMs: 1 });
    const time = (share) => inS(timeBackMs(outcome, share));
    return {
      ...{ t50S: time(0.5), t95S: time(0.95), t99S: time(0.99) },
      amplification: amplificationOf(outcome),
      peakPerS: peakAttemptsPerS(outcome),
      neverReturned: clients - outcome.back.at(-1),
      wasted: outcome.wasted,
      backAt: (s) => outcome.back[Math.min(outcome.back.length, (s * 1000) / outcome.binMs) - 1],
    };
  });
}

function inS(ms) {
  return ms === null ? null : ms / 1000;
}

/** What was never reached is more than all that was. */
function median(numbers) {
  const sorted = numbers.map((n) => n ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const FIGURES = [
  't50S',
  't95S',
  't99S',
  'amplification',
  'peakPerS',
  'neverReturned',
  'wasted',
  'acceptsPerS',
];
const medians = (all) =>
  Object.fromEntries(FIGURES.map((figure) => [figure, median(all.map((one) => one[figure]))]));

const storms = [];
for (const clients of values.clients.split(',').map(Number)) {
  for (const [name, policyFor] of Object.entries(POLICIES)) {
    const policy = policyFor(clients);
    const runs = [];
    for (let seed = 1; seed <= Number(values.runs); seed++)
      runs.push(await measure(clients, policy, STORM, seed));
    const measured = medians(runs);
    const seeds = simulate(clients, policy, STORM, measured.acceptsPerS);
    const simulated = medians(seeds);
    const off = (figure) => simulated[figure] / measured[figure] - 1;
    const holds =
      Math.abs(off('t95S')) <= T95_TOLERANCE &&
      Math.abs(off('amplification')) <= AMPLIFICATION_TOLERANCE &&
      simulated.neverReturned === measured.neverReturned;
    storms.push({ clients, name, runs, measured, seeds, simulated, off, holds });
    console.log(
      `${clients} ${name}: T95 ${runs.map(({ t95S }) => t95S)} s, simulated ${simulated.t95S}; ` +
        `A ${runs.map(({ amplification }) => amplification.toFixed(2))}, simulated ${simulated.amplification.toFixed(2)}; ` +
        `${holds ? 'holds' : 'DOES NOT HOLD'}`,
    );
  }
}

const traps = [];
for (const [name, policy] of Object.entries(TRAPPED)) {
  const measured = await measure(TRAP.clients, policy, TRAP, 1);
  const [simulated] = simulate(TRAP.clients, policy, TRAP, measured.acceptsPerS);
  const isBack = [measured, simulated].map(({ backAt }) => backAt(TRAP.observeS) >= 0.95 * TRAP.clients);
  const holds = isBack.every((is) => is === (policy.kind !== 'fixed'));
  traps.push({ name, measured, simulated, holds });
  console.log(`trap, ${name}: back ${measured.backAt(60)}, simulated ${simulated.backAt(60)}`);
}

const bench = spawnSync(process.execPath, [TEN_MILLION], { encoding: 'utf8' });
const large = JSON.parse(bench.stdout);
const isFast = large.tookS < MAX_S && large.peakBytes < MAX_BYTES;
const holds = isFast && [...storms, ...traps].every((storm) => storm.holds);

const percent = (ratio) => `${ratio < 0 ? '−' : '+'}${Math.abs(ratio * 100).toFixed(0)} %`;
const seconds = (s) => (s === null || s === Number.POSITIVE_INFINITY ? 'never' : s.toFixed(1));
const spread = (all, of) => `${seconds(Math.min(...all.map(of)))}–${seconds(Math.max(...all.map(of)))}`;
const worst = (figure) =>
  percent(storms.map(({ off }) => off(figure)).sort((a, b) => Math.abs(b) - Math.abs(a))[0]);

write(
  'storms.md',
  `# Simulated storms are like real ones

Made by \`npm run proof -- storms\`: ${provenance(last)}, in ${Math.round((performance.now() - startedMs) / 60_000)} minutes.
${holds ? 'All of it holds.' : '**Not all of it holds.**'} [docs/storms.md](../storms.md) tells what is simulated.

## Storms

The server accepts ${ACCEPTS_PER_S} a second (\`accept-rate:perS=${ACCEPTS_PER_S},backlog=${STORM.backlog}\`), clients give up after ${STORM.timeoutMs / 1000} s,
and come back with base ${bounds.baseMs} ms and cap ${bounds.capMs / 1000} s, unless the first delay is drawn from N/µ, for which the cap is 2 N/µ. All
lose their connections at once (\`drop\`). Measured: the median of ${values.runs} runs, and all of them. Simulated: the median of ${SEEDS}
seeds, with the rate that was measured (the median second of the ramp), Linux's times, and the backlog and patience
that were asked for; nothing is fitted. T95 must be within ${T95_TOLERANCE * 100} %, amplification within ${AMPLIFICATION_TOLERANCE * 100} %, and as many must never return.

${table(
  [
    'clients',
    'policy',
    'T95 s, measured',
    'of runs',
    'simulated',
    'off',
    'attempts each, measured',
    'simulated',
    'off',
    'holds',
  ],
  storms.map(({ clients, name, runs, measured: m, simulated: s, off, holds: does }) => [
    ...[
      clients,
      name,
      seconds(m.t95S),
      spread(runs, ({ t95S }) => t95S),
      seconds(s.t95S),
      percent(off('t95S')),
    ],
    ...[
      m.amplification.toFixed(2),
      s.amplification.toFixed(2),
      percent(off('amplification')),
      does ? 'yes' : '**no**',
    ],
  ]),
)}

At the worst: T95 ${worst('t95S')}, amplification ${worst('amplification')}.

What else they have in common, without a bound that it must keep. *For nobody*: connections that the server accepted
after their clients had left.

${table(
  [
    'clients',
    'policy',
    'T50 s',
    'simulated',
    'T99 s',
    'simulated, all seeds',
    'peak attempts/s',
    'simulated',
    'for nobody',
    'simulated',
    'never back',
  ],
  storms.map(({ clients, name, measured: m, simulated: s, seeds }) => [
    ...[clients, name, seconds(m.t50S), seconds(s.t50S), seconds(m.t99S)],
    `${seconds(s.t99S)} (${spread(seeds, ({ t99S }) => t99S)})`,
    ...[m.peakPerS, s.peakPerS, m.wasted, s.wasted, `${m.neverReturned}, ${s.neverReturned}`],
  ]),
)}

## A storm that keeps itself alive

${TRAP.clients} clients that wait for ${TRAP.timeoutMs / 1000} s, and a queue of ${TRAP.backlog}, which takes the server ${Math.round(TRAP.backlog / ACCEPTS_PER_S)} s: whoever is accepted has left. The server is well, and
does ${ACCEPTS_PER_S} handshakes a second for nobody.

${table(
  ['policy', `back after ${TRAP.observeS} s`, 'simulated', 'attempts each', 'simulated', 'holds'],
  traps.map(({ name, measured: m, simulated: s, holds: does }) => [
    ...[name, m.backAt(TRAP.observeS), s.backAt(TRAP.observeS)],
    ...[m.amplification.toFixed(1), s.amplification.toFixed(1), does ? 'yes' : '**no**'],
  ]),
)}

## Ten million clients

${large.clients.toLocaleString('en-US')} clients with full jitter, to servers that accept ${large.acceptsPerS.toLocaleString('en-US')} a second: simulated in ${large.tookS.toFixed(1)} s and
${Math.round(large.peakBytes / 2 ** 20)} MB (\`node bench/storm.mjs\`; under ${MAX_S} s and 2 GB it must be). ${large.tries.toLocaleString('en-US')} attempts; T95 ${seconds(large.t95S)} s, T99 ${seconds(large.t99S)} s.
`,
);
process.exitCode = holds ? 0 : 1;
