/**
 * A plan is checked by doing it: fitted to runs of up to 10,000 connections, it says what four nodes with 40,000 take
 * and how long their messages do; then they are built, and measured in runs that the fit has not seen.
 *
 *     node proof/plan.mjs [--runs 10] [--fit <a record.json of scenarios/plan.yaml>]
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { observe } from '../dist/capacity/observation.js';
import { planCapacity } from '../dist/capacity/plan.js';
import { readRecord } from '../dist/index.js';
import { recordSchema } from '../dist/model/record.js';
import { attack } from './lib/cli.mjs';
import { freshSeeds } from './lib/random.mjs';
import { provenance, table, write } from './lib/report.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, fit: { type: 'string' } },
});
const runs = Number(values.runs);

const NODES = 4;
const USERS = 40_000;
const RATE = 0.1;
const SCENARIO = parse(
  readFileSync(fileURLToPath(new URL('../scenarios/plan.yaml', import.meta.url)), 'utf8'),
);
/** As the phases of the fit, but for its load. It has nodes that are warm for half of the time. */
const TARGET = {
  name: 'plan',
  workers: SCENARIO.workers,
  defaults: { ...SCENARIO.defaults, duration: '15s' },
  phases: [{ name: 'asked', topology: 'cluster', clients: USERS, rate: RATE }],
};
/** A run in which other programs took the machine says nothing, and is done again, but not for ever. */
const MOST_RUNS = runs + 5;
/** Of all runs, so many must be inside. */
const INSIDE = 0.8;

/**
 * Chosen before any of these runs: the latency is the median from when a message was due until its answer was there.
 * The 99th percentile is told, too, but not judged: it depends on what else the machine does.
 */
const QUANTITIES = [
  {
    ...{ name: 'memory of a node', unit: 'MB', of: (one) => one.memoryBytes / 2 ** 20, most: 0.15 },
    planned: ({ tiers: [node] }) => scaled(node.each.memoryBytes, 1 / 2 ** 20),
  },
  {
    ...{ name: 'processor of a node', unit: '% of a core', of: (one) => 100 * one.cores, most: 0.25 },
    planned: ({ tiers: [node] }) => scaled(node.each.cores, 100),
  },
  {
    ...{ name: 'latency, p50', unit: 'ms', of: (one) => one.p50Ms, most: 0.5 },
    planned: ({ latency }) => latency.p50Ms,
  },
  {
    ...{ name: 'latency, p99', unit: 'ms', of: (one) => one.p99Ms, most: null },
    planned: ({ latency }) => latency.p99Ms,
  },
];

const startedMs = performance.now();
const [fitSeed, ...seeds] = freshSeeds(1 + MOST_RUNS);
const fitted = values.fit
  ? readRecord(values.fit)
  : recordSchema.parse((await attack(SCENARIO, fitSeed)).record);
const fitMinutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
const plan = planCapacity(fitted, demandOf(USERS / NODES), true);
if (plan.nodes !== NODES) throw new Error(`The plan has ${plan.nodes} nodes.`);
const planned = QUANTITIES.map((quantity) => quantity.planned(plan));
for (const [i, { name, unit }] of QUANTITIES.entries()) {
  console.log(
    `${name}: ${digits(planned[i].value)} ${unit}, ${digits(planned[i].low)} to ${digits(planned[i].high)}`,
  );
}

const seen = [];
const notCounted = [];
for (const seed of seeds) {
  if (seen.length === runs) break;
  const record = recordSchema.parse((await attack(TARGET, seed)).record);
  const [phase] = record.phases;
  const observed = observe(phase);
  const perSocket = phase.memory?.kernelBytesPerSocket ?? null;
  if (!phase.generator.valid || observed === null || !observed.isWarm || perSocket === null) {
    notCounted.push({ seed, why: phase.generator.reasons[0] ?? 'no second in which the nodes were warm' });
    console.log(`not counted: ${notCounted.at(-1).why}`);
    continue;
  }
  const all = { ...observed, memoryBytes: observed.memoryBytes + perSocket * observed.connections };
  seen.push({ seed, measured: QUANTITIES.map(({ of }) => of(all)) });
  console.log(`${seen.length}/${runs}: ${seen.at(-1).measured.map(digits).join(', ')}`);
}

