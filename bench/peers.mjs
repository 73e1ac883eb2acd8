/**
 * wsscale beside other load generators, in one run and one table: the same job against the same echo server.
 *
 *     peers.mjs [--only floor,raw,ws,before,tcpkali,k6,artillery] [--jobs base,idle,talk,flood]
 *               [--connections 5000] [--seconds 10] [--repeat 1] [--tls] [--detail]
 *
 * Repeated rounds are interleaved, and each figure is the median of its rounds.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { contenders } from './contenders/index.mjs';
import { makeCertificate } from './measure/certificate.mjs';
import { contend } from './measure/contend.mjs';
import { figuresOf, medianFigures, ratedBy } from './measure/figures.mjs';
import { jobsOf } from './measure/jobs.mjs';
import { table } from './measure/table.mjs';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(contenders).join() },
    jobs: { type: 'string', default: 'base,idle,talk,flood' },
    connections: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '10' },
    repeat: { type: 'string', default: '1' },
    tls: { type: 'boolean', default: false },
    detail: { type: 'boolean', default: false },
  },
});
const tls = flags.tls ? makeCertificate() : [];
const all = jobsOf(Number(flags.connections), Number(flags.seconds));
const chosen = flags.only.split(',').map((key) => contenders[key]);
const present = chosen.filter((contender) => {
  const missing = contender.missing();
  if (missing !== null) console.error(`${contender.name}: ${missing}, see README.md`);
  return missing === null;
});

const rounds = [];
for (let round = 1; round <= Number(flags.repeat); round++) {
  rounds.push(await eachInTurn(present, (contender) => measureRound(contender, round)));
}
const rows = present.map(({ name }, i) => ({
  name,
  figures: medianFigures(rounds.map((round) => ratedBy(round[0], round[i]))),
  roundTrip: rounds[0][i].roundTrip,
}));
const [load] = loadavg();
console.log(
  `${availableParallelism()} cores, Node ${process.versions.node}${flags.tls ? ', TLS' : ''}, ` +
    `${flags.repeat} rounds; load average at the end ${load.toFixed(1)}\n`,
);
console.log(table(rows));

async function measureRound(contender, round) {
  const runs = await eachInTurn(flags.jobs.split(','), async (job) => {
    console.error(`${round}: ${contender.name}: ${job}`);
    const result = await contend(contender, all[job], tls);
    if (flags.detail) tellProcesses(result);
    return [job, result];
  });
  const byJob = Object.fromEntries(runs);
  return { figures: figuresOf(byJob), roundTrip: byJob.talk ? contender.roundTrip(byJob.talk) : '' };
}

/** One after the other: two at a time would measure each other. */
async function eachInTurn(things, measure) {
  const results = [];
  for (const thing of things) results.push(await measure(thing));
  return results;
}

function tellProcesses({ cpuS, processes }) {
  for (const { command, cpuS: ownS, peakOwnMb } of processes)
    console.error(`  ${ownS.toFixed(2)} s, ${peakOwnMb.toFixed(0)} MB of its own: ${command.slice(0, 100)}`);
  console.error(`  ${cpuS.toFixed(2)} s in all`);
}
