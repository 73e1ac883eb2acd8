/**
 * The whole way of a run on one screen:
 *
 *     plan ─→ phases, one after the other ─→ what was measured ─→ findings ─→ verdict ─→ record
 *
 * Everything after the measuring is a pure function of what was measured, so it can be done again on a saved record.
 */

import { join } from 'node:path';
import { detect } from './analysis/detectors.ts';
import { systemClock } from './base/clock.ts';
import { readLimits } from './base/limits.ts';
import { withCalibration } from './calibration/use.ts';
import { describeHost } from './collect/host.ts';
import { judge } from './gate/evaluate.ts';
import { parseRules } from './gate/rules.ts';
import type { Calibration } from './model/calibration.ts';
import type { PhasePlan, Plan } from './model/plan.ts';
import {
  type Measured,
  type Phase,
  type RunRecord,
  SCHEMA_VERSION,
  type UnjudgedRow,
} from './model/record.ts';
import { type Ending, runPhase } from './phase.ts';
import { withoutSecrets } from './scenario/secrets.ts';

export interface AttackOptions {
  /** Names the run; made from the time and the plan's name where it is not given. */
  id?: string;
  /** The run's own folder, where a topology keeps the configurations that it makes. */
  folder?: string;
  /** How the run was asked for; it stands in the record, so it must hold no secret. */
  command?: string;
  /** Ends the run early when aborted; the reason is the words for it. What was measured is kept. */
  signal?: AbortSignal;
  /** What this machine's generator can do, for the phases to be held against. */
  calibration?: Calibration | null;
  /** Called when a phase begins. */
  onPhase?: (phase: PhasePlan) => void;
  /** Called once a second with the last complete one. */
  onSecond?: (phase: PhasePlan, second: UnjudgedRow) => void;
}

export interface AttackResult {
  record: RunRecord;
  /** Why the run ended before its plan was done, or null. */
  ending: Ending | null;
}

/**
 * Runs a plan.
 * @throws WsscaleError USAGE if a rule of the plan cannot be parsed or a file of it cannot be read, before any load
 */
export async function attack(plan: Plan, options: AttackOptions = {}): Promise<AttackResult> {
  const rules = parseRules(plan.gate);
  const clock = systemClock;
  const startedAt = clock.wallTime();
  const startedMs = clock.nowMs();
  const phases: Phase[] = [];
  let ending: Ending | null = null;

  for (const phase of plan.phases) {
    options.onPhase?.(phase);
    const outcome = await runPhase(plan, phase, {
      clock,
      limits: readLimits(),
      folder: options.folder === undefined ? null : join(options.folder, phase.name),
      signal: options.signal ?? new AbortController().signal,
      onSecond: options.onSecond ?? (() => {}),
    });
    if (outcome.phase !== null) phases.push(held(outcome.phase, options.calibration ?? null));
    ending = outcome.ending;
    if (ending !== null) break;
  }

  const measured: Measured = {
    schemaVersion: SCHEMA_VERSION,
    run: {
      id: options.id ?? runId(plan.name),
      name: plan.name,
      startedAt: startedAt.toISOString(),
      durationMs: clock.nowMs() - startedMs,
      seed: plan.seed,
      command: options.command ?? '',
      interrupted: ending !== null,
      interruptedBy: ending?.reason ?? null,
    },
    host: describeHost(),
    scenario: withoutSecrets(plan),
    phases,
  };
  const verdict = judge(measured, rules, ending === null ? [] : [ending.reason]);
  return { record: { ...measured, findings: detect(phases), verdict }, ending };
}

function held(phase: Phase, calibration: Calibration | null): Phase {
  return calibration === null ? phase : withCalibration(phase, calibration);
}

/** A name for a run that begins now, `2026-01-31T12-34-56Z-name`: it sorts by time and may stand in a path. */
export function runId(name: string): string {
  return `${systemClock.wallTime().toISOString().slice(0, 19).replaceAll(':', '-')}Z-${name}`;
}
