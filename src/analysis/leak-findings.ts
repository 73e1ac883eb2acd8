/** What a reader should know of a soak: leaks, and where none could have been seen. */

import { formatBytes, formatCount } from '../base/units.ts';
import type { Finding, LeakProcess, Phase } from '../model/record.ts';
import { finding } from './finding.ts';

/** Findings of each process; one that was seen to be steady has none. */
export function leakFindings(phase: Phase): Finding[] {
  const processes = phase.leak?.processes ?? [];
  return processes.flatMap((process) => [...ofDescriptors(phase, process), ...ofMemory(phase, process)]);
}

function ofDescriptors(phase: Phase, process: LeakProcess): Finding[] {
  const { verdict, baseline, last, perConnection } = process.descriptors;
  if (baseline === null || last === null) return [];
  const evidence = `${formatCount(last)} were open at the last end, ${formatCount(baseline)} when it was warm`;
  if (verdict === 'leak') {
    const share =
      perConnection === null ? '' : `: one in ${formatCount(Math.round(1 / perConnection))} connections`;
    return [
      finding(phase, 'leak-descriptors', 'error', `${called(process)} does not close all descriptors`, {
        detail:
          'What connections opened is still open when all of them are closed. At its limit of open files it can take none any more.',
        evidence: evidence + share,
      }),
    ];
  }
  if (verdict === 'steady' || last <= baseline) return [];
  const title = `Whether ${called(process)} leaks descriptors cannot be told yet`;
  return [
    finding(phase, 'leak-descriptors-unclear', 'warning', title, {
      detail: 'It had more open in the end, but not at each of the last three ends: run more cycles.',
      evidence,
    }),
  ];
}

function ofMemory(phase: Phase, process: LeakProcess): Finding[] {
  const { verdict, bytesPerConnection, interval, p, smallestDetectableBytesPerConnection } = process.memory;
  if (bytesPerConnection === null || interval === null || p === null) return [];
  const [low, high] = interval.map(formatBytes);
  const evidence =
    `${formatBytes(bytesPerConnection)} a connection (95 %: ${low} to ${high}) over ${process.cyclesJudged} cycles, ` +
    `Mann-Kendall p = ${p.toPrecision(1)}; ${MEASURES[process.memoryIs]}`;
  if (verdict === 'leak') {
    const title = `${called(process)} keeps ${formatBytes(bytesPerConnection)} of each closed connection`;
    return [
      finding(phase, 'leak-memory', 'error', title, {
        detail:
          'Its memory grows with the connections that were ever made, and not with those that are open.',
        evidence,
      }),
    ];
  }
  if (verdict !== 'inconclusive') return [];
  const smallest = formatBytes(smallestDetectableBytesPerConnection ?? 0);
  const isSeenInside = process.memoryIs === 'collected-heap';
  const title = `Of the memory of ${called(process)}, a leak of less than ${smallest} a connection could not have been seen`;
  return [
    finding(phase, 'leak-memory-unclear', isSeenInside ? 'warning' : 'info', title, {
      detail: isSeenInside
        ? 'It grew, but not by more than code that warms up, or chance, may explain: run more cycles, or more clients in each.'
        : 'A larger one was not found. From outside, garbage that waits for its collection looks like a leak; more cycles, and more clients in each, show smaller ones.',
      evidence,
    }),
  ];
}

const MEASURES = {
  'collected-heap': 'by its heap after garbage collection',
  rss: 'by its memory as the system sees it',
};

/** The role of a process that is not ours says less than its number. */
function called({ role, pid }: LeakProcess): string {
  return role === 'target' ? `process ${pid}` : role;
}