/** Four nodes, each for as many users as there are descriptors. */
function demandOf(usersOfNode) {
  return {
    ...{ users: USERS, messagesPerUserPerS: RATE, sizeBytes: 100, fanout: 1 },
    ...{ regions: 1, zonesPerRegion: 1, spareNodes: 0, utilizationRatio: 1, tls: false },
    objective: { responseP99Ms: null, recoveryS: null },
    node: { cores: 1, memoryBytes: 2 ** 33, descriptors: usersOfNode + 100, networkBitsPerS: 1e9 },
  };
}

function scaled({ value, low, high }, by) {
  return { value: value * by, low: low * by, high: high * by };
}

function digits(value) {
  return Number(value.toPrecision(3));
}

const isInside = (i, value) => value >= planned[i].low && value <= planned[i].high;
const insideOf = (i) => seen.filter(({ measured }) => isInside(i, measured[i])).length;
const widthOf = ({ value, low, high }) => Math.max(value - low, high - value) / value;
const holdsFor = ({ most }, i) =>
  most === null || (insideOf(i) >= INSIDE * runs && widthOf(planned[i]) <= most);
const holds = seen.length === runs && QUANTITIES.every(holdsFor);
const fitPhases = fitted.phases.map((phase) => ({ phase, observed: observe(phase) }));

write(
  'plan.md',
  `# A plan of 40,000 users, made from runs of 10,000, and then done

Made by \`npm run proof -- plan\`: ${provenance(fitted)}, in ${Math.round((performance.now() - startedMs) / 60_000)} minutes, of which the fit ${fitMinutes}.
${holds ? 'All of it holds.' : '**Not all of it holds.**'}

The plan is that of \`scenarios/plan.yaml\`: ${fitted.phases.length} phases of 1,000 to 10,000 connections to four nodes. It is asked for four nodes
with ${USERS.toLocaleString('en-US')} users, of which each sends a message in ten seconds: four times the connections that were measured, and
messages that are among those that were. Then these are built: ${runs} runs that the fit has not seen, each with nodes of its own.
At least ${Math.ceil(INSIDE * runs)} of them must be inside of the interval that the plan prints, which must not be wider than said.

The memory is what a process holds and what the kernel keeps for its connections. The latency is the median from when
a message was due until its answer was there; this was chosen before the runs. The 99th percentile is told, too, but
depends on what else the machine does, and is not judged. All are means over the four nodes, of the seconds in which
they were warm.

${table(
  ['of a node', 'the plan says', '90 % interval', 'half-width', 'at most', 'inside', 'measured'],
  QUANTITIES.map(({ name, unit, most }, i) => {
    const all = seen.map(({ measured }) => measured[i]);
    return [
      name,
      `${digits(planned[i].value)} ${unit}`,
      `${digits(planned[i].low)} to ${digits(planned[i].high)}`,
      `${(100 * widthOf(planned[i])).toFixed(1)} %`,
      most === null ? 'not judged' : `${100 * most} %`,
      `**${insideOf(i)} of ${runs}**${holdsFor(QUANTITIES[i], i) ? '' : ', which does not hold'}`,
      all.length === 0 ? 'none' : `${digits(Math.min(...all))} to ${digits(Math.max(...all))}`,
    ];
  }),
)}

## Run by run

${table(
  ['seed', ...QUANTITIES.map(({ name, unit }) => `${name}, ${unit}`)],
  seen.map(({ seed, measured }) => [
    seed,
    ...measured.map((value, i) => `${digits(value)}${isInside(i, value) ? '' : ' **outside**'}`),
  ]),
)}
${notCounted.map(({ seed, why }) => `\nNot counted, and done again: ${seed}, ${why}.`).join('\n')}

## What it was fitted to

${table(
  [
    'phase',
    'connections',
    'messages/s',
    'memory of a process, MB',
    'processor, % of a core',
    'p50, ms',
    'p99, ms',
  ],
  fitPhases.map(({ phase, observed }) =>
    observed === null || !phase.generator.valid
      ? [phase.name, 'not valid', '', '', '', '', '']
      : [
          phase.name,
          ...[
            observed.connections,
            observed.messagesPerS,
            observed.memoryBytes / 2 ** 20,
            100 * observed.cores,
            observed.p50Ms,
            observed.p99Ms,
          ].map(digits),
        ],
  ),
)}

Of one node; messages are those that it took and sent.
`,
);
process.exitCode = holds ? 0 : 1;
