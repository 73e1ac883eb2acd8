/**
 * What a soak found, in words and as rows.
 */

import { formatBytes, formatCount } from '../base/units.ts';
import type { Leak, LeakProcess, Phase } from '../model/record.ts';
import type { Quantity } from './quantity.ts';
import { NOT_MEASURED, shown } from './value.ts';

/** `node leaks memory (118 B a connection).`, `No leak was found in 12 cycles.`; nothing of a phase that was no soak. */
export function leakSentences({ leak }: Phase): string[] {
  if (leak === null) return [];
  const after = `${formatCount(leak.cycles)} ${leak.cycles === 1 ? 'cycle' : 'cycles'}`;
  if (leak.found === null) return [`Leaks could not be judged by ${after}.`];
  if (leak.found === 0) return [`No leak was found in ${after}.`];
  return leak.processes.flatMap((process) => {
    const what = [
      ...(process.memory.verdict === 'leak' ? [`memory (${rateOf(process)} a connection)`] : []),
      ...(process.descriptors.verdict === 'leak' ? [`descriptors (${keptOf(process)} more open)`] : []),
    ];
    return what.length === 0 ? [] : [`${nameOf(process)} leaks ${what.join(' and ')}.`];
  });
}

/** A line for each process: what it has open, and what its memory did. */
export function leakLines({ leak }: Phase): string[] {
  return (leak?.processes ?? []).map((process) => {
    const { descriptors, memory } = process;
    const open = `descriptors ${descriptors.verdict}, ${shown(descriptors.last)} open in the end and ${shown(descriptors.baseline)} when it was warm`;
    const interval =
      memory.interval === null ? '' : ` (95 %: ${memory.interval.map(formatBytes).join(' to ')})`;
    const smallest = shown(memory.smallestDetectableBytesPerConnection, formatBytes);
    const growth = `memory ${memory.verdict}, ${rateOf(process)} a connection${interval}; a leak from ${smallest} on would have been seen`;
    return `${nameOf(process)}: ${open}; ${growth}`;
  });
}

/** Rows for the phases side by side; none where no phase is a soak. */
export function leakQuantities(phases: Phase[]): Quantity[] {
  if (phases.every(({ leak }) => leak === null)) return [];
  return [
    { label: 'memory leak', of: ({ leak }) => worst(leak, ({ memory }) => memory.verdict, rateOf) },
    {
      label: 'descriptor leak',
      of: ({ leak }) => worst(leak, ({ descriptors }) => descriptors.verdict, keptOf),
    },
  ];
}

/** The role of a process that is not ours says less than its number. */
export function nameOf({ role, pid }: LeakProcess): string {
  return role === 'target' ? `process ${pid}` : role;
}

type Verdict = LeakProcess['memory']['verdict'];

/** A leak before what is not known before what is steady: a soak is as good as its worst process. */
const WORST_FIRST: Verdict[] = ['leak', 'unknown', 'inconclusive', 'steady'];

function worst(
  leak: Leak | null,
  verdictOf: (process: LeakProcess) => Verdict,
  describe: (process: LeakProcess) => string,
): string {
  const processes = leak?.processes ?? [];
  for (const verdict of WORST_FIRST) {
    const process = processes.find((one) => verdictOf(one) === verdict);
    if (process === undefined) continue;
    if (verdict === 'leak') return describe(process);
    return verdict === 'steady' ? 'none' : verdict;
  }
  return NOT_MEASURED;
}

function rateOf({ memory }: LeakProcess): string {
  return shown(memory.bytesPerConnection, formatBytes);
}

function keptOf({ descriptors: { baseline, last } }: LeakProcess): string {
  return shown(baseline === null || last === null ? null : last - baseline);
}
