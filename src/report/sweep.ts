/**
 * What a sweep over reconnect policies found, in words and as a table.
 */

import { formatCount, formatMs } from '../base/units.ts';
import { backoffInWords } from '../model/backoff.ts';
import type { Herd, Phase } from '../model/record.ts';
import type { Sweep, SweepEntry } from '../model/sweep.ts';
import { herdNames } from './comparison.ts';
import { reconnectSnippet } from './snippet.ts';
import { NOT_MEASURED, shown, trusted } from './value.ts';

/** Stands before the name of the recommended policy. */
export const RECOMMENDED = '✓ ';

const VERDICTS: Record<Sweep['verdict'], string> = {
  change: 'Recommended to reconnect by',
  keep: 'Reconnect policy:',
  none: 'Reconnect policy:',
};

/** The recommendation with its numbers; nothing where no policies were tried. */
export function sweepSentences({ sweep }: Phase): string[] {
  if (sweep === null) return [];
  return [`${VERDICTS[sweep.verdict]} ${sweep.words}.`, ...windowSentences(sweep)];
}

/** How sure the windows are that were derived. */
function windowSentences({ isAtLeast, verdict, acceptsPerS }: Sweep): string[] {
  if (!isAtLeast || verdict !== 'change' || acceptsPerS === null) return [];
  return [
    `In the first storm the server took ${formatCount(acceptsPerS)}/s and was not asked for more, so that it may take more, and a shorter window may do.`,
  ];
}

interface SweepTable {
  head: string[];
  rows: string[][];
  /** Columns of words. */
  texts: number[];
}

/** A row for each policy, and each of its herds where there are several. */
export function sweepTable(phase: Phase, { entries, recommended }: Sweep): SweepTable {
  const names = herdNames(phase.herds);
  const isOne = names.length === 1;
  const head = [
    ...['policy', ...(isOne ? [] : ['herd']), '50 % back', '99 % back', 'all back', 'most attempts/s'],
    ...['attempts per return', 'failed', 'bystanders p99', 'flaw'],
  ];
  const rows = entries.flatMap((entry, i) =>
    entry.herds.map((herd, of) => [
      nameOf(entry, i, recommended),
      ...(isOne ? [] : [names[of] ?? herd.trigger]),
      ...figuresOf(phase, herd),
      entry.flaws.join(', '),
    ]),
  );
  return { head, rows, texts: isOne ? [8] : [1, 9] };
}

function nameOf({ policy }: SweepEntry, i: number, recommended: number | null): string {
  const marks = [...(i === 0 ? ['today'] : []), ...(i === recommended ? ['recommended'] : [])];
  return `${i === recommended ? RECOMMENDED : ''}${backoffInWords(policy)}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
}

function figuresOf(phase: Phase, herd: Herd): string[] {
  const inVain = `> ${formatMs(herd.observedMs)}`;
  const time = (ms: number | null) =>
    trusted(phase, herd.affected === 0 ? shown(null) : shown(ms, formatMs, inVain));
  const failed = Object.values(herd.failed).reduce((sum, count) => sum + count, 0);
  return [
    ...[herd.t50Ms, herd.t99Ms, herd.t100Ms].map(time),
    trusted(phase, shown(herd.peakAttemptsPerS)),
    shown(herd.amplification, (value) => value.toFixed(2)),
    formatCount(failed),
    trusted(phase, shown(herd.collateral.clients === 0 ? null : herd.collateral.responseMs.p99, formatMs)),
  ];
}

/** The same in words, a line for each policy and herd, with what decides. */
export function sweepLines(phase: Phase, { entries, recommended }: Sweep): string[] {
  // That the numbers say nothing has been told.
  if (!phase.generator.valid) return [];
  const names = herdNames(phase.herds);
  return entries.flatMap((entry, i) =>
    entry.herds.map((herd, of) => {
      const after = names.length === 1 ? '' : ` after ${names[of]}`;
      const per = shown(herd.amplification, (value) => value.toFixed(2));
      const figures = `99 % back ${backOf(herd)}, peak ${shown(herd.peakAttemptsPerS)}/s, ${per} attempts per return`;
      const flaws = entry.flaws.length === 0 ? '' : `; ${entry.flaws.join(', ')}`;
      return `${nameOf(entry, i, recommended)}${after}: ${figures}${flaws}`;
    }),
  );
}

function backOf({ affected, t99Ms, observedMs }: Herd): string {
  return affected === 0 ? NOT_MEASURED : shown(t99Ms, formatMs, `> ${formatMs(observedMs)}`);
}

/** Code for a page that comes back as recommended; null where nothing is to be changed, or a library does it. */
export function sweepSnippet({ entries, recommended, verdict }: Sweep): string | null {
  return verdict === 'change' && recommended !== null ? reconnectSnippet(entries[recommended].policy) : null;
}
