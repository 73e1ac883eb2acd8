/**
 * What a technique costs and buys: each phase that names a baseline beside it, number by number.
 */

import { formatRatio } from '../base/units.ts';
import type { Phase, RunRecord } from '../model/record.ts';
import { type Figure, figuresOf } from './delta-figures.ts';
import { type PlanDifferences, planDifferences } from './delta-plan.ts';
import type { Range, Reading } from './seconds.ts';
import { NOT_MEASURED } from './value.ts';

/** The phases that name the same baseline, and the numbers of all of them. */
export interface Delta {
  baseline: string;
  variants: Variant[];
  rows: DeltaRow[];
}

interface Variant {
  name: string;
  /** What differs by the plans, and what keeps the numbers from being compared, in words. */
  sentence: string;
  /** Whether any of its numbers can be. */
  isComparable: boolean;
}

interface DeltaRow {
  label: string;
  baseline: string;
  /** One for each variant, in their order. */
  cells: DeltaCell[];
}

export interface DeltaCell {
  value: string;
  /** `+1.29 ms (+126 %)`, with a sign behind where that says little. */
  difference: string;
}

/** Behind a difference that may be chance, and behind one of which a single run does not tell. */
const WITHIN_NOISE = '~';
const ONE_VALUE = '?';
const NOT_COMPARABLE = 'not comparable';

export const DELTA_LEGEND =
  `${WITHIN_NOISE} may be chance: no larger than what the seconds, the search or the count leave open. ` +
  `${ONE_VALUE} one value of each run, of which nobody knows the spread. All others are differences of two single runs, too.`;

/** One for each baseline that was run, in the order of the phases. */
export function deltas(record: RunRecord): Delta[] {
  const planOf = ({ name }: Phase) => record.scenario.phases.find((plan) => plan.name === name);
  return record.phases.flatMap((baseline) => {
    const plan = planOf(baseline);
    const variants = record.phases.filter((phase) => planOf(phase)?.baseline === baseline.name);
    if (plan === undefined || variants.length === 0) return [];
    return [
      {
        baseline: baseline.name,
        variants: variants.map((phase) => {
          const own = planOf(phase);
          const differences = own === undefined ? null : planDifferences(own, plan);
          const obstacles = [phase, baseline].flatMap(unfitness);
          const sentence = sentenceOf(phase, baseline, differences, obstacles);
          return { name: phase.name, sentence, isComparable: obstacles.length === 0 };
        }),
        rows: rowsOf(baseline, variants),
      },
    ];
  });
}

function sentenceOf(
  phase: Phase,
  baseline: Phase,
  differences: PlanDifferences | null,
  obstacles: string[],
): string {
  const { technique, load } = differences ?? { technique: [], load: [] };
  const what = technique.length === 0 ? 'built alike' : technique.join('; ');
  const how =
    load.length === 0
      ? 'Same seed and load.'
      : `Same seed, but another load, which is in all numbers below: ${load.join('; ')}.`;
  const why = obstacles.length === 0 ? '' : ` Not comparable: ${obstacles.join('; ')}.`;
  return `${phase.name} against ${baseline.name}: ${what}. ${how}${why}`;
}

/** Why the numbers of a phase are not to be compared; nothing where they are. */
function unfitness({ name, generator, endedEarly }: Phase): string[] {
  return [
    ...(generator.valid ? [] : [`${name} had an overloaded generator`]),
    ...(endedEarly === null ? [] : [`${name} ended early`]),
  ];
}

/** Rows in which any phase has something. */
function rowsOf(baseline: Phase, variants: Phase[]): DeltaRow[] {
  return figuresOf([baseline, ...variants]).flatMap((figure) => {
    const from = figure.of(baseline);
    const cells = variants.map((phase) => {
      const to = figure.of(phase);
      const isFit = [phase, baseline].flatMap(unfitness).length === 0;
      return { value: to.text, difference: differenceOf(from, to, isFit, figure.format) };
    });
    const isEmpty = [from.text, ...cells.map(({ value }) => value)].every((text) => text === NOT_MEASURED);
    return isEmpty ? [] : [{ label: figure.label, baseline: from.text, cells }];
  });
}

function differenceOf(from: Reading, to: Reading, isFit: boolean, format: Figure['format']): string {
  if (from.text === NOT_MEASURED || to.text === NOT_MEASURED) return NOT_MEASURED;
  if (!isFit || from.value === null || to.value === null) return NOT_COMPARABLE;
  const change = to.value - from.value;
  if (change === 0) return 'the same';
  const sign = change > 0 ? '+' : '−';
  const share = from.value === 0 ? '' : ` (${sign}${formatRatio(Math.abs(change / from.value))})`;
  return `${sign}${format(Math.abs(change))}${share}${markOf(from.range, to.range)}`;
}

function markOf(from: Range | null, to: Range | null): string {
  if (from === null || to === null) return ` ${ONE_VALUE}`;
  return from.low <= to.high && to.low <= from.high ? ` ${WITHIN_NOISE}` : '';
}
