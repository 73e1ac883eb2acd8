/**
 * Figures that do not depend on the load: their mean over phases, and where another phase would be.
 */

import type { Phase } from '../model/record.ts';
import { studentQuantile } from '../stats/student.ts';
import type { Prediction } from './capacity-plan.ts';

const PROBABILITY = 0.9;

/** x̄ ± t·s·√(1 + 1/n), the interval of one new phase; of a single one it is not known. */
export function meanOf(phases: readonly Phase[], of: (phase: Phase) => number | null): Prediction | null {
  const told = tellers(phases, of);
  if (told.length === 0) return null;
  const count = told.length;
  const mean = told.reduce((sum, { value }) => sum + value, 0) / count;
  const known = { value: mean, basis: 'measured' as const, from: told.map(({ name }) => name) };
  if (count === 1) return { ...known, low: null, high: null, words: 'as one phase measured it' };
  const variance = told.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (count - 1);
  const halfWidth = studentQuantile(0.5 + PROBABILITY / 2, count - 1) * Math.sqrt(variance * (1 + 1 / count));
  return {
    ...known,
    low: Math.max(0, mean - halfWidth),
    high: mean + halfWidth,
    words: `the mean of ${count} phases`,
  };
}

/** The least that a phase tells. */
export function smallest(phases: readonly Phase[], of: (phase: Phase) => number | null): Prediction | null {
  const [least] = tellers(phases, of).toSorted((a, b) => a.value - b.value);
  if (least === undefined) return null;
  const { value, name } = least;
  return { value, low: null, high: null, basis: 'measured', from: [name], words: `found in ${name}` };
}

function tellers(phases: readonly Phase[], of: (phase: Phase) => number | null) {
  return phases.flatMap((phase) => {
    const value = of(phase);
    return value === null ? [] : [{ name: phase.name, value }];
  });
}
