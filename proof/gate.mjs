/**
 * The gate is quiet where nothing changed, and finds a tenth more where it did, on a machine on which something else is
 * going on. As a user would: the noise of the setup is measured first, by comparisons of its own; then a service of 20 ms
 * is compared with itself, and with one of 22 ms.
 *
 *     node proof/gate.mjs [--comparisons 40] [--pairs 8] [--alone]
 *
 * `--alone` leaves out the neighbour.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { provenance, table, write } from './lib/report.mjs';

const { values } = parseArgs({
  options: {
    comparisons: { type: 'string', default: '40' },
    pairs: { type: 'string', default: '8' },
    alone: { type: 'boolean', default: false },
  },
});
const comparisons = Number(values.comparisons);
/** Of the service with itself, to know the noise. */
const calibrations = Math.min(20, comparisons);

/** Of 40: so many false alarms are allowed, and so many changes have to be found. */
const MAX_ALARMS = Math.floor((2 / 40) * comparisons);
const LEAST_FOUND = Math.ceil((36 / 40) * comparisons);

const BIN = fileURLToPath(new URL('../bin/wsscale.js', import.meta.url));
const serviceOf = (ms) => `'${process.execPath}' '${BIN}' serve --fault delay:by=${ms}ms`;
const LOAD = ['--clients', '40', '--connect-rate', '400', '--rate', '10', '--duration', '2500ms'];

/**
 * A neighbour: bursts of work of 20 to 200 ms, and pauses of nine times that, drawn anew each time. It is asked for a tenth
 * of a core, and never at the same moment of a run.
 */
const NEIGHBOUR = `
const burst = () => {
  const forMs = 20 + 180 * Math.random();
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
  setTimeout(burst, 18 * forMs * Math.random());
};
burst();
`;

const folder = mkdtempSync(join(tmpdir(), 'wsscale-proof-'));
const noiseFile = join(folder, 'noise.json');
const neighbour = values.alone ? null : spawn(process.execPath, ['--eval', NEIGHBOUR], { stdio: 'ignore' });
const startedMs = performance.now();
try {
  const noise = await gate(['--aa', String(calibrations), '--compare', `base=${serviceOf(20)}`], 'noise');
  const same = await compareWith(20);
  const slower = await compareWith(22);
  report(noise, same, slower);
} finally {
  neighbour?.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** Comparisons of the service of 20 ms with one of so many. */
async function compareWith(ms) {
  const done = [];
  while (done.length < comparisons) {
    const sides = ['--compare', `base=${serviceOf(20)}`, `head=${serviceOf(ms)}`];
    const { comparison } = await gate(sides, `${ms} ms with 20 ms, ${done.length + 1} of ${comparisons}`);
    console.log(`  ${comparison.status}`);
    done.push(comparison);
  }
  return done;
}

/** The JSON of one `wsscale gate`; whether it passes is what is asked, so any judgement is an answer. */
async function gate(args, what) {
  console.log(what);
  const all = [BIN, 'gate', ...args, ...LOAD, '--pairs', values.pairs, '--noise', noiseFile, '--json'];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let said = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    said += text;
    for (const line of String(text).split('\n')) if (line.startsWith('comparison ')) console.log(`  ${line}`);
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (![0, 3, 99].includes(status) || out === '')
    throw new Error(`wsscale gate ended with ${status}: ${said}`);
  return JSON.parse(out);
}

function report(noise, same, slower) {
  const isWorse = ({ metric, change }) => metric.includes('.latency.') && change === 'worse';
  const alarms = same.filter(({ status }) => status === 'fail').length;
  const hits = slower.filter(({ metrics }) => metrics.some(isWorse)).length;
  // What had too few runs that count could raise no alarm, and is no proof.
  const vain = same.filter(({ metrics }) => metrics.every(({ lowRatio }) => lowRatio === null)).length;
  const holds = vain === 0 && alarms <= MAX_ALARMS && hits >= LEAST_FOUND;
  const minutes = Math.round((performance.now() - startedMs) / 60_000);
  const beside = values.alone
    ? 'alone on the machine'
    : 'beside a neighbour that takes a tenth of a core in bursts';
  write(
    'gate.md',
    `# The gate: quiet where nothing changed, and awake where it did

Made by \`npm run proof -- gate\`: ${provenance({ host: noise.host, run: { startedAt: noise.measuredAt } })}, ${beside}, in
${minutes} minutes. Each comparison: \`wsscale gate --compare … ${LOAD.join(' ')} --pairs ${values.pairs}\`, by response p50 and p99 and
connect p99; servers are started anew for each run. The noise was measured before, by ${noise.comparisons} comparisons of their own.
${holds ? 'It holds.' : '**It does not hold.**'}

| | must be | was |
|---|---|---|
| false alarms: a service of 20 ms against itself | at most ${MAX_ALARMS} of ${comparisons} | **${alarms} of ${comparisons}** |
| found: the same with 10 % more | at least ${LEAST_FOUND} of ${comparisons} | **${hits} of ${comparisons}** |
${vain === 0 ? '' : `\nIn ${vain} comparisons of the service with itself, the generator was the bottleneck in too many runs: they are no proof.\n`}
## Noise: how far apart the same service was from itself

${table(
  ['metric', '95 % were within', 'farthest'],
  noise.metrics.map(({ metric, noiseRatio, shiftRatios }) => [
    metric,
    percent(noiseRatio),
    percent(Math.max(...shiftRatios.map(Math.abs))),
  ]),
)}

## The same service

${tableOf(same)}

## Ten per cent more

${tableOf(slower)}
`,
  );
  console.log(`false alarms ${alarms} of ${comparisons}, found ${hits} of ${comparisons}`);
  if (!holds) process.exitCode = 1;
}

function tableOf(all) {
  return table(
    ['comparison', 'metric', 'base', 'head', 'change', 'interval', 'verdict', 'pairs made again'],
    all.flatMap(({ metrics, discarded }, i) =>
      metrics.map((metric) => [
        i + 1,
        metric.metric,
        milliseconds(metric.baseMedian),
        milliseconds(metric.headMedian),
        percent(metric.shiftRatio),
        `${percent(metric.lowRatio)} to ${percent(metric.highRatio)}`,
        metric.change ?? metric.status,
        discarded.length,
      ]),
    ),
  );
}

function percent(ratio) {
  return ratio === null ? '–' : `${(100 * ratio).toFixed(1)} %`;
}

function milliseconds(value) {
  return value === null ? '–' : `${value.toFixed(2)} ms`;
}
