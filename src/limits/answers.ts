/** How many connections a machine can open and accept, and what is met first and second. */

import { formatCount } from '../base/units.ts';
import { type Readings, wholeCores } from './readings.ts';
import { LIMIT_KEYS, LIMITS, type LimitKey, QUESTIONS, type Question } from './table.ts';

export interface Bound {
  limit: LimitKey;
  connections: number;
}

export interface Answer {
  question: Question;
  /** The limit that is met first; null if nothing is known of any. */
  first: Bound | null;
  /** The one that would be met if the first were lifted. */
  second: Bound | null;
}

export function answersOf(readings: Readings): Answer[] {
  const allowed = LIMIT_KEYS.map((limit) => ({ limit, allows: LIMITS[limit].allows(readings) }));
  return QUESTIONS.map((question) => {
    const bounds = allowed
      .map(({ limit, allows }) => ({ limit, connections: allows[question] ?? null }))
      .filter((bound): bound is Bound => bound.connections !== null)
      .sort((a, b) => a.connections - b.connections);
    return { question, first: bounds[0] ?? null, second: bounds[1] ?? null };
  });
}

/** The answers in two sentences: what it can open, and what it can accept. */
export function answersInWords(answers: readonly Answer[], { cpu }: Readings): string[] {
  const told = (question: Question, what = '') => {
    const first = answers.find((answer) => answer.question === question)?.first ?? null;
    return first === null
      ? `nobody knows how many${what}`
      : `${formatCount(first.connections)}${what} (${LIMITS[first.limit].name})`;
  };
  const processes = wholeCores(cpu);
  return [
    `This machine can open ${told('openToOne', ' connections to one address and port')}, and ${told('openInAll', ' in all')}.`,
    `It can accept ${told('acceptInOne', ' in one process')}` +
      (processes === 1
        ? '; it has no core for a second one.'
        : `, and ${told('acceptInAll', ` in ${processes}, one on each core`)}.`),
  ];
}
