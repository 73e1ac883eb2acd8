/** What the doctor says of a machine, as plain data: the document of `doctor --json`. */

import { type Answer, answersInWords, answersOf } from '../limits/answers.ts';
import type { Readings } from '../limits/readings.ts';
import { remediesOf } from '../limits/remedies/index.ts';
import type { Remedy } from '../limits/remedies/remedy.ts';
import { portsOf } from '../limits/rooms.ts';
import { LIMIT_KEYS, LIMITS, type LimitKey, type Question } from '../limits/table.ts';

export interface Diagnosis {
  platform: Readings['platform'];
  container: Readings['container'];
  /** Cores' worth of time that a container is given, where that is less than all. */
  quotaCores: number | null;
  /** The answers in two sentences. */
  words: string[];
  answers: Answer[];
  /** From one address each, a million connections to one address and port. */
  addressesForAMillion: number;
  limits: LimitReport[];
}

export interface LimitReport {
  limit: LimitKey;
  name: string;
  /** As it stands, in words. */
  value: string;
  /** Connections that it allows, by what is asked. */
  allows: Partial<Record<Question, number | null>>;
  means: string;
  /** What lifts it; what needs no root first. */
  remedies: Remedy[];
}

export function diagnose(readings: Readings): Diagnosis {
  const { platform, container, cpu } = readings;
  const answers = answersOf(readings);
  const isLimited = cpu.quotaCores !== null && cpu.quotaCores < cpu.cores;
  return {
    platform,
    container,
    quotaCores: isLimited ? cpu.quotaCores : null,
    words: answersInWords(answers, readings),
    answers,
    addressesForAMillion: Math.ceil(1e6 / portsOf(readings)),
    limits: LIMIT_KEYS.map((limit) => {
      const { name, value, allows, means } = LIMITS[limit];
      return {
        limit,
        name,
        value: value(readings),
        allows: allows(readings),
        means: means(readings),
        remedies: remediesOf(limit, readings),
      };
    }),
  };
}
