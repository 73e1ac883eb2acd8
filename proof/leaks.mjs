/**
 * A soak finds what the reference server was asked to leak, no more and no less: 100 bytes of each connection, one
 * descriptor in a thousand connections, and nothing of a healthy server.
 *
 *     node proof/leaks.mjs [--runs 10]
 */

import { parseArgs } from 'node:util';
import { attack } from './lib/cli.mjs';
import { freshSeeds } from './lib/random.mjs';
import { provenance, table, write } from './lib/report.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
const runs = Number(values.runs);

/** As little as the statistics allow: a thousand connections in each of twelve cycles, and a message of each. */
const SOAK = { clients: 1000, connectRate: 1000, rate: 1, duration: '500ms', soak: 12 };

const SERVERS = [
  { name: 'leaks memory', faults: ['leak-memory:bytes=100'], finds: ['leak-memory'] },
  { name: 'leaks descriptors', faults: ['leak-descriptor:share=0.001'], finds: ['leak-descriptors'] },
  { name: 'healthy', faults: [], finds: [] },
];

const startedMs = performance.now();
const results = SERVERS.map(() => []);
let last;
for (const [i, seed] of freshSeeds(runs).entries()) {
  for (const [n, { name, faults, finds }] of SERVERS.entries()) {
    const { record } = await attack({ name: 'leaks', phases: [{ name: 'soak', ...SOAK, faults }] }, seed);
    last = record;
    const result = outcomeOf(record, finds);
    results[n].push({ seed, ...result });
    console.log(
      `${i + 1}/${runs}, ${name}: ${result.isRight ? 'right' : 'WRONG'}, ${result.kinds.join(', ') || 'nothing found'}`,
    );
  }
}

/** Right is what finds exactly what was asked for; leaked descriptors must be as many as the server says, too. */
function outcomeOf({ findings, phases: [{ leak, server, durationMs }] }, finds) {
  const [process] = leak.processes;
  const kinds = findings.map(({ kind }) => kind);
  const kept = process.descriptors.last - process.baseline.openDescriptors;
  const leaked = server.faults?.['leak-descriptor'] ?? 0;
  const isRight = JSON.stringify(kinds) === JSON.stringify(finds) && kept === leaked;
  return { isRight, kinds, kept, leaked, process, durationMs };
}

const holds = results.every((all) => all.every(({ isRight }) => isRight));
const inOrder = (numbers) => numbers.toSorted((a, b) => a - b);
const range = (numbers) => `${Math.round(inOrder(numbers)[0])} to ${Math.round(inOrder(numbers).at(-1))}`;

write(
  'leaks.md',
  `# A leak is found, and a healthy server is called healthy

Made by \`npm run proof -- leaks\`: ${provenance(last)}, in ${Math.round((performance.now() - startedMs) / 60_000)} minutes.
${holds ? 'All of it holds.' : '**Not all of it holds.**'}

Each run is a soak of ${SOAK.soak} cycles of ${SOAK.clients.toLocaleString('en-US')} connections. It is right if the findings of the run are those that there
should be and no other one, and if the descriptors that are open in the end, beyond those before the first cycle, are
as many as the server says that it leaked.

${table(
  ['the server', 'its fault', 'must find', 'right', 'found, B a connection', 'p at most', 'descriptors kept'],
  SERVERS.map(({ name, faults, finds }, n) => [
    name,
    faults.map((fault) => `\`${fault}\``).join(' ') || 'none',
    finds.map((kind) => `\`${kind}\``).join(' ') || 'nothing',
    `**${results[n].filter(({ isRight }) => isRight).length} of ${runs}**`,
    range(results[n].map(({ process }) => process.memory.bytesPerConnection)),
    Math.max(...results[n].map(({ process }) => process.memory.p)).toPrecision(2),
    range(results[n].map(({ kept }) => kept)),
  ]),
)}

A text of 100 characters is about 120 bytes in V8, and its place in a list that grows ahead some 12 more. What a healthy
server gains as its code warms up is in the slope, too; below 50 bytes a connection that is called steady.

## Run by run

${table(
  [
    'seed',
    'the server',
    'found',
    'B a connection (95 %)',
    'smallest to be seen',
    'descriptors: warm, last',
    'leaked',
    'took',
  ],
  results.flatMap((all, n) =>
    all.map(({ seed, isRight, kinds, leaked, process: { memory, descriptors }, durationMs }) => [
      seed,
      SERVERS[n].name,
      `${isRight ? '' : '**wrong:** '}${kinds.join(', ') || 'nothing'}`,
      `${memory.bytesPerConnection.toFixed(1)} (${memory.interval.map((end) => end.toFixed(1)).join(' to ')})`,
      `${memory.smallestDetectableBytesPerConnection.toFixed(1)} B`,
      `${descriptors.baseline}, ${descriptors.last}`,
      leaked,
      `${Math.round(durationMs / 1000)} s`,
    ]),
  ),
)}
`,
);
process.exitCode = holds ? 0 : 1;
