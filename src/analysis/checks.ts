/**
 * What a second of a hold or search is judged by. Symptoms are what the generator did wrong; causes say whose doing
 * that was, and hold where there are symptoms, or where the server had to wait for the cores that it shares with it.
 */

import { formatMs, formatRatio } from '../base/units.ts';
import type { UnjudgedRow } from '../model/record.ts';
import {
  hadCompany,
  hasNoCoreFree,
  hasStolenTime,
  isServerStarved,
  othersInWords,
  stolenInWords,
  usersOfCores,
} from './starvation.ts';

const MAX_LATENESS_SHARE = 0.1;
const LATENESS_FLOOR_MS = 2;
const MAX_ELU = 0.9;
/** A tenth of a second in which no answer is read is in the p99 of that second. */
const MAX_LAG_MS = 100;
const MAX_GC_MS = 100;
const MIN_OFFERED_RATIO = 0.99;

export interface Check {
  /** What stands at a second that fails. */
  mark: string;
  fails: (row: UnjudgedRow) => boolean;
  /** What it means for the phase, and what helps. */
  explain: (rows: UnjudgedRow[], share: string, cores: number) => string;
}

const SYMPTOMS: Check[] = [
  {
    mark: 'silent worker',
    fails: ({ silentWorkers }) => silentWorkers > 0,
    explain: (_rows, share) =>
      `a worker did not come round for a whole second (${share}): it was stopped or starved of processor time; leave it more`,
  },
  {
    mark: 'stalled',
    fails: ({ lagMaxMs }) => (lagMaxMs ?? 0) > MAX_LAG_MS,
    explain: (rows, share) =>
      `a worker's event loop stood still for up to ${formatMs(worst(rows, (row) => row.lagMaxMs))} (${share}): it was stopped or starved of processor time; leave it more`,
  },
  {
    mark: 'busy',
    fails: ({ eluMax }) => (eluMax ?? 0) > MAX_ELU,
    explain: (rows, share) =>
      `a worker's event loop was up to ${formatRatio(worst(rows, (row) => row.eluMax))} busy (${share}): lower the rate, or add workers if there are cores for them`,
  },
  {
    mark: 'late',
    fails: ({ latenessP99Ms, p99Ms }) =>
      latenessP99Ms !== null &&
      latenessP99Ms > Math.max(LATENESS_FLOOR_MS, MAX_LATENESS_SHARE * (p99Ms ?? 0)),
    explain: (rows, share) =>
      `the generator sent late, up to ${formatMs(worst(rows, (row) => row.latenessP99Ms))} at p99 (${share}): lower the rate, add workers, or run the server elsewhere`,
  },
  {
    mark: 'behind',
    fails: ({ offeredRatio }) => offeredRatio !== null && offeredRatio < MIN_OFFERED_RATIO,
    explain: (rows, share) =>
      `the generator sent no more than ${formatRatio(least(rows, (row) => row.offeredRatio))} of what was due (${share}): lower the rate, or add workers`,
  },
  {
    mark: 'not sent',
    fails: ({ droppedLate }) => droppedLate > 0,
    explain: (_rows, share) =>
      `messages that were due were not sent (${share}): the generator could not keep up; lower the rate or add workers`,
  },
  {
    mark: 'garbage collection',
    fails: ({ gcMaxMs }) => (gcMaxMs ?? 0) > MAX_GC_MS,
    explain: (rows, share) =>
      `a worker stood still for up to ${formatMs(worst(rows, (row) => row.gcMaxMs))} to collect garbage (${share}): hold fewer clients with each worker`,
  },
];

function isIll(row: UnjudgedRow): boolean {
  return SYMPTOMS.some((check) => check.fails(row));
}

const CAUSES: Check[] = [
  {
    mark: 'no core free',
    // The generator goes first where it may, so that it is the server that waits for it.
    fails: (row) => hasNoCoreFree(row) && (isIll(row) || isServerStarved(row)),
    explain: (rows, share, cores) => `${usersOfCores(rows, cores)} (${share})`,
  },
  {
    mark: 'stolen time',
    fails: (row) => hasStolenTime(row) && isIll(row),
    explain: (rows, share) => `${stolenInWords(rows)} (${share})`,
  },
  {
    mark: 'other programs',
    fails: (row) => hadCompany(row) && !hasNoCoreFree(row) && isIll(row),
    explain: (rows, share, cores) => `${othersInWords(rows, cores)} (${share})`,
  },
];

/** All of them, in the order in which they are told: whose doing it was, and what it did. */
export const CHECKS: Check[] = [
  // A pause for garbage is its own explanation; the stall that it is, too, comes after it.
  ...SYMPTOMS.filter(({ mark }) => mark === 'garbage collection'),
  ...CAUSES,
  ...SYMPTOMS.filter(({ mark }) => mark !== 'garbage collection'),
];

function worst(rows: UnjudgedRow[], of: (row: UnjudgedRow) => number | null): number {
  return Math.max(...rows.map((row) => of(row) ?? 0));
}

function least(rows: UnjudgedRow[], of: (row: UnjudgedRow) => number | null): number {
  return Math.min(...rows.map((row) => of(row) ?? 1));
}
