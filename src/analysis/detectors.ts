/**
 * Detectors look at a phase of a record and say what a reader should know. Each is a pure function; all of them run
 * on every phase, in this order.
 */

import { formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { Finding, Phase } from '../model/record.ts';

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
  const ofHerds = (cause: string) => phase.herds.reduce((sum, herd) => sum + (herd.failed[cause] ?? 0), 0);
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

/** Each of these proves that something happened, whatever the generator's state. */
const order: Detector = (phase) => {
  const { missing, duplicates, reordered, expected, received, maxExtent, maxBufferDepth } = phase.ordering;
  const found: Finding[] = [];
  if (missing > 0)
    found.push(
      finding(phase, 'missing', 'error', `${formatCount(missing)} messages never arrived`, {
        detail:
          'They were sent on a connection outside any herd, and were not received before the drain was over.',
        evidence: `${formatCount(received)} of ${formatCount(expected)} arrived`,
      }),
    );
  if (duplicates > 0)
    found.push(
      finding(phase, 'duplicates', 'error', `${formatCount(duplicates)} messages arrived more than once`, {
        detail: 'The same number came again on the same connection.',
        evidence: `${formatCount(duplicates)} besides ${formatCount(received)} single ones`,
      }),
    );
  if (reordered > 0)
    found.push(
      finding(phase, 'reordered', 'error', `${formatCount(reordered)} messages arrived out of order`, {
        detail: 'TCP keeps the order of one connection, so the server or what stands behind it changed it.',
        evidence: `up to ${formatCount(maxExtent)} messages too late; a buffer of ${formatCount(maxBufferDepth)} would mend it`,
      }),
    );
  return found;
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

const DETECTORS: Detector[] = [generatorBound, endedEarly, connectFailures, order, foreign, dropped, herds];

/** Everything worth knowing about the phases, worst first within each. */
export function detect(phases: Phase[]): Finding[] {
  const rank = { error: 0, warning: 1, info: 2 };
  return phases.flatMap((phase) =>
    DETECTORS.flatMap((detector) => detector(phase)).sort((a, b) => rank[a.severity] - rank[b.severity]),
  );
}

function finding(
  phase: Phase,
  kind: string,
  severity: Finding['severity'],
  title: string,
  text: Pick<Finding, 'detail' | 'evidence'>,
): Finding {
  return { phase: phase.name, kind, severity, title, ...text };
}
