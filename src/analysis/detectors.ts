/**
 * Detectors look at a phase of a record and say what a reader should know. Each is a pure function; all of them run
 * on every phase, in this order.
 */

import { formatBytes, formatCount, formatMs, formatRatio } from '../base/units.ts';
import { MEMORY_MOMENTS } from '../model/memory.ts';
import type { Finding, Phase } from '../model/record.ts';
import { finding } from './finding.ts';
import { leakFindings } from './leak-findings.ts';
import { orderFindings } from './order.ts';

type Detector = (phase: Phase) => Finding[];

const generatorBound: Detector = (phase) =>
  phase.generator.valid
    ? []
    : [
        finding(phase, 'generator', 'error', 'The generator was the bottleneck', {
          detail: 'Latency and capacity of this phase are not the server’s, and are not to be used.',
          evidence: phase.generator.reasons.join('; '),
        }),
      ];

/** With less room than this, the generator's own time begins to show in the latency. */
const MAX_USED_RATIO = 0.8;

const generatorNearLimit: Detector = (phase) => {
  const { calibration } = phase.generator;
  if (calibration === null || (calibration.usedRatio ?? 0) <= MAX_USED_RATIO) return [];
  return [
    finding(phase, 'generator-near-limit', 'warning', 'The generator was near its limit', {
      detail: 'Lower the rate, add workers if there are cores for them, or attack from a larger machine.',
      evidence:
        `${formatRatio(calibration.usedRatio ?? 0)} of the ${formatCount(calibration.messagesPerS)} messages/s ` +
        'that it can send here, by `wsscale doctor --calibrate`',
    }),
  ];
};

/** Nothing speaks against a phase without a whole second of hold or search, but nothing speaks for it, either. */
const notJudged: Detector = (phase) => {
  // What a soak finds does not depend on how fast its messages were.
  const hasNumbers = phase.leak === null && (phase.latency.responseMs.count > 0 || phase.ceiling !== null);
  if (phase.generator.judgedSeconds !== 0 || !hasNumbers) return [];
  return [
    finding(phase, 'not-judged', 'info', 'It was not judged whether the generator kept up', {
      detail: 'Only whole seconds of a hold or a search are judged, and there was none: hold for longer.',
      evidence: `the phase ran for ${formatMs(phase.durationMs)}`,
    }),
  ];
};

const endedEarly: Detector = (phase) =>
  phase.endedEarly === null
    ? []
    : [
        finding(phase, 'ended-early', 'error', 'The phase ended before its plan was done', {
          detail: phase.endedEarly,
          evidence: `it ran for ${formatMs(phase.durationMs)}`,
        }),
      ];

const connectFailures: Detector = (phase) => {
  // A search for the ceiling goes on until connects fail, and a herd fails while the server is away.
  if (phase.ceiling?.found === true) return [];
  const herds = [...phase.herds, ...(phase.sweep?.entries.slice(1).flatMap((entry) => entry.herds) ?? [])];
  const ofHerds = (cause: string) => herds.reduce((sum, herd) => sum + (herd.failed[cause] ?? 0), 0);
  const causes = Object.entries(phase.connect.failed)
    .map(([cause, count]) => [cause, count - ofHerds(cause)] as const)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  const failed = causes.reduce((sum, [, count]) => sum + count, 0);
  if (failed === 0) return [];
  const ratio = failed / phase.connect.attempts;
  return [
    finding(
      phase,
      'connect-failures',
      ratio > 0.001 ? 'error' : 'warning',
      `${formatRatio(ratio)} of the connects failed`,
      {
        detail: `${formatCount(failed)} of ${formatCount(phase.connect.attempts)} attempts`,
        evidence: causes.map(([key, count]) => `${key}: ${formatCount(count)}`).join(', '),
      },
    ),
  ];
};

const foreign: Detector = (phase) =>
  phase.messages.foreign === 0
    ? []
    : [
        finding(
          phase,
          'foreign',
          'warning',
          `${formatCount(phase.messages.foreign)} messages were not ours`,
          {
            detail:
              'They carry no envelope of this run, or that of another client; an echo server sends none of those.',
            evidence: `${formatCount(phase.messages.received)} messages were received in all`,
          },
        ),
      ];

const clocks: Detector = (phase) => {
  const early = phase.messages.negativeOneWay ?? 0;
  if (early === 0) return [];
  return [
    finding(phase, 'clocks', 'warning', `${formatCount(early)} messages arrived before they were sent`, {
      detail: 'The clocks of two processes disagree, so one-way latencies are off by as much at the least.',
      evidence: `${formatCount(phase.messages.received)} messages were received in all; these are in no latency`,
    }),
  ];
};

const dropped: Detector = (phase) => {
  const { backpressure } = phase.messages.droppedByCause;
  if (backpressure === 0) return [];
  return [
    finding(phase, 'backpressure', 'warning', `${formatCount(backpressure)} messages could not be sent`, {
      detail: 'The send buffers of their connections were full: the server did not read fast enough.',
      evidence: `${formatCount(phase.messages.sent)} were sent`,
    }),
  ];
};

/** Some pages go to swap at any time, where they are no loss. */
const SWAP_BYTES = 16 * 1024 ** 2;

const swapped: Detector = (phase) => {
  const before = phase.memory?.before?.swapUsedBytes ?? null;
  const later = MEMORY_MOMENTS.flatMap((moment) => phase.memory?.[moment]?.swapUsedBytes ?? []);
  const most = Math.max(...later);
  if (before === null || most - before < SWAP_BYTES) return [];
  return [
    finding(phase, 'swapped', 'warning', 'The machine swapped', {
      detail:
        'Memory was short, and what waits for a disk is slow: give the machine more, or hold fewer connections.',
      evidence: `${formatBytes(before)} were swapped out before the clients connected, and up to ${formatBytes(most)} then`,
    }),
  ];
};

const herds: Detector = (phase) =>
  phase.herds.flatMap((herd) => {
    const found: Finding[] = [];
    if (herd.metastable === true)
      found.push(
        finding(phase, 'metastable', 'error', `The service did not recover from ${herd.trigger} by itself`, {
          detail: 'Long after it accepted again, the attempts went on and too few clients were back.',
          evidence: `${formatCount(herd.attempts)} attempts for ${formatCount(herd.affected)} clients`,
        }),
      );
    if (herd.neverReturned > 0)
      found.push(
        finding(
          phase,
          'never-returned',
          'error',
          `${formatCount(herd.neverReturned)} clients did not come back`,
          {
            detail: `After ${herd.trigger}, with the policy ${herd.policy}.`,
            evidence: `watched for ${formatMs(herd.observedMs)}`,
          },
        ),
      );
    return found;
  });

const DETECTORS: Detector[] = [
  generatorBound,
  generatorNearLimit,
  notJudged,
  endedEarly,
  connectFailures,
  orderFindings,
  foreign,
  clocks,
  dropped,
  swapped,
  herds,
  leakFindings,
];

/** Everything worth knowing about the phases, worst first within each. */
export function detect(phases: Phase[]): Finding[] {
  const rank = { error: 0, warning: 1, info: 2 };
  return phases.flatMap((phase) =>
    DETECTORS.flatMap((detector) => detector(phase)).sort((a, b) => rank[a.severity] - rank[b.severity]),
  );
}
