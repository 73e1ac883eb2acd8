/**
 * Exit statuses are an interface: scripts and CI jobs decide by them. Where several apply, the one that stands
 * higher here wins.
 */

import type { AttackResult } from '../index.ts';

export const EXIT = {
  sigint: 130,
  sigterm: 143,
  /** Wrong flags, or a scenario with errors. */
  usage: 2,
  /** The target could not be reached, or did not start. */
  target: 4,
  /** A bug in wsscale: what Node exits with on a crash. */
  bug: 1,
  /** A rule failed (as k6's). */
  failed: 99,
  /** The generator was the bottleneck, a rule had no data, or something died unasked. */
  inconclusive: 3,
  passed: 0,
} as const;

/** The status of a run that was carried out. */
export function exitStatusOf({ record, ending }: AttackResult): number {
  if (ending?.kind === 'signal') return ending.reason === 'SIGTERM' ? EXIT.sigterm : EXIT.sigint;
  if (ending?.kind === 'target') return EXIT.target;
  if (record.verdict.status === 'fail') return EXIT.failed;
  if (ending !== null || record.verdict.status === 'inconclusive') return EXIT.inconclusive;
  return EXIT.passed;
}
