import { formatMs } from '../base/units.ts';
import type { Phase } from '../model/record.ts';
import { shown, trusted } from './value.ts';

/** A number that phases are compared by: its name, and how it reads in a phase. */
export interface Quantity {
  /** Short enough to stand beside four phases in a terminal of 80 columns: 17 characters. */
  label: string;
  of: (phase: Phase) => string;
}

/** A time, which only a valid phase shows. */
export function latency(label: string, ms: (phase: Phase) => number | null): Quantity {
  return { label, of: (phase) => trusted(phase, shown(ms(phase), formatMs)) };
}
